import type { RedisOptions } from 'ioredis'
import { test, type Test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { type Client, startClient } from '../support/client.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { unavailable } from '../support/unavailable.ts'
import { until } from '../support/until.ts'

const adapterTimeout = 300

/** How hosts set up their clients; each decides in another way what happens to commands while Redis is away. */
const setups: Record<string, Omit<RedisOptions, 'replyMapping'>> = {
  'as ioredis comes': {},
  'connecting on first use': { lazyConnect: true },
  'without a queue': { enableOfflineQueue: false },
  'without a queue, connecting on first use': { enableOfflineQueue: false, lazyConnect: true },
  'retrying for ever': { maxRetriesPerRequest: null },
  'without retries': { maxRetriesPerRequest: 0 }
}

for (const [setup, options] of Object.entries(setups)) {
  test(`Redis is down at the start, with a client ${setup}`, async (t) => {
    const server = await redisServer(t)
    await server.kill()
    const client = await startClient(t, { store: new RedisStore({ redis: redisClient(t, server, options) }), adapterTimeout })
    await refused(t, client)
    await server.restart()
    await recovered(t, client, server)
  })
}

test('Redis goes away and comes back', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const redis = redisClient(t, server)
  const client = await startClient(t, { store: new RedisStore({ redis }), adapterTimeout })
  await redis.ping()
  for (let round = 0; round < 2; round++) {
    await server.kill()
    await until('the client noticed', () => redis.status !== 'ready')
    await refused(t, client)
    await server.restart()
    await recovered(t, client, server)
  }
})

test('the host closes its client', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const client = await startClient(t, { store: new RedisStore({ redis }), adapterTimeout: 60_000 })
  t.equal((await client.create(incomingBody)).status, 200)
  redis.disconnect()
  const reply = await client.create(incomingBody)
  unavailable(t, reply, 'at once: there is nothing to wait for')
})

async function refused (t: Test, client: Client): Promise<void> {
  const replies = await Promise.all(Array.from({ length: 10 }, async (_, index) =>
    client.create({ ...(index % 2 === 0 ? incomingBody : outgoingBody), name: `refused ${index}` })))
  replies.forEach((reply, index) => unavailable(t, reply, `request ${index}`))
}

async function recovered (t: Test, client: Client, server: RedisServer): Promise<void> {
  await until('requests succeed', async () => (await client.create({ ...incomingBody, name: 'accepted' })).status === 200)
  for (let index = 0; index < 5; index++) {
    t.equal((await client.create({ ...outgoingBody, name: 'accepted' })).status, 200)
  }
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.strictSame(
    integrations.map(({ name }) => name).filter((name) => name !== 'accepted'), [], 'what was refused is not stored later'
  )
}
