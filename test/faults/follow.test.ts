import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { IntegrationStore } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { follow, type Follower, stepsBackwards, toldAgain, untilSame } from '../support/follower.ts'
import { outgoingRecord, patient } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { clusterClient, redisCluster } from '../support/redis-cluster.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { forkWithoutHooks } from '../support/run.ts'
import { until } from '../support/until.ts'

const perProcess = 500
const cuts = 10

// Most of these tests wait for a Redis of their own; those that wait longest come first.
t.jobs = 3

function test (name: string, run: (t: Test) => Promise<void>): void {
  t.test(name, { buffered: true }, run)
}

test('the connection of the reader dies without a word', async (t) => {
  const { store, proxy, follower } = await startFollowing(t)
  proxy.freeze()
  await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
  // The reader takes notice within 7.5 seconds.
  await sleep(3000)
  await untilSame(store, follower)
  t.ok(follower.steps.some(({ kind }) => kind === 'stale'), 'it has taken notice')
  t.equal(follower.resets, 1)
})

test('the master of the workspace fails, in a Redis Cluster', async (t) => {
  const cluster = await redisCluster(t)
  const keyPrefix = 'followed'
  const store = new RedisStore({ redis: clusterClient(t, cluster), keyPrefix })
  const follower = follow(t, new RedisStore({ redis: clusterClient(t, cluster), keyPrefix }))
  await fill(store, 20)
  await untilSame(store, follower)
  await cluster.healthy()
  const master = await cluster.masterOf(`{${keyPrefix}}`)
  await cluster.kill(master)
  await until('another master has the slot', async () => await cluster.masterOf(`{${keyPrefix}}`) !== master)
  await until('the store is back', async () => {
    try {
      return await store.find('id1', patient) !== null
    } catch {
      return false
    }
  })
  await rename(store, 'id1', 'renamed')
  await untilSame(store, follower)
  t.equal(follower.state.get('id1')?.integration.name, 'renamed')
  t.strictSame(stepsBackwards(follower.steps), [])
  await follower.end()
})

test('two processes write while the connection of the reader is cut again and again', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const direct = new RedisStore({ redis: redisClient(t, server) })
  for (let index = 0; index < 5; index++) await direct.insert(outgoingRecord({ _id: `shared-${index}` }), {}, patient)
  const follower = follow(t, new RedisStore({ redis: redisClient(t, proxy) }), ['webhook-outgoing'])
  await until('it is live', () => follower.isLive)

  const workers = [0, 1].map((number) => startWorker(t, server, number))
  await Promise.all(workers.map(async (worker) => await once(worker, 'message')))
  let underWay = true
  const done = Promise.all(workers.map(async (worker) => await once(worker, 'message'))).then(() => { underWay = false })
  for (const worker of workers) worker.send('begin')
  let amid = 0
  for (let cut = 0; cut < cuts; cut++) {
    const { length } = follower.steps
    await until('it has heard something since the last cut', () => !underWay || follower.steps.length > length + 5)
    if (underWay) amid++
    if (cut % 2 === 0) proxy.loseNextAnswer()
    else proxy.cutNextAnswer()
    await until('the connection was cut', () => proxy.lost > cut)
  }
  await done
  await untilSame(direct, follower, ['webhook-outgoing'])

  t.ok(amid >= cuts / 2, `${amid} of ${cuts} cuts came while changes were made`)
  const kept = Array.from({ length: 2 * perProcess }, (_, index) => `kept-${index % 2}-${Math.floor(index / 2)}`)
    .filter((id) => Number(id.split('-')[2]) % 10 < 6)
  t.equal(kept.length, 1.2 * perProcess)
  const times = new Map<string, number>()
  for (const step of follower.steps) {
    if (step.kind === 'present') times.set(step.integration._id, (times.get(step.integration._id) ?? 0) + 1)
  }
  t.strictSame(kept.filter((id) => !times.has(id)), [], 'no change is lost')
  t.strictSame(kept.filter((id) => times.get(id) !== 1), [], 'none is told twice')
  t.strictSame([...follower.state.keys()].filter((id) => id.startsWith('mortal')), [], 'no removal is lost')
  t.strictSame(stepsBackwards(follower.steps), [], 'nothing is told in an older state after a newer one')
  t.equal(follower.resets, 1, 'the feed did not need to start over')
  t.comment(`${2 * perProcess} changes, ${proxy.lost} cuts, ${toldAgain(follower.steps)} states of shared integrations told again`)
})

test('the store is flushed', async (t) => {
  const { redis, store, follower } = await startFollowing(t)
  await redis.flushall()
  await until('it starts over', () => follower.resets === 2 && follower.isLive)
  t.equal(follower.state.size, 0)
  await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
  await untilSame(store, follower)
  t.strictSame([...follower.state.keys()], ['after'])

  await redis.flushall()
  // There is an entry again, with a later id, before the reader can have asked.
  await store.insert(outgoingRecord({ _id: 'at once' }), {}, patient)
  await untilSame(store, follower)
  t.strictSame([...follower.state.keys()], ['at once'])
  t.equal(follower.resets, 3)
})

test('more is changed while the reader is away than the stream keeps', async (t) => {
  const { redis, store, proxy, follower } = await startFollowing(t)
  proxy.refuse(true)
  await until('it knows that it is behind', () => !follower.isLive)
  const removed = await store.find('id1', patient)
  if (removed !== null) await store.remove(removed, patient)
  for (let first = 0; first < 10_500; first += 250) {
    await Promise.all(Array.from({ length: 250 }, async (_, index) =>
      await store.insert(outgoingRecord({ _id: `many${first + index}` }), {}, patient)))
  }
  t.ok(await redis.xlen('{chat-integrations}:changes') < 10_500, 'the removal is no longer in the stream')
  proxy.refuse(false)
  await untilSame(store, follower)
  t.equal(follower.resets, 2)
  t.notOk(follower.state.has('id1'))
})

test('the reader of an empty store misses more than the stream keeps', async (t) => {
  const { store, proxy, follower } = await startFollowing(t, 0)
  proxy.refuse(true)
  await until('it knows that it is behind', () => !follower.isLive)
  for (let first = 0; first < 10_500; first += 250) {
    await Promise.all(Array.from({ length: 250 }, async (_, index) =>
      await store.insert(outgoingRecord({ _id: `many${first + index}` }), {}, patient)))
  }
  proxy.refuse(false)
  await untilSame(store, follower)
  t.equal(follower.state.size, 10_500)
})

for (const [name, isWritten] of [['before anything is written there', false], ['after something was written there', true]] as const) {
  test(`a replica that is behind takes over, ${name}`, async (t) => {
    const { master, replica, takeOver, proxy } = await startPair(t)
    const [before, after] = [master, replica].map((server) => new RedisStore({ redis: redisClient(t, server) }))
    if (before === undefined || after === undefined) throw new Error('there are two')
    const follower = follow(t, new RedisStore({ redis: redisClient(t, proxy) }))
    await fill(before, 20)
    await untilSame(before, follower)
    await detach(t, replica, master)
    // The replica never hears of these.
    await before.insert(outgoingRecord({ _id: 'lost' }), {}, patient)
    await rename(before, 'id3', 'lost name')
    await remove(before, 'id4')
    await untilSame(before, follower)

    proxy.refuse(true)
    takeOver()
    if (isWritten) await after.insert(outgoingRecord({ _id: 'new' }), {}, patient)
    proxy.refuse(false)
    await untilSame(after, follower)
    t.equal(follower.resets, 2, 'it starts over')
    t.notOk(follower.state.has('lost'))
    t.ok(follower.state.has('id4'))
    t.equal(follower.state.has('new'), isWritten)
  })
}

test('a replica that is behind takes over while all integrations are told', async (t) => {
  const { master, replica, takeOver, proxy } = await startPair(t)
  const before = new RedisStore({ redis: redisClient(t, master) })
  const after = new RedisStore({ redis: redisClient(t, replica) })
  await fill(before, 3000)
  await before.insert(outgoingRecord({ _id: 'last', name: '~~~' }), {}, patient)
  await detach(t, replica, master)
  proxy.delay(20)
  const follower = follow(t, new RedisStore({ redis: redisClient(t, proxy) }))
  let renamed: Promise<void> | undefined
  let hasTakenOver = false
  follower.onStep = (step) => {
    // The reader has noted its place in the stream. It will read this state, which the replica never has.
    if (step.kind === 'present') renamed ??= rename(before, 'last', '~~~ lost')
    if (step.kind !== 'present' || step.integration.name !== '~~~ lost' || hasTakenOver) return
    hasTakenOver = true
    proxy.refuse(true)
    takeOver()
    proxy.refuse(false)
  }
  await until('the other one has taken over', () => hasTakenOver)
  await renamed
  proxy.delay(0)
  await untilSame(after, follower)
  t.equal(follower.state.get('last')?.integration.name, '~~~')
  t.ok(follower.resets >= 2)
})

test('Redis hangs', async (t) => {
  const { server, store, follower } = await startFollowing(t)
  server.pause()
  await sleep(500)
  server.resume()
  await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
  await untilSame(store, follower)
  t.equal(follower.resets, 1)
})

test('Redis is killed and started again with all that it had', async (t) => {
  const { server, store, follower } = await startFollowing(t, 10, 'always')
  await server.kill()
  await until('it knows that it is behind', () => !follower.isLive)
  const { length } = follower.errors
  t.equal(length, 1, 'the error is told')
  await sleep(1000)
  t.equal(follower.errors.length, length, 'once')
  await server.restart()
  await until('it is live again', () => follower.isLive)
  await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
  await untilSame(store, follower)
  t.equal(follower.resets, 1)
})

function startWorker (t: Test, { port }: RedisServer, number: number): ChildProcess {
  // Its output would be taken for test results.
  const worker = fork(new URL('../support/follow-worker.js', import.meta.url), [port, number, perProcess].map(String), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'], ...forkWithoutHooks()
  })
  t.teardown(() => worker.kill('SIGKILL'))
  return worker
}

interface Following {
  readonly server: RedisServer
  readonly redis: ReturnType<typeof redisClient>
  /** Connected directly. */
  readonly store: RedisStore
  readonly proxy: Awaited<ReturnType<typeof startRedisProxy>>
  /** Connected through the proxy. */
  readonly follower: Follower
}

/** A reader that has been told of everything. */
async function startFollowing (t: Test, count: number = 10, appendfsync?: 'always'): Promise<Following> {
  const server = await redisServer(t, appendfsync === undefined ? {} : { appendfsync })
  const proxy = await startRedisProxy(t, server)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  const follower = follow(t, new RedisStore({ redis: redisClient(t, proxy) }))
  await fill(store, count)
  await untilSame(store, follower)
  return { server, redis, store, proxy, follower }
}

interface Pair {
  readonly master: RedisServer
  readonly replica: RedisServer
  /** To the master, and after `takeOver` to the replica. */
  readonly proxy: Awaited<ReturnType<typeof startRedisProxy>>
  takeOver (): void
}

async function startPair (t: Test): Promise<Pair> {
  const master = await redisServer(t, { args: ['--repl-diskless-sync-delay', '0'] })
  const replica = await redisServer(t, { args: ['--replicaof', '127.0.0.1', String(master.port)] })
  let inCharge = master
  const proxy = await startRedisProxy(t, { get port () { return inCharge.port } })
  return { master, replica, proxy, takeOver () { inCharge = replica } }
}

/** Makes a replica a master of its own, with all that the master has now. */
async function detach (t: Test, replica: RedisServer, master: RedisServer): Promise<void> {
  const [redis, other] = [redisClient(t, replica), redisClient(t, master)]
  await until('the replica has everything', async () => {
    const states = await Promise.all([redis, other].map(async (client) => await client.info('replication')))
    const [own, offset] = states.map((state) => /^(?:slave_repl|master_repl)_offset:(\d+)/m.exec(state)?.[1])
    return states[0]?.includes('master_link_status:up') === true && own === offset
  })
  await redis.replicaof('NO', 'ONE')
}

async function fill (store: IntegrationStore, count: number): Promise<void> {
  // Connects, so that what follows does not wait all together.
  await store.find('none', patient)
  for (let first = 0; first < count; first += 250) {
    await Promise.all(Array.from({ length: Math.min(250, count - first) }, async (_, index) =>
      await store.insert(outgoingRecord({ _id: `id${first + index}` }), {}, patient)))
  }
}

async function rename (store: IntegrationStore, id: string, name: string): Promise<void> {
  const found = await store.find(id, patient)
  if (found === null || !await store.replace(found, { ...found.integration, name }, patient)) throw new Error(`${id} was not renamed`)
}

async function remove (store: IntegrationStore, id: string): Promise<void> {
  const found = await store.find(id, patient)
  if (found === null || !await store.remove(found, patient)) throw new Error(`${id} was not removed`)
}
