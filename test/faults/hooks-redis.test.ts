import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { chatMessenger } from '../support/chat-messenger.ts'
import { startClient } from '../support/client.ts'
import { hookPath } from '../support/hook-host.ts'
import { patient } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { hookRecord } from '../support/ports.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { type Sent, send } from '../support/send.ts'
import { until } from '../support/until.ts'

/** The options `incoming.timeout` and `adapterTimeout`. */
const timeout = 500
/** How late an answer may be on a machine that is busy with something else. */
const margin = 5000
const senders = 8
/** How many deliveries are posted before, between and after the faults at least. */
const enough = 50

/** Senders that go on while Redis comes and goes, and what became of their deliveries. */
class Load {
  /** Deliveries that were answered 200, by their text. */
  readonly acknowledged = new Set<string>()
  /** The texts of deliveries with an id; each was sent again until it was answered 200 twice. */
  readonly named = new Set<string>()
  /** Texts of the deliveries without an id; each was sent once. */
  readonly unnamed = new Set<string>()
  /** Answers that are neither 200 nor 503. */
  readonly others: Sent[] = []
  unavailable = 0
  replayed = 0
  /** The slowest answer, in milliseconds. */
  slowest = 0
  readonly #url: string
  readonly #ended: Promise<unknown>
  #next = 0
  #over = false

  constructor (url: string) {
    this.#url = url
    this.#ended = Promise.all(Array.from({ length: senders }, () => this.#run()))
    // The test waits for something else meanwhile, and hears of an error at the end.
    this.#ended.catch(() => {})
  }

  async #run (): Promise<void> {
    while (!this.#over) {
      const number = this.#next++
      const text = `delivery-${number}`
      if (number % 2 === 0) {
        this.unnamed.add(text)
        await this.#send(text, {})
        continue
      }
      this.named.add(text)
      // As if the first answer had been lost.
      for (let posted = 0; posted < 2;) {
        if (await this.#send(text, { 'idempotency-key': text })) posted++
      }
    }
  }

  /** Whether the answer was 200. */
  async #send (text: string, headers: Record<string, string>): Promise<boolean> {
    const started = performance.now()
    const reply = await send(this.#url, { headers: { ...headers, 'x-delivery': text }, body: JSON.stringify({ text }) })
    this.slowest = Math.max(this.slowest, performance.now() - started)
    if (reply.status === 200) {
      this.acknowledged.add(text)
      if (reply.headers['idempotent-replayed'] === 'true') this.replayed++
      return true
    }
    if (reply.status === 503) this.unavailable++
    else this.others.push(reply)
    await sleep(20)
    return false
  }

  /** Waits until so many more deliveries are posted. */
  async posts (what: string): Promise<void> {
    const { size } = this.acknowledged
    await until(what, () => this.acknowledged.size >= size + enough)
  }

  /** Waits until every sender has been told to come back. */
  async refusals (): Promise<void> {
    const before = this.unavailable
    await until('hooks are answered 503', () => this.unavailable >= before + senders)
  }

  async end (): Promise<void> {
    this.#over = true
    await this.#ended
  }
}

/** How often each text is in a list. */
function countsOf (texts: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

async function disturb (t: Test, away: (redis: RedisServer) => unknown, back: (redis: RedisServer) => unknown): Promise<void> {
  const redis = await redisServer(t, { appendfsync: 'always' })
  const store = new RedisStore({ redis: redisClient(t, redis) })
  await store.insert(hookRecord(), {}, patient)
  const messenger = chatMessenger({ later: true })
  const log = captureLog()
  const { url } = await startClient(t, { store, messenger, adapterTimeout: timeout, incoming: { timeout, rateLimit: false } },
    // The name of a delivery stands in the lines about its requests.
    { logger: log.logger, requestIdHeader: 'x-delivery' })

  const load = new Load(url + hookPath())
  await load.posts('deliveries are posted')
  for (let round = 0; round < 3; round++) {
    await away(redis)
    await load.refusals()
    await back(redis)
    await load.posts('deliveries are posted again, in the same process')
  }
  await load.end()

  t.strictSame(load.others, [], 'every answer is 200 or 503')
  t.ok(load.slowest < timeout + margin, `every answer came in time, the slowest after ${load.slowest} ms`)

  const posts = countsOf(messenger.posts.map(({ message }) => message.text))
  t.strictSame([...load.acknowledged].filter((text) => !posts.has(text)), [], 'what was acknowledged was posted')
  t.strictSame([...load.unnamed].filter((text) => (posts.get(text) ?? 0) > 1), [], 'what was sent once was not posted twice')

  const lostNotes = countsOf(log.lines().filter(({ msg }) => msg === 'a part of a hook request failed').map(({ reqId }) => String(reqId)))
  const twice = [...load.named].filter((text) => (posts.get(text) ?? 0) > 1)
  t.comment(`${posts.size} deliveries, ${load.unavailable} answers 503, ${load.replayed} replayed, ${twice.length} posted more than once, ` +
    `notes of ${lostNotes.size} lost, slowest answer ${load.slowest.toFixed(0)} ms`)
  t.strictSame(twice.filter((text) => (posts.get(text) ?? 0) - 1 > (lostNotes.get(text) ?? 0)), [],
    'a delivery is posted again only after the note of its post was lost')
  t.ok(load.replayed > 0, 'the others are answered as before')
}

test('Redis is killed and started again while hooks arrive', async (t) => {
  await disturb(t, (redis) => redis.kill(), (redis) => redis.restart())
})

test('Redis hangs while hooks arrive, and comes back', async (t) => {
  await disturb(t, (redis) => redis.pause(), (redis) => redis.resume())
})
