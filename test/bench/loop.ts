import { monitorEventLoopDelay } from 'node:perf_hooks'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { BullmqQueue } from '../../lib/bullmq.ts'
import chatIntegrations from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import { patient } from '../support/integrations.ts'
import { caller, said } from '../support/outgoing-host.ts'
import { startRedis } from '../support/redis-server.ts'
import { workspace } from '../support/workspace.ts'
import { Count } from './count.ts'
import { type Manner, startDrippingReceiver } from './dripping-receiver.ts'

// How long the event loop of the host is held while 64 deliveries run, to
// receivers that answer at once and to receivers that send one byte at a time:
// `npm run bench:loop`. The receivers are a process of their own.

const receivers = 64
const urlsOfIntegration = 4
const milliseconds = Number(process.env['BENCH_SECONDS'] ?? 10) * 1000
/** Milliseconds between two looks at the clock. They are no part of what is printed. */
const resolution = 5

/** Measures deliveries to receivers of one kind. */
async function measure (manner: Manner, port: number): Promise<void> {
  const receiver = await startDrippingReceiver(manner)
  const redis = new Redis(port, '127.0.0.1')
  const keyPrefix = manner
  const store = new RedisStore({ redis, keyPrefix })
  const urls = Array.from({ length: receivers }, (_, number) => `${receiver.url}/${number}`)
  for (let first = 0; first < receivers; first += urlsOfIntegration) {
    await store.insert(caller('', { _id: `integration${first}`, urls: urls.slice(first, first + urlsOfIntegration) }), {}, patient)
  }
  const count = new Count()
  let done = 0
  const app = Fastify()
  await app.register(chatIntegrations, {
    ...workspace(),
    store,
    queue: new BullmqQueue({ redis, keyPrefix }),
    history: new RedisHistory({ redis, keyPrefix }),
    outgoing: { allow: ['127.0.0.1:*'] },
    onDelivery () {
      done++
      count.add()
    }
  })
  await app.ready()
  let queued = 0
  // The next message is told when most deliveries of the last one are done.
  const deliver = async (leftOver: number): Promise<void> => {
    queued += (await app.integrations.emit('sendMessage', said())).deliveries
    await count.reach(queued - leftOver)
  }
  await deliver(0)

  const delay = monitorEventLoopDelay({ resolution })
  const before = { done, at: performance.now(), cpu: process.cpuUsage() }
  delay.enable()
  while (performance.now() < before.at + milliseconds) await deliver(receivers / 4)
  delay.disable()
  const took = performance.now() - before.at
  const { user, system } = process.cpuUsage(before.cpu)
  const held = (nanoseconds: number): string => `${Math.max(0, nanoseconds / 1e6 - resolution).toFixed(1).padStart(5)} ms`
  console.log(`${manner.padEnd(20)} held: p50 ${held(delay.percentile(50))}, p99 ${held(delay.percentile(99))}, longest ${held(delay.max)}   ` +
    `${String(Math.round((done - before.done) / took * 1000)).padStart(5)} deliveries/s   ${((user + system) / 10 / took).toFixed(0).padStart(3)} % of a processor`)
  await app.close()
  redis.disconnect()
  receiver.end()
}

const server = await startRedis()
for (const manner of ['at once', 'body of 900 bytes', 'endless body', 'headers of 900 bytes'] as const satisfies Manner[]) await measure(manner, server.port)
await server.close()
