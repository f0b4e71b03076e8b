import { once } from 'node:events'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import chatIntegrations from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { answerParent } from './child.ts'
import type { FloodQuestion, FloodState } from './flood-state.ts'
import { workspace } from './workspace.ts'

/**
 * A server with the plugin, in a process of its own so that its memory is
 * nobody else's: `flooded-server.js <port of Redis> <maxInFlight> <adapterTimeout>`,
 * with `--expose-gc`.
 */
const [port = 0, maxInFlight = 0, adapterTimeout = 0] = process.argv.slice(2).map(Number)
const complaints: string[] = []
process.on('unhandledRejection', (reason) => complaints.push(String(reason)))
process.on('warning', (warning) => complaints.push(String(warning)))

const redis = new Redis(port, '127.0.0.1')
redis.on('error', () => {})
await once(redis, 'ready')
const app = Fastify()
await app.register(chatIntegrations, { ...workspace(), adapterTimeout, store: new RedisStore({ redis, maxInFlight }) })
const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))

answerParent<FloodQuestion, number | FloodState>(async (question) => question === 'port' ? Number(address.port) : state())

function state (): FloodState {
  globalThis.gc?.()
  return {
    heap: process.memoryUsage().heapUsed,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    listeners: redis.eventNames().reduce((sum, name) => sum + redis.listenerCount(name), 0),
    complaints
  }
}
