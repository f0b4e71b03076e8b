import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { type Child, startChild } from '../support/child.ts'
import { Connection } from '../support/http-connection.ts'
import { requestBytes } from '../support/request-bytes.ts'
import type { FloodQuestion, FloodState } from '../support/flood-state.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'

const connections = 200
/** How many answers a flood is long at least. With the margin of the heap, a loss of 500 bytes for each request is noticed. */
const enough = often(8000, 200_000)
/** How many answers warm a server up: what is loaded or compiled at first is in its memory by then. */
const warm = 4000
/** How much longer than adapterTimeout an answer may take, in milliseconds: a busy machine comes late to its timers. */
const margin = often(10_000, 2500)
/** How many seconds a flood may take. */
const patience = often(60, 600)
/** By how many bytes the heap may differ before and after. */
const heapMargin = often(4, 8) * 1024 * 1024

/** 200 connections that send one request after the other, and what they were answered so far. */
class Flood {
  readonly statuses = new Map<number, number>()
  /** Bodies that are neither a created integration nor the documented 503. */
  readonly others = new Set<string>()
  readonly #times: number[] = []
  #over = false
  #ended = Promise.resolve()

  static async start (port: number): Promise<Flood> {
    const flood = new Flood()
    const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
    flood.#ended = flood.#run(all)
    // The test waits for something else meanwhile, and hears of an error at the end.
    flood.#ended.catch(() => {})
    return flood
  }

  async #run (all: readonly Connection[]): Promise<void> {
    const request = requestBytes()
    await Promise.all(all.map(async (connection) => {
      while (!this.#over) {
        const sent = performance.now()
        const { status, body } = await connection.exchange(request)
        this.#times.push(performance.now() - sent)
        this.statuses.set(status, this.of(status) + 1)
        const isCreated = status === 200 && body.startsWith('{"integration":{') && body.endsWith(',"success":true}')
        if (!isCreated && !body.includes('"errorType":"error-service-unavailable"')) this.others.add(body)
      }
    }))
    for (const connection of all) connection.close()
  }

  /** How many answers had this status. */
  of (status: number): number {
    return this.statuses.get(status) ?? 0
  }

  get answers (): number {
    return this.#times.length
  }

  /** The slowest answer, in milliseconds. */
  get slowest (): number {
    return this.#times.reduce((slowest, time) => Math.max(slowest, time), 0)
  }

  get p99 (): number {
    return Float64Array.from(this.#times).sort().at(Math.ceil(this.#times.length * 0.99) - 1) ?? NaN
  }

  /** Waits until something has come about, while the flood goes on. */
  async until (what: string, condition: () => boolean): Promise<void> {
    await Promise.race([until(what, condition, patience), this.#ended])
  }

  /** Sends no more and waits for the last answers. */
  async end (): Promise<void> {
    this.#over = true
    await this.#ended
  }
}

/** A flood of so many answers. */
async function flood (port: number, answers: number): Promise<Flood> {
  const flood = await Flood.start(port)
  await flood.until(`${answers} requests are answered`, () => flood.answers >= answers)
  await flood.end()
  return flood
}

type Server = Child<FloodQuestion, number | FloodState>

async function startServer (t: Test, redisPort: number, maxInFlight: number, adapterTimeout: number): Promise<{ server: Server, port: number }> {
  const controller = new AbortController()
  const server: Server = startChild(new URL('../support/flooded-server.js', import.meta.url), [String(redisPort), String(maxInFlight), String(adapterTimeout)],
    controller.signal, ['--expose-gc'])
  t.teardown(() => server.end())
  const port = await server.ask('port')
  if (typeof port !== 'number') throw new Error('no port')
  return { server, port }
}

async function stateOf (server: Server): Promise<FloodState> {
  const state = await server.ask('state')
  if (typeof state === 'number') throw new Error('no state')
  return state
}

/** Its state once nothing is under way any more: the last answers of Redis may come late. */
async function stateAfter (server: Server, before: FloodState): Promise<FloodState> {
  const end = performance.now() + 10_000
  for (;;) {
    const after = await stateOf(server)
    if (isCalm(before, after) || performance.now() > end) return after
    await sleep(50)
  }
}

function isCalm (before: FloodState, after: FloodState): boolean {
  return after.heap < before.heap + heapMargin && after.timers <= before.timers + 2 && after.listeners === before.listeners
}

function report (t: Test, name: string, { statuses, p99, slowest }: Flood, before: FloodState, after: FloodState): void {
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  t.comment(`${name}: ${connections} connections: ${answers}; p99 ${p99.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms; ` +
    `heap ${megabytes(before.heap)} MB before, ${megabytes(after.heap)} MB after`)
}

function requireCalm (t: Test, before: FloodState, after: FloodState): void {
  t.strictSame(after.complaints, [], 'no unhandled rejection, no warning')
  t.ok(after.heap < before.heap + heapMargin, 'memory is back at its level')
  t.ok(after.timers <= before.timers + 2, `no timer is left: ${before.timers} before, ${after.timers} after`)
  t.equal(after.listeners, before.listeners, 'nor a listener')
}

test('a flood at the speed of the machine', async (t) => {
  const redis = await redisServer(t)
  const { server, port } = await startServer(t, redis.port, 1000, 5000)
  await flood(port, warm)
  const before = await stateOf(server)
  const result = await flood(port, enough)
  const after = await stateAfter(server, before)
  report(t, 'as fast as it goes', result, before, after)
  t.strictSame([...result.others], [])
  t.strictSame([...result.statuses.keys()], [200])
  requireCalm(t, before, after)
})

test('a flood while Redis is the bottleneck: what is too much is refused at once', async (t) => {
  const redis = await redisServer(t)
  const proxy = await startRedisProxy(t, redis)
  const { server, port } = await startServer(t, proxy.port, 50, 2000)
  await flood(port, warm)
  const before = await stateOf(server)
  proxy.delay(100)
  const result = await flood(port, enough)
  proxy.delay(0)
  const after = await stateAfter(server, before)
  report(t, 'Redis answers after 100 ms, 50 in flight', result, before, after)
  t.strictSame([...result.others], [])
  t.ok(result.of(200) > 0 && result.of(503) > 0, 'some are served, the others told to come back')
  t.equal(result.statuses.size, 2)
  t.ok(result.slowest < 2000 + margin, 'nobody waits longer than adapterTimeout')
  // A busy machine says nothing about percentiles; the soak runs on one that does nothing else.
  if (soaking) t.ok(result.p99 < 2000, 'and hardly anybody nearly so long')
  requireCalm(t, before, after)
  const recovered = await flood(port, connections)
  t.ok(recovered.of(200) > 0, 'it recovers')
  const { integrations } = await consistentWorkspace(t, redisClient(t, redis))
  t.ok(integrations.length >= result.of(200), 'nothing that was acknowledged is missing')
})

for (const [name, away, back] of [
  ['hangs', (redis: RedisServer) => { redis.pause() }, (redis: RedisServer) => { redis.resume() }],
  ['is killed', (redis: RedisServer) => redis.kill(), (redis: RedisServer) => redis.restart()]
] as const) {
  test(`a flood while Redis ${name}, and comes back`, async (t) => {
    const redis = await redisServer(t, { appendfsync: 'always' })
    const { server, port } = await startServer(t, redis.port, 1000, 500)
    await flood(port, warm)
    const before = await stateOf(server)
    const result = await Flood.start(port)
    await result.until('every connection was served', () => result.of(200) >= 2 * connections)
    await away(redis)
    await result.until('every connection was told to come back, twice', () => result.of(503) >= 2 * connections)
    await back(redis)
    const served = result.of(200)
    await result.until('requests are served again', () => result.answers >= enough && result.of(200) >= served + enough / 4)
    await result.end()
    const after = await stateAfter(server, before)
    report(t, `Redis ${name}`, result, before, after)
    t.strictSame([...result.others], [])
    t.strictSame([...result.statuses.keys()].sort(), [200, 503])
    t.ok(result.slowest < 500 + margin, 'nobody waits longer than adapterTimeout')
    requireCalm(t, before, after)
    const recovered = await flood(port, 2 * connections)
    t.strictSame([...recovered.statuses.keys()], [200], 'it recovers')
    const { integrations } = await consistentWorkspace(t, redisClient(t, redis))
    t.ok(integrations.length >= result.of(200), 'nothing that was acknowledged is missing')
  })
}
