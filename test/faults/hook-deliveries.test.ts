import { Agent } from 'node:http'
import type { Redis } from 'ioredis'
import { test, type Test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { chatOf, countsOf, holdKeys, HookServer, type HookWorkerSettings } from '../support/hook-server.ts'
import { patient } from '../support/integrations.ts'
import { hookRecord } from '../support/ports.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { type Sent, send } from '../support/send.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

const clients = 12
const success = '{"success":true,"ok":true}'

/** Far more than a messenger takes in these tests, so that a busy machine changes no answer. */
const patience = 60_000

type Answer = 'first' | 'replayed' | 'under way' | 'another'

/** The kind of an answer: each kind but `another` is one that a sender may get. */
function kindOf ({ status, headers, body }: Sent): Answer {
  const replayed = headers['idempotent-replayed']
  if (status === 200 && body === success && replayed === undefined) return 'first'
  if (status === 200 && body === success && replayed === 'true') return 'replayed'
  const isUnderWay = status === 503 && headers['retry-after'] === '1' && body.includes('error-delivery-under-way')
  return isUnderWay && replayed === undefined ? 'under way' : 'another'
}

interface Servers {
  readonly redis: Redis
  readonly one: HookServer
  readonly other: HookServer
  /** Sends a delivery whose id is the text of its message. */
  readonly deliver: (server: HookServer, text: string) => Promise<Sent>
}

/** Starts two processes on one Redis. */
async function startServers (
  t: Test, times: Omit<HookWorkerSettings, 'redisPort' | 'timeout'>, timeoutOfOther: number
): Promise<Servers> {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  await new RedisStore({ redis }).insert(hookRecord(), {}, patient)
  const start = async (timeout: number): Promise<HookServer> => await HookServer.start(t, { redisPort: server.port, timeout, ...times })
  const [one, other] = await Promise.all([start(patience), start(timeoutOfOther)])
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  return {
    redis,
    one,
    other,
    deliver: async ({ url }, text) => await send(url, { agent, headers: { 'webhook-id': text }, body: JSON.stringify({ text }) })
  }
}

test(`${clients} clients send the same delivery to two processes at once: one message`, { timeout: 600_000 }, async (t) => {
  const { redis, one, other, deliver } = await startServers(t, { fastest: 0, slowest: 30 }, patience)
  const texts = Array.from({ length: often(40, 500) }, (_, number) => `delivery ${number}`)
  const kinds: Answer[] = []
  for (const [number, text] of texts.entries()) {
    const answers = await Promise.all(Array.from({ length: clients }, async (_, client) =>
      // Each process is the first to be asked every other time.
      await deliver((number + client) % 2 === 0 ? one : other, text)))
    const kindsOfText = answers.map(kindOf)
    kinds.push(...kindsOfText)
    const others = answers.filter((answer) => kindOf(answer) === 'another')
    t.strictSame(others, [], `${text}: 200, or 503 with Retry-After 1`)
    t.equal(kindsOfText.filter((kind) => kind === 'first').length, 1, `${text}: one client posted, the others are told that they did not`)
  }
  t.strictSame(await chatOf(redis), texts, 'each delivery is posted once')
  t.comment([...countsOf(kinds)].map(([kind, count]) => `${count} ${kind}`).join(', '))
})

test('a process that cannot wait answers 503, and the same delivery sent again is answered as the first', async (t) => {
  const { redis, one, other, deliver } = await startServers(t, { fastest: 0, slowest: 0 }, 200)
  for (let round = 0; round < often(3, 20); round++) {
    const text = `held ${round}`
    const first = deliver(one, text)
    await until('the first is posting', async () => await redis.exists(holdKeys.held(text)) === 1)
    const hurried = await Promise.all(Array.from({ length: clients - 1 }, async () => await deliver(other, text)))
    t.strictSame(hurried.map(kindOf), hurried.map(() => 'under way'), 'the message is not in the chat yet')
    t.notOk((await chatOf(redis)).includes(text))
    await redis.set(holdKeys.free(text), 'free')
    t.equal(kindOf(await first), 'first')
    const again = await Promise.all(hurried.map(async () => await deliver(other, text)))
    t.strictSame(again.map(kindOf), again.map(() => 'replayed'))
    t.equal(countsOf(await chatOf(redis)).get(text), 1, 'each delivery is posted once')
  }
})

test('a process that dies between the message and its note: sent again, a chat that knows deliveries posts it once', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  await new RedisStore({ redis }).insert(hookRecord(), {}, patient)
  const start = async (timeout: number): Promise<HookServer> => await HookServer.start(t, { redisPort: server.port, timeout, fastest: 0, slowest: 0 })
  const survivor = await start(patience)
  const rounds = often(2, 10)
  for (let round = 0; round < rounds; round++) {
    const text = `deadly ${round}`
    const sent = { headers: { 'webhook-id': text }, body: JSON.stringify({ text }) }
    // The claim of the one that dies lapses after twice its time.
    const mortal = await start(1000)
    await t.rejects(send(mortal.url, sent), 'no answer')
    t.ok((await chatOf(redis)).includes(text), 'the message is in the chat')
    t.equal(kindOf(await send(survivor.url, sent)), 'first', 'the other process waits for the claim, and posts')
    t.equal(kindOf(await send(survivor.url, sent)), 'replayed')
  }
  t.strictSame(await chatOf(redis), Array.from({ length: rounds }, (_, round) => `deadly ${round}`))
})
