import { cpus } from 'node:os'
import { Queue, Worker } from 'bullmq'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { Pool, request } from 'undici'
import { BullmqQueue } from '../../lib/bullmq.ts'
import chatIntegrations, { type DeliveryQueue, InProcessQueue, type IntegrationsOptions, MemoryStore } from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import { triggerRecord } from '../support/deliverer.ts'
import { patient } from '../support/integrations.ts'
import { startRedis } from '../support/redis-server.ts'
import { workspace } from '../support/workspace.ts'
import { Count } from './count.ts'
import { startReceiver } from './receiver.ts'
import { median, ratioOf, takeTurns } from './turns.ts'

// Deliveries of outgoing webhooks beside undici alone, and with a BullmqQueue
// beside a bare worker of BullMQ: `npm run bench:deliver`. The receiver is a
// process of its own. The contenders take turns.

const concurrency = 64
const urls = 16
const calls = Number(process.env['BENCH_CALLS'] ?? 4000)
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7)

/** One of the ways to make so many calls. */
interface Contender {
  readonly run: () => Promise<void>
  readonly close: () => Promise<void>
}

const event = {
  room: { _id: 'GENERAL', name: 'general', type: 'c' },
  user: { _id: 'guestId', username: 'guest' },
  message: { _id: 'm'.repeat(17), text: 'deploy now '.repeat(30), timestamp: new Date(0) }
}
const body = {
  token: 'x'.repeat(24),
  bot: false,
  channel_id: 'GENERAL',
  channel_name: 'general',
  message_id: event.message._id,
  timestamp: event.message.timestamp.toISOString(),
  user_id: 'guestId',
  user_name: 'guest',
  text: event.message.text,
  siteUrl: ''
}

/** So many deliveries wait at most. */
const mostWaiting = 1000

/** A host with the plugin. All calls of a round are queued in parts: an in-process queue keeps 10,000. */
async function host (base: string, queue: DeliveryQueue, options: Partial<IntegrationsOptions>): Promise<Contender> {
  const app = Fastify()
  const store = options.store ?? new MemoryStore()
  await store.insert(triggerRecord({ urls: Array.from({ length: urls }, (_, index) => `${base}/${index}`) }), {}, patient)
  const count = new Count()
  await app.register(chatIntegrations, {
    ...workspace(),
    ...options,
    store,
    queue,
    outgoing: { allow: ['127.0.0.1:*'], concurrency },
    onDelivery ({ outcome }) {
      if (outcome !== 'delivered') throw new Error('a delivery failed')
      count.add()
    }
  })
  await app.ready()
  return {
    async run () {
      count.begin()
      let sent = 0
      while (sent < calls) {
        const { deliveries } = await app.integrations.emit('sendMessage', event)
        if (deliveries !== urls) throw new Error('an event was dropped')
        sent += urls
        await count.reach(sent - mostWaiting)
      }
      await count.reach(sent)
    },
    close: async () => { await app.close() }
  }
}

function undici (base: string): Contender {
  const pool = new Pool(base, { connections: concurrency, headersTimeout: 10_000, bodyTimeout: 10_000 })
  return {
    async run () {
      let left = calls
      await Promise.all(Array.from({ length: concurrency }, async () => {
        while (left-- > 0) await post(pool, `${base}/${left % urls}`)
      }))
    },
    close: async () => { await pool.close() }
  }
}

async function post (dispatcher: Pool, url: string): Promise<void> {
  const { body: answer } = await request(url, { dispatcher, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  await answer.text()
}

function bareBullmq (base: string, port: number): Contender {
  const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null }
  const pool = new Pool(base, { connections: concurrency })
  const queue = new Queue('bare', { connection })
  const count = new Count()
  const worker = new Worker('bare', async (job) => { await post(pool, job.data.url) }, { connection, concurrency, removeOnComplete: { count: 0 } })
  worker.on('completed', () => {
    count.add()
  })
  return {
    async run () {
      count.begin()
      let sent = 0
      while (sent < calls) {
        await queue.addBulk(Array.from({ length: urls }, (_, index) => ({ name: 'sendMessage', data: { url: `${base}/${index}`, body } })))
        sent += urls
        await count.reach(sent - mostWaiting)
      }
      await count.reach(sent)
    },
    async close () {
      await worker.close()
      await queue.close()
      await pool.close()
    }
  }
}

async function main (): Promise<void> {
  const receiver = await startReceiver()
  const { url: base } = receiver
  const server = await startRedis()
  const redis = new Redis(server.port, '127.0.0.1')
  const contenders: Readonly<Record<string, Contender>> = {
    undici: undici(base),
    'in process, MemoryStore': await host(base, new InProcessQueue({ concurrency }), { history: false }),
    'in process, RedisStore and RedisHistory': await host(base, new InProcessQueue({ concurrency }), {
      store: new RedisStore({ redis, keyPrefix: 'in-process' }), history: new RedisHistory({ redis, keyPrefix: 'in-process' })
    }),
    'bare BullMQ': bareBullmq(base, server.port),
    'BullmqQueue, RedisStore, no history': await host(base, new BullmqQueue({ redis, keyPrefix: 'bullmq', concurrency }), {
      store: new RedisStore({ redis, keyPrefix: 'bullmq' }), history: false
    }),
    'BullmqQueue, RedisStore and RedisHistory': await host(base, new BullmqQueue({ redis, keyPrefix: 'bullmq-history', concurrency }), {
      store: new RedisStore({ redis, keyPrefix: 'bullmq-history' }), history: new RedisHistory({ redis, keyPrefix: 'bullmq-history' })
    })
  }
  const needed = await takeTurns(Object.fromEntries(Object.entries(contenders).map(([name, { run }]) => [name, run])), { rounds, count: calls })
  console.log(`${cpus().length} x ${cpus()[0]?.model ?? ''}, Node.js ${process.version}, ${rounds} rounds of ${calls} deliveries, ${concurrency} at a time`)
  for (const [name, one] of needed) {
    const [toUndici, toBullmq] = ['undici', 'bare BullMQ'].map((other) => ratioOf(one, needed.get(other)).toFixed(2))
    console.log(`${name.padEnd(42)} ${Math.round(median(one.rate))}/s   ${median(one.cpu).toFixed(0)} µs of CPU   ${toUndici} of undici   ${toBullmq} of bare BullMQ`)
  }
  for (const { close } of Object.values(contenders)) await close()
  redis.disconnect()
  await server.kill()
  receiver.end()
}

await main()
