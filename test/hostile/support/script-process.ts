import { monitorEventLoopDelay } from 'node:perf_hooks'
import Fastify from 'fastify'
import chatIntegrations, { MemoryStore } from '../../../lib/index.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { answerParent } from '../../support/child.ts'
import { patient } from '../../support/integrations.ts'
import { workspace } from '../../support/workspace.ts'
import { fair, hostile, type ScriptQuestion, type ScriptState } from './script-target.ts'

/** A server with a sandbox as hosts have it, in a process of its own: what delays its event loop is its own work. */
async function main (): Promise<void> {
  const complaints: string[] = []
  process.on('unhandledRejection', (reason) => complaints.push(String(reason)))
  process.on('warning', (warning) => complaints.push(String(warning)))
  const store = new MemoryStore()
  for (const integration of [fair, ...hostile]) store.insert(integration, {}, patient)
  let posted = 0
  const app = Fastify()
  await app.register(chatIntegrations, {
    ...workspace(),
    store,
    messenger: { post: () => ({ _id: `message-${posted++}` }), check: () => {} },
    sandbox: new ScriptSandbox(),
    incoming: { rateLimit: false }
  })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  answerParent<ScriptQuestion, number | ScriptState>(async (question) => {
    if (question === 'port') return Number(port)
    const state = { delay: delay.percentile(99) / 1e6, rss: process.memoryUsage.rss(), complaints }
    delay.reset()
    return state
  })
}

// Only a process that was forked is a server.
if (process.send !== undefined && process.argv[2] === 'serve') await main()
