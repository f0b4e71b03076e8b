import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import type { Integration } from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { type Client, type Reply, startClient } from '../support/client.ts'
import { integrationOf, withoutIds } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import { credentials, members } from '../support/workspace.ts'

/** Creates with an idempotency key and sends it again until it succeeds, as a careful client does. */
async function insist (t: Test, clients: readonly Client[], number: number): Promise<Integration> {
  const body = { ...(number % 2 === 0 ? incomingBody : outgoingBody), name: `request ${number}` }
  for (let attempt = 0; attempt < 400; attempt++) {
    const client = clients[(number + attempt) % clients.length]
    if (client === undefined) break
    const reply: Reply = await client.post(JSON.stringify(body), {
      ...credentials(members.admin), 'content-type': 'application/json', 'idempotency-key': `request-${number}`
    })
    if (reply.status === 200) return integrationOf(reply.body)
    if (reply.status !== 503 && reply.status !== 409) t.fail(`answered ${reply.status}: ${reply.text}`)
    await sleep(20)
  }
  throw new Error(`request ${number} never succeeded`)
}

/** Eight at a time. */
async function insistOnAll (t: Test, clients: readonly Client[], count: number, done: () => void = () => {}): Promise<Integration[]> {
  const integrations: Integration[] = []
  let next = 0
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (next < count) {
      integrations.push(await insist(t, clients, next++))
      done()
    }
  }))
  return integrations
}

const byId = (one: Integration, other: Integration): number => one._id < other._id ? -1 : 1

test('answers are lost again and again: each request sent again creates one integration', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  // A client that asks again by itself, and one that leaves it to us.
  const clients = [
    await startClient(t, { store: new RedisStore({ redis: redisClient(t, proxy) }), adapterTimeout: 500 }),
    await startClient(t, {
      store: new RedisStore({ redis: redisClient(t, proxy, { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false }) }),
      adapterTimeout: 500
    })
  ]
  const count = 200
  let done = 0
  const answered = await insistOnAll(t, clients, count, () => { if (++done % 5 === 0) proxy.loseNextAnswer() })
  t.ok(proxy.lost >= 20, `${proxy.lost} answers were lost`)
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.strictSame(integrations.map(withoutIds).toSorted(byId), answered.toSorted(byId))
})

test('Redis is killed and started again: each request sent again creates one integration', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const clients = [await startClient(t, { store: new RedisStore({ redis: redisClient(t, server) }), adapterTimeout: 500 })]
  const finished = insistOnAll(t, clients, 400)
  for (let crash = 0; crash < 3; crash++) {
    await sleep(50)
    await server.kill()
    await server.restart()
  }
  const answered = await finished
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.strictSame(integrations.map(withoutIds).toSorted(byId), answered.toSorted(byId))
})
