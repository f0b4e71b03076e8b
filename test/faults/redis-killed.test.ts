import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { startClient } from '../support/client.ts'
import { withoutIds } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { steadyCreates } from '../support/steady-creates.ts'
import { until } from '../support/until.ts'

test('Redis is killed and started again while requests arrive', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const client = await startClient(t, { store: new RedisStore({ redis: redisClient(t, server) }), adapterTimeout: 500 })
  const load = steadyCreates(client, 8)
  for (let crash = 0; crash < 3; crash++) {
    const { length } = load.acknowledged
    await until('requests succeed', () => load.acknowledged.length > length + 100)
    const failed = load.failed()
    await server.kill()
    await until('requests fail', () => load.failed() >= failed + 8)
    await server.restart()
  }
  const { length } = load.acknowledged
  await until('requests succeed again, in the same process', () => load.acknowledged.length > length + 100)
  await load.stop()

  t.strictSame(load.others, [], 'every answer is 200 or the documented 503')
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  const stored = new Map(integrations.map((integration) => [integration._id, withoutIds(integration)]))
  const acknowledged = load.acknowledged.map(({ integration }) => integration)
  const missing = acknowledged.filter(({ _id }) => !stored.has(_id))
  t.strictSame(missing, [], 'what was acknowledged is there')
  t.strictSame(acknowledged.map(({ _id }) => stored.get(_id)), acknowledged, 'as it was acknowledged')
  t.equal(new Set(integrations.map(({ name }) => name)).size, integrations.length, 'no request was carried out twice')
  t.ok(integrations.length <= acknowledged.length + load.failed(), 'nothing comes from nowhere')
})
