import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { type Integration } from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { type Client, startClient } from '../support/client.ts'
import { integrationOf } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { isUnavailable } from '../support/unavailable.ts'
import { until } from '../support/until.ts'

/** Requests that arrive all the time, and what became of them. */
interface Load {
  /** What was answered 200. */
  readonly acknowledged: Integration[]
  /** How many were answered 503. */
  readonly failed: () => number
  /** Answers that are neither. */
  readonly others: unknown[]
  /** Sends no more and waits for the last answers. */
  stop (): Promise<void>
}

/** Eight clients that create one integration after the other, of both types, each under a name of its own. */
function startLoad (client: Client): Load {
  const acknowledged: Integration[] = []
  const others: unknown[] = []
  let failed = 0
  let sent = 0
  const stopping = new AbortController()
  const clients = Array.from({ length: 8 }, async () => {
    while (!stopping.signal.aborted) {
      const number = sent++
      const reply = await client.create({ ...(number % 2 === 0 ? incomingBody : outgoingBody), name: `request ${number}` })
      if (reply.status === 200) acknowledged.push(integrationOf(reply.body))
      else if (isUnavailable(reply)) failed++
      else others.push(reply.text)
    }
  })
  return {
    acknowledged,
    failed: () => failed,
    others,
    async stop () {
      stopping.abort()
      await Promise.all(clients)
    }
  }
}

test('Redis is killed and started again while requests arrive', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const client = await startClient(t, { store: new RedisStore({ redis: redisClient(t, server) }), adapterTimeout: 500 })
  const load = startLoad(client)
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
  const stored = new Map(integrations.map((integration) => [integration._id, integration]))
  const missing = load.acknowledged.filter(({ _id }) => !stored.has(_id))
  t.strictSame(missing, [], 'what was acknowledged is there')
  t.strictSame(load.acknowledged.map(({ _id }) => stored.get(_id)), load.acknowledged, 'as it was acknowledged')
  t.equal(new Set(integrations.map(({ name }) => name)).size, integrations.length, 'no request was carried out twice')
  t.ok(integrations.length <= load.acknowledged.length + load.failed(), 'nothing comes from nowhere')
})
