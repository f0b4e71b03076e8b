import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import chatIntegrations, { type Messenger } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { chatKey, holdKeys, isDeadly, type HookWorkerReport, type HookWorkerSettings } from './hook-server.ts'
import { unchecked } from './unchecked.ts'
import { until } from './until.ts'
import { workspace } from './workspace.ts'

/**
 * A server with incoming webhooks, in a process of its own:
 * `hook-worker.js <settings as JSON>`. It says its port. On SIGTERM it closes
 * as a host does, and says which requests it had accepted.
 */
async function main ({ redisPort, fastest, slowest, timeout }: HookWorkerSettings): Promise<void> {
  const redis = new Redis(redisPort, '127.0.0.1')
  // A client of its own: the commands of the store do not wait behind those of the chat.
  const chat = new Redis(redisPort, '127.0.0.1')
  const messenger: Messenger = {
    async post ({ message: { text }, deliveryId }) {
      await sleep(fastest + Math.random() * (slowest - fastest))
      if (text.startsWith('held')) {
        await chat.set(holdKeys.held(text), 'held')
        await until(`the test lets ${text} go`, async () => await chat.exists(holdKeys.free(text)) === 1, 120)
      }
      if (!isDeadly(text)) return { _id: String(await chat.rpush(chatKey, text)) }
      // Such a chat remembers deliveries, and posts each of them once.
      if (await chat.set(`posted: ${deliveryId}`, text, 'NX') === null) return { _id: 'posted before' }
      await chat.rpush(chatKey, text)
      process.kill(process.pid, 'SIGKILL')
      return await new Promise<never>(() => {})
    }
  }
  const app = Fastify()
  const accepted: string[] = []
  // Earlier than every hook: a server that is closing refuses requests before the hooks.
  app.server.prependListener('request', ({ headers }) => accepted.push(String(headers['webhook-id'])))
  await app.register(chatIntegrations, {
    ...workspace(), store: new RedisStore({ redis }), messenger, incoming: { rateLimit: false, timeout }
  })
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  process.once('disconnect', () => process.exit())
  const told = once(process, 'SIGTERM')
  process.send?.(Number(address.port))
  await told
  await app.close()
  redis.disconnect()
  chat.disconnect()
  const report: HookWorkerReport = { accepted }
  process.send?.(report, () => process.exit())
}

// Only a process with settings is a server.
const [, , settings] = process.argv
if (process.send !== undefined && settings !== undefined) await main(unchecked<HookWorkerSettings>(JSON.parse(settings)))
