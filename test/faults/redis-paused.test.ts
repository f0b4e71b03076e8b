import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { incomingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { integrationOf, withoutIds } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { unavailable } from '../support/unavailable.ts'
import { until } from '../support/until.ts'
import { storeWith } from '../support/store-with.ts'

const adapterTimeout = 500
/** How late an answer may be on a machine that is busy with something else. */
const margin = 2500

test('Redis hangs while requests arrive, and comes back', async (t) => {
  const server = await redisServer(t)
  const client = await startClient(t, { store: new RedisStore({ redis: redisClient(t, server) }), adapterTimeout })
  const acknowledged = [integrationOf((await client.create({ ...incomingBody, name: 'before' })).body)]

  for (let round = 0; round < 2; round++) {
    server.pause()
    await Promise.all(Array.from({ length: 30 }, async (_, index) => {
      const started = performance.now()
      const reply = await client.create({ ...incomingBody, name: `round ${round}, request ${index}` })
      const waited = performance.now() - started
      unavailable(t, reply, `request ${index}`)
      t.ok(waited > adapterTimeout * 0.9 && waited < adapterTimeout + margin, `was answered in time: ${waited}`)
    }))
    server.resume()
    await until('requests succeed again, in the same process', async () => {
      const reply = await client.create({ ...incomingBody, name: 'after' })
      if (reply.status === 200) acknowledged.push(integrationOf(reply.body))
      return reply.status === 200
    })
  }

  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  for (const integration of acknowledged) {
    t.strictSame(integrations.map(withoutIds).find(({ _id }) => _id === integration._id), integration, 'what was acknowledged is there')
  }
})

test('Redis hangs for less than the timeout: nobody notices', async (t) => {
  const server = await redisServer(t)
  const store = new RedisStore({ redis: redisClient(t, server) })
  let arrived = 0
  const counting = storeWith({
    insert (integration, conditions, call) {
      arrived++
      return store.insert(integration, conditions, call)
    }
  })
  const client = await startClient(t, { store: counting, adapterTimeout: 10_000 })
  t.equal((await client.create(incomingBody)).status, 200)
  server.pause()
  const replies = Promise.all(Array.from({ length: 20 }, () => client.create(incomingBody)))
  await until('all have reached the store', () => arrived === 21)
  server.resume()
  for (const reply of await replies) t.equal(reply.status, 200)
  t.equal((await consistentWorkspace(t, redisClient(t, server))).integrations.length, 21)
})
