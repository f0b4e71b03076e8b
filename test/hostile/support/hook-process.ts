import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Writable } from 'node:stream'
import Fastify from 'fastify'
import chatIntegrations, { MemoryStore } from '../../../lib/index.ts'
import { answerParent } from '../../support/child.ts'
import { patient } from '../../support/integrations.ts'
import { workspace } from '../../support/workspace.ts'
import type { HookQuestion, HookState } from './hook-protocol.ts'
import { bodyTimeout, targetHook, tokenMark } from './hook-target.ts'
import { watchPrototypes } from './prototypes.ts'

/** A server with incoming webhooks in a process of its own: what holds its event loop is its own work. */
async function main (): Promise<void> {
  const complaints: string[] = []
  process.on('unhandledRejection', (reason) => complaints.push(String(reason)))
  process.on('warning', (warning) => complaints.push(String(warning)))
  const leaks: string[] = []
  const errors: string[] = []
  const stream = new Writable({
    write (chunk, _encoding, done) {
      const line = String(chunk)
      if (line.includes(tokenMark) && leaks.length < 10) leaks.push(line)
      if (Number(/"level":(\d+)/.exec(line)?.[1]) >= 50 && errors.length < 10) errors.push(line)
      done()
    }
  })
  const store = new MemoryStore()
  store.insert(targetHook, {}, patient)
  let posted = 0
  const app = Fastify({ logger: { level: 'info', stream } })
  await app.register(chatIntegrations, {
    ...workspace(),
    store,
    messenger: { post: () => ({ _id: `message-${posted++}` }), check: () => {} },
    incoming: { rateLimit: false, wrongTokenLimit: false, bodyTimeout }
  })
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const assertPrototypes = watchPrototypes()
  const isPolluted = (): boolean => {
    try {
      assertPrototypes()
      return false
    } catch {
      return true
    }
  }
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  answerParent<HookQuestion, number | HookState>(async (question) => {
    if (question === 'port') return Number(port)
    const longestTurn = delay.max / 1e6
    delay.reset()
    return { longestTurn, leaks, errors, isPolluted: isPolluted(), complaints }
  })
}

// Only a process that was forked is a server.
if (process.send !== undefined && process.argv[2] === 'serve') await main()
