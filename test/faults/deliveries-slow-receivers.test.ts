import { test, type Test } from 'tap'
import type { OutgoingIntegration } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { arrive, type CountedAnswer, type CountingReceiver, countingReceiver } from '../support/counting-receiver.ts'
import { DeliveryServer } from '../support/delivery-server.ts'
import { patient } from '../support/integrations.ts'
import { caller } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { often, soaking } from '../support/soak.ts'

const messages = often(150, 2000)

const answers: Readonly<Record<string, CountedAnswer>> = {
  '/fast': { status: 200, after: 20 },
  '/hangs': { status: 200, after: Infinity },
  '/fails': { status: 500, after: 0 }
}

/** So many calls of one URL run at a time. */
const callsOfLane = 5

test('one receiver hangs, one answers 500, and one is fast: the fast one does not wait for the others', { timeout: 600_000 }, async (t) => {
  const receiver = await countingReceiver(t, ({ path }) => answers[path] ?? { status: 404, after: 0 })
  const alone = soaking ? await timeOf(t, receiver, 'alone', ['/fast']) : undefined
  const together = await timeOf(t, receiver, 'together', ['/fast', '/hangs', '/fails'])
  if (alone === undefined) return
  const again = await timeOf(t, receiver, 'alone again', ['/fast'])
  const mean = (alone + again) / 2
  t.comment(`${messages} messages: ${Math.round(alone)} and ${Math.round(again)} ms alone, ${Math.round(together)} ms beside the others, ${(together / mean).toFixed(2)} times as long`)
  t.ok(together <= mean * 1.5)
})

/** How long it takes until the fast receiver has all messages, in milliseconds. */
async function timeOf (t: Test, receiver: CountingReceiver, name: string, paths: readonly string[]): Promise<number> {
  const redis = await redisServer(t)
  const store = new RedisStore({ redis: redisClient(t, redis) })
  for (const path of paths) await store.insert(integrationOf(path, receiver.base + path), {}, patient)
  const server = await DeliveryServer.start(t, { redisPort: redis.port, maxWaitingPerLane: 10_000 })
  const begin = performance.now()
  await server.emit({ name, count: messages, atOnce: 50, every: 0 })
  const kept = server.kept(paths.length)
  t.ok(kept.length > 0, `${kept.length} of ${messages} messages were kept`)
  await arrive(t, receiver, '/fast', kept, 300)
  const took = performance.now() - begin
  if (paths.length > 1) {
    t.ok(receiver.callsOf('/hangs') <= callsOfLane * Math.ceil((took + 5000) / 10_000), `${receiver.callsOf('/hangs')} calls hang, and the others wait for their turns`)
    t.equal(receiver.taken('/hangs').size, 0)
  }
  await server.kill()
  return took
}

function integrationOf (path: string, url: string): OutgoingIntegration {
  return caller(url, { _id: `id${path}`, name: path, retryFailedCalls: true, retryCount: 5, retryDelay: 'powers-of-two' })
}
