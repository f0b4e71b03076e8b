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

const connections = 200
const seconds = often(2, 60)
/** How much longer than adapterTimeout an answer may take, in milliseconds: a busy machine comes late to its timers. */
const margin = often(10_000, 2500)
/** A heap that grows with the requests would have grown by far more: each leaves some kilobytes of garbage. */
const heapMargin = 8 * 1024 * 1024

/** What 200 connections were answered. */
interface Flood {
  readonly seconds: number
  readonly statuses: ReadonlyMap<number, number>
  /** Bodies that are neither a created integration nor the documented 503. */
  readonly others: ReadonlySet<string>
  readonly p99: number
  readonly slowest: number
}

async function flood (port: number, forSeconds: number): Promise<Flood> {
  const request = requestBytes()
  const statuses = new Map<number, number>()
  const others = new Set<string>()
  const times: number[] = []
  const end = performance.now() + forSeconds * 1000
  const all = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  await Promise.all(all.map(async (connection) => {
    for (let sent = performance.now(); sent < end; sent = performance.now()) {
      const { status, body } = await connection.exchange(request)
      times.push(performance.now() - sent)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const isCreated = status === 200 && body.startsWith('{"integration":{') && body.endsWith(',"success":true}')
      if (!isCreated && !body.includes('"errorType":"error-service-unavailable"')) others.add(body)
    }
  }))
  for (const connection of all) connection.close()
  const sorted = Float64Array.from(times).sort()
  return { seconds: forSeconds, statuses, others, p99: sorted.at(Math.ceil(sorted.length * 0.99) - 1) ?? NaN, slowest: sorted.at(-1) ?? NaN }
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

function report (t: Test, name: string, { seconds, statuses, p99, slowest }: Flood, before: FloodState, after: FloodState): void {
  const answers = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ')
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  t.comment(`${name}: ${connections} connections, ${seconds} s: ${answers}; p99 ${p99.toFixed(0)} ms, slowest ${slowest.toFixed(0)} ms; ` +
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
  await flood(port, 1)
  const before = await stateOf(server)
  const result = await flood(port, seconds)
  const after = await stateOf(server)
  report(t, 'as fast as it goes', result, before, after)
  t.strictSame([...result.others], [])
  t.strictSame([...result.statuses.keys()], [200])
  requireCalm(t, before, after)
})

test('a flood while Redis is the bottleneck: what is too much is refused at once', async (t) => {
  const redis = await redisServer(t)
  const proxy = await startRedisProxy(t, redis)
  const { server, port } = await startServer(t, proxy.port, 50, 2000)
  await flood(port, 1)
  const before = await stateOf(server)
  proxy.delay(100)
  const result = await flood(port, seconds)
  proxy.delay(0)
  const after = await stateOf(server)
  report(t, 'Redis answers after 100 ms, 50 in flight', result, before, after)
  t.strictSame([...result.others], [])
  t.ok((result.statuses.get(200) ?? 0) > 0 && (result.statuses.get(503) ?? 0) > 0, 'some are served, the others told to come back')
  t.equal(result.statuses.size, 2)
  t.ok(result.slowest < 2000 + margin, 'nobody waits longer than adapterTimeout')
  // A busy machine says nothing about percentiles; the soak runs on one that does nothing else.
  if (soaking) t.ok(result.p99 < 2000, 'and hardly anybody nearly so long')
  requireCalm(t, before, after)
  const recovered = await flood(port, 0.2)
  t.ok((recovered.statuses.get(200) ?? 0) > 0, 'it recovers')
  const { integrations } = await consistentWorkspace(t, redisClient(t, redis))
  t.ok(integrations.length >= (result.statuses.get(200) ?? 0), 'nothing that was acknowledged is missing')
})

for (const [name, away, back] of [
  ['hangs', (redis: RedisServer) => { redis.pause() }, (redis: RedisServer) => { redis.resume() }],
  ['is killed', (redis: RedisServer) => redis.kill(), (redis: RedisServer) => redis.restart()]
] as const) {
  test(`a flood while Redis ${name}, and comes back`, async (t) => {
    const redis = await redisServer(t, { appendfsync: 'always' })
    const { server, port } = await startServer(t, redis.port, 1000, 500)
    await flood(port, 1)
    const before = await stateOf(server)
    const result = flood(port, seconds + 2)
    await sleep(500)
    await away(redis)
    await sleep(1000)
    await back(redis)
    const { statuses, others, ...times } = await result
    // The last answers of Redis may be on their way.
    await sleep(500)
    const after = await stateOf(server)
    report(t, `Redis ${name}`, { statuses, others, ...times }, before, after)
    t.strictSame([...others], [])
    t.strictSame([...statuses.keys()].sort(), [200, 503])
    t.ok(times.slowest < 500 + margin, 'nobody waits longer than adapterTimeout')
    requireCalm(t, before, after)
    const recovered = await flood(port, 0.5)
    t.strictSame([...recovered.statuses.keys()], [200], 'it recovers')
    const { integrations } = await consistentWorkspace(t, redisClient(t, redis))
    t.ok(integrations.length >= (statuses.get(200) ?? 0), 'nothing that was acknowledged is missing')
  })
}
