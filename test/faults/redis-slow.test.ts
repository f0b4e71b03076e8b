import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import type { Integration } from '../../schemas/index.ts'
import { incomingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { integrationOf } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import { isUnavailable, unavailable } from '../support/unavailable.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

const adapterTimeout = 400
/** How late an answer may be on a machine that is busy with something else. */
const margin = 2500

test('Redis answers late: in time is served, later is refused in time', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const client = await startClient(t, { store: new RedisStore({ redis: redisClient(t, proxy) }), adapterTimeout })
  t.equal((await client.create(incomingBody)).status, 200)
  proxy.delay(100)
  for (const reply of await Promise.all(Array.from({ length: 20 }, () => client.create(incomingBody)))) t.equal(reply.status, 200)
  proxy.delay(1000)
  const begun = performance.now()
  for (const reply of await Promise.all(Array.from({ length: 20 }, () => client.create(incomingBody)))) unavailable(t, reply, 'too late')
  t.ok(performance.now() - begun < adapterTimeout + margin)
  proxy.delay(0)
  await until('it is fast again', async () => (await client.create(incomingBody)).status === 200)
  await consistentWorkspace(t, redisClient(t, server))
})

test('connections are cut in the middle of answers', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const redis = redisClient(t, proxy)
  const client = await startClient(t, { store: new RedisStore({ redis }), adapterTimeout })
  t.equal((await client.create({ ...incomingBody, name: 'first' })).status, 200)
  const listeners = redis.eventNames().map((name) => redis.listenerCount(name))
  const acknowledged: Integration[] = []
  const others: string[] = []
  const rounds = often(20, 300)
  for (let round = 0; round < rounds; round++) {
    proxy.cutNextAnswer()
    const replies = await Promise.all([
      ...Array.from({ length: 5 }, (_, index) => client.create({ ...incomingBody, name: `${round} ${index}` })),
      client.query('list', { count: '1' })
    ])
    for (const reply of replies.slice(0, 5)) {
      if (reply.status === 200) acknowledged.push(integrationOf(reply.body))
      else if (!isUnavailable(reply)) others.push(reply.text)
    }
  }
  t.ok(proxy.lost >= rounds / 2, `${proxy.lost} answers were cut`)
  t.strictSame(others, [])
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  const ids = new Set(integrations.map(({ _id }) => _id))
  t.strictSame(acknowledged.filter(({ _id }) => !ids.has(_id)), [], `${acknowledged.length} acknowledged, none lost`)
  t.equal(new Set(integrations.map(({ name }) => name)).size, integrations.length, 'none twice')
  await until('the client is back', () => redis.status === 'ready')
  t.strictSame(redis.eventNames().map((name) => redis.listenerCount(name)), listeners)
})
