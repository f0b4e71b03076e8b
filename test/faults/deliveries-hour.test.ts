import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import type { DeliveryReport, OutgoingIntegration } from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import type { HistoryEntry } from '../../schemas/index.ts'
import { type CountedAnswer, type CountingReceiver, countingReceiver } from '../support/counting-receiver.ts'
import { DeliveryServer } from '../support/delivery-server.ts'
import { patient } from '../support/integrations.ts'
import { caller } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'

const hour = 60 * 60 * 1000
/** The clock of the server goes so many times as fast: retries and pauses come sooner by that. */
const speed = often(600, 20)
/** The hour as it lasts, in milliseconds. */
const duration = hour / speed
const messages = often(100, 3600)
/** So many outages of Redis. Each lasts a moment. */
const outages = often(1, 6)

const paths = ['/well', '/flaky', '/away']

test('an hour with faults of receivers and of Redis: the books balance', { timeout: 900_000 }, async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const redis = redisClient(t, server)
  const begin = performance.now()
  const receiver = await countingReceiver(t, ({ path, messageId }) =>
    messageId.startsWith('hour') ? answerAt(path, (performance.now() - begin) / duration) : { status: 200, after: 0 })
  const store = new RedisStore({ redis })
  const records = paths.map((path) => recordOf(path, receiver.base + path))
  for (const record of records) await store.insert(record, {}, patient)
  const host = await DeliveryServer.start(t, {
    redisPort: server.port, clock: { since: Date.now(), speed }, timeout: often(500, 1000), lockDuration: 3000, maxEntries: 10_000
  })

  const hourly = host.emit({ name: 'hour', count: messages, atOnce: 1, every: duration / messages })
  for (let outage = 0; outage < outages; outage++) {
    await sleep(duration / (outages + 1))
    await breakRedis(server, outage)
  }
  await hourly
  // A worker of BullMQ sleeps until the next delivery is due, by the clock of the machine. Further messages wake it.
  for (let tail = 0; !await isEmpty(redis); tail++) {
    if (performance.now() - begin > 5 * duration + 120_000) throw new Error('deliveries are left')
    await host.emit({ name: `tail-${tail}`, count: 1, atOnce: 1, every: 50 })
  }
  const ended = (): Map<string, Ended> => endsOf(host.reports)
  // The assertion says which are missing.
  await until('the host was told of the last ones', () => notEnded(host, receiver, ended()).length === 0).catch(() => {})
  requireBooks(t, host, receiver, ended())

  const entries = (await Promise.all(records.map(({ _id }) => entriesOf(new RedisHistory({ redis }), _id)))).flat()
  await requireHistory(t, host, ended(), entries)
})

/** The receivers: one is well, one fails now and then in every way, and one is away in the middle of the hour. */
function answerAt (path: string, elapsed: number): CountedAnswer {
  if (path === '/well') return { status: 200, after: Math.random() * 30 }
  if (path === '/away') return { status: elapsed > 0.4 && elapsed < 0.6 ? 503 : 200, after: 1 }
  const chance = Math.random()
  if (chance < 0.6) return { status: 200, after: Math.random() * 30 }
  if (chance < 0.7) return { status: 500, after: 0 }
  if (chance < 0.8) return { status: 503, after: 0, headers: { 'retry-after': '5' } }
  if (chance < 0.9) return { status: 0, after: 0 }
  return chance < 0.98 ? { status: 400, after: 0 } : { status: 200, after: Infinity }
}

function recordOf (path: string, url: string): OutgoingIntegration {
  return caller(url, { _id: path.slice(1), name: path, retryFailedCalls: true, retryCount: 3, retryDelay: 'powers-of-two' })
}

async function breakRedis (server: RedisServer, outage: number): Promise<void> {
  const isKilled = outage % 2 === 0
  await (isKilled ? server.kill() : server.pause())
  await sleep(1500)
  await (isKilled ? server.restart() : server.resume())
}

async function isEmpty (redis: { keys (pattern: string): Promise<string[]> }): Promise<boolean> {
  await sleep(20)
  return (await redis.keys('*:deliveries:msg_*')).length === 0
}

/** The end of a delivery, as the host was told of it. */
interface Ended {
  readonly messageId: string
  readonly url: string
  readonly isDelivered: boolean
}

/** The deliveries that have ended, by their ids. One whose end was lost on its way to Redis ends again. */
function endsOf (reports: readonly DeliveryReport[]): Map<string, Ended> {
  const ends = new Map<string, Ended>()
  for (const { webhookId, url, messageId = '', outcome } of reports) {
    if (outcome === 'retrying') continue
    ends.set(webhookId, { messageId, url, isDelivered: outcome === 'delivered' || ends.get(webhookId)?.isDelivered === true })
  }
  return ends
}

/** The deliveries that were kept and have not ended. */
function notEnded ({ emitted }: Pick<DeliveryServer, 'emitted'>, { base }: CountingReceiver, ended: ReadonlyMap<string, Ended>): string[] {
  const pairs = new Set(Array.from(ended.values(), ({ messageId, url }) => `${messageId} ${url}`))
  const kept = emitted.filter(({ dropped }) => dropped === 0)
  return kept.flatMap(({ messageId }) => paths.map((path) => `${messageId} ${base}${path}`)).filter((pair) => !pairs.has(pair))
}

/** Asserts that each delivery was dropped, or has ended as its receiver says. */
function requireBooks (t: Test, { emitted, reports }: DeliveryServer, receiver: CountingReceiver, ended: ReadonlyMap<string, Ended>): void {
  const all = emitted.length * paths.length
  const kept = sum(emitted.map(({ deliveries }) => deliveries))
  const dropped = sum(emitted.map((event) => event.dropped))
  const delivered = [...ended.values()].filter(({ isDelivered }) => isDelivered)
  const tried = reports.filter(({ outcome }) => outcome === 'retrying').length
  t.comment(`${all} deliveries: ${delivered.length} delivered, ${ended.size - delivered.length} given up, ${dropped} dropped; ${tried} calls were repeated`)
  t.equal(kept + dropped, all, 'each delivery is kept or dropped')
  t.ok(ended.size >= kept && ended.size <= all, `${kept} were kept, ${ended.size} have ended`)
  const pairs = new Set(Array.from(ended.values(), ({ messageId, url }) => `${messageId} ${url}`))
  t.equal(pairs.size, ended.size, 'each with one id')
  t.strictSame(notEnded({ emitted }, receiver, ended), [], 'whatever was kept has ended')
  for (const path of paths) {
    const taken = Array.from(receiver.taken(path), ([messageId, ids]) => [...ids.keys()].map((id) => `${messageId} ${id}`)).flat().sort()
    const told = [...ended].filter(([, { url, isDelivered }]) => isDelivered && url === receiver.base + path).map(([id, { messageId }]) => `${messageId} ${id}`).sort()
    t.strictSame(told, taken, `${path}: what was delivered is what the receiver has taken`)
  }
}

/** Asserts that the history tells the same. What it was told while Redis was away is lost, and counted. */
async function requireHistory (t: Test, host: DeliveryServer, ended: ReadonlyMap<string, Ended>, entries: readonly HistoryEntry[]): Promise<void> {
  const finished = entries.filter(({ finished, step }) => finished === true && step !== 'delivery-dropped')
  const known = new Set(finished.map(({ webhookId }) => webhookId))
  t.ok(known.size > ended.size / 2, `the history knows ${known.size} of ${ended.size}`)
  const told = new Set(host.reports.map(({ webhookId, outcome }) => `${webhookId} ${outcome}`))
  const others = finished.filter(({ webhookId = '', error }) => !told.has(`${webhookId} ${error === undefined ? 'delivered' : 'failed'}`))
  t.strictSame(others, [], 'and tells the same of each')
  if (!soaking) return
  // The log tells how many were lost when an entry is kept ten seconds after the last one was lost.
  await sleep(10_500)
  await host.emit({ name: 'last', count: 1, atOnce: 1, every: 0 })
  const isTold = (): boolean => host.log.some((line) => line.includes('the history remembers entries again'))
  if (known.size < ended.size) await until('the log tells how many entries were lost', isTold)
  const lost = sum(host.log.map((line) => Number(/"lost":(\d+)/.exec(line)?.[1] ?? 0)))
  t.ok(ended.size - known.size <= lost, `the log tells of ${lost} lost entries`)
}

/** The whole history of an integration. */
async function entriesOf (history: RedisHistory, integrationId: string): Promise<HistoryEntry[]> {
  const all: HistoryEntry[] = []
  for (;;) {
    const { entries, total } = await history.list(integrationId, { offset: all.length, count: 100 }, patient)
    all.push(...entries)
    if (entries.length === 0 || all.length >= total) return all
  }
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
