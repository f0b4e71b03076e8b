import { getEventListeners, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from 'node:util'
import type { Redis } from 'ioredis'
import { test } from 'tap'
import type { PortCall } from '../../../../lib/index.ts'
import { RedisStore } from '../../../../lib/redis.ts'
import { givenUp, impatient, incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { consistentWorkspace } from '../../../support/redis-consistency.ts'
import { startRedisProxy } from '../../../support/redis-proxy.ts'
import { until } from '../../../support/until.ts'
import { found } from '../../../support/store-with.ts'

const unavailable = { code: 'FCI_ERR_STORE_UNAVAILABLE' }

test('works with the client of the host, however the host set it up', async (t) => {
  const server = await redisServer(t)
  const inspector = redisClient(t, server)
  for (const options of [
    {},
    { lazyConnect: true },
    { enableOfflineQueue: false },
    { lazyConnect: true, enableOfflineQueue: false },
    { enableReadyCheck: false },
    { enableAutoPipelining: true },
    { maxRetriesPerRequest: null },
    { maxRetriesPerRequest: 0 },
    { autoResendUnfulfilledCommands: false },
    { stringNumbers: true },
    { showFriendlyErrorStack: true },
    { protocol: 2 as const },
    { commandTimeout: 5000 },
    { keyPrefix: 'host:' },
    { keyPrefix: '{host}:' }
  ]) {
    await t.test(JSON.stringify(options), async (t) => {
      await inspector.flushall()
      const redis = redisClient(t, server, options)
      const store = new RedisStore({ redis })
      // At once: the client has not connected yet.
      await store.insert(incomingRecord({ _id: 'first' }), {}, patient)
      await store.insert(outgoingRecord({ _id: 'second' }), {}, patient)
      t.strictSame(await found(store, 'first'), incomingRecord({ _id: 'first' }))
      t.strictSame(await found(store, 'second'), outgoingRecord({ _id: 'second' }))
      t.equal(await found(store, 'third'), null)
      await t.rejects(store.insert(incomingRecord({ _id: 'first', name: 'other' }), {}, patient), { code: 'FCI_ERR_ID_TAKEN' })
      const { keys } = await consistentWorkspace(t, inspector, 'chat-integrations', options.keyPrefix)
      t.equal(keys.length, (await inspector.dbsize()), 'there are no keys elsewhere')
    })
  }
})

test('an error of Redis does not quote what was sent: hosts log what they catch', async (t) => {
  for (const options of [{}, { waitForReplicas: { count: 1, timeout: 50 } }]) {
    const server = await redisServer(t)
    const redis = redisClient(t, server, { maxRetriesPerRequest: 0 })
    const store = new RedisStore({ redis, ...options })
    const integration = outgoingRecord({ token: 'SECRET token', script: 'SECRET script' })
    const refused = async (message: RegExp): Promise<void> => {
      const error = await store.insert(integration, {}, patient).then(() => null, (reason: unknown) => reason)
      t.match(error, { message })
      t.notMatch(inspect(error, { depth: 10, showHidden: true }), /SECRET|evalsha/)
    }
    await redis.ping()
    await redis.config('SET', 'maxmemory', '1')
    await refused(/OOM/)
    server.pause()
    const lost = refused(/max retries per request/)
    await server.kill()
    await lost
  }
})

test('uses the database that the host chose', async (t) => {
  const server = await redisServer(t)
  await new RedisStore({ redis: redisClient(t, server, { db: 3 }) }).insert(incomingRecord(), {}, patient)
  t.equal(await redisClient(t, server).dbsize(), 0)
  t.equal(await redisClient(t, server, { db: 3 }).dbsize(), 6)
})

test('sends the script by its hash, and in full after Redis forgot it', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const calls = async (command: string): Promise<number> => {
    const [, count] = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await redis.info('commandstats')) ?? []
    return Number(count ?? 0)
  }
  for (let index = 0; index < 10; index++) await store.insert(incomingRecord({ _id: `a${index}` }), {}, patient)
  t.equal(await calls('eval'), 1, 'in full once')
  t.equal(await calls('evalsha'), 10)
  for (let index = 0; index < 5; index++) {
    await redis.script('FLUSH')
    await store.insert(incomingRecord({ _id: `b${index}` }), {}, patient)
  }
  t.equal(await calls('eval'), 6)
  await redis.script('FLUSH')
  await Promise.all(Array.from({ length: 50 }, (_, index) => store.insert(incomingRecord({ _id: `c${index}` }), {}, patient)))
  const { integrations, changes } = await consistentWorkspace(t, redis)
  t.equal(integrations.length, 65)
  t.equal(changes.length, 65)
})

test('stores a record once when its answer is lost and ioredis sends it again', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const redis = redisClient(t, proxy)
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'before' }), {}, patient)
  for (let index = 0; index < 5; index++) {
    proxy.loseNextAnswer()
    await store.insert(outgoingRecord({ _id: `lost-${index}` }), {}, patient)
    t.equal(proxy.lost, index + 1)
  }
  const { integrations, changes } = await consistentWorkspace(t, redisClient(t, server))
  t.equal(integrations.length, 6)
  t.equal(changes.length, 6)
})

test('waits for the connection no longer than the caller does', async (t) => {
  const server = await redisServer(t)
  await server.kill()
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  const before = performance.now()
  await t.rejects(store.insert(incomingRecord(), {}, impatient(200)), { ...unavailable, message: /Redis did not come back in time/ })
  await t.rejects(store.find('x', impatient(200)), unavailable)
  const waited = performance.now() - before
  t.ok(waited >= 390, `both waited: ${waited}`)
  t.ok(waited < 2000, `but not longer: ${waited}`)
  await t.rejects(store.insert(incomingRecord(), {}, givenUp), unavailable, 'nor does it wait for a caller that is gone')
})

test('no longer waits for a Redis that has been away for long, and notices when it is back', async (t) => {
  const server = await redisServer(t)
  await server.kill()
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  await t.rejects(store.find('x', impatient(2100)), { ...unavailable, message: /did not come back in time/ })
  const before = performance.now()
  for (let call = 0; call < 50; call++) {
    await t.rejects(store.find('x', patient), { ...unavailable, message: /Redis is away/ })
  }
  t.ok(performance.now() - before < 1000, 'fifty calls failed at once')
  await server.restart()
  await until('the client is back', () => redis.status === 'ready')
  t.equal(await found(store, 'x'), null)
})

test('waits for a short interruption, however long ago the one before it was', { jobs: 2 }, (t) => {
  for (const [when, sawTheEnd] of [['a call saw its end', true], ['no call saw its end', false]] as const) {
    // Side by side: both wait for time to pass.
    t.test(when, { buffered: true }, async (t) => {
      const server = await redisServer(t)
      const redis = redisClient(t, server)
      const store = new RedisStore({ redis })
      await redis.ping()

      await server.kill()
      await until('the client noticed', () => redis.status !== 'ready')
      if (sawTheEnd) {
        await Promise.all([store.find('x', patient), server.restart()])
      } else {
        await t.rejects(store.find('x', impatient(50)), unavailable)
        await server.restart()
        await until('the client is back', () => redis.status === 'ready')
      }

      // Longer than calls are patient, and nobody asks for anything.
      await sleep(2100)
      await server.kill()
      await until('the client noticed', () => redis.status !== 'ready')
      const [found] = await Promise.all([store.find('x', patient), server.restart()])
      t.equal(found, null)
    })
  }
  t.end()
})

test('goes on as soon as the connection is back', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'before' }), {}, patient)
  await server.kill()
  await until('the client noticed', () => redis.status !== 'ready')
  const waiting = Array.from({ length: 20 }, (_, index) => store.insert(outgoingRecord({ _id: `w${index}` }), {}, patient))
  await server.restart()
  await Promise.all(waiting)
  t.equal((await consistentWorkspace(t, redis)).integrations.length, 20)
})

test('says so when the client was closed', async (t) => {
  const server = await redisServer(t)
  const closings: Record<string, (redis: Redis) => unknown> = {
    quit: (redis) => redis.quit(),
    disconnect: (redis) => redis.disconnect()
  }
  for (const [name, close] of Object.entries(closings)) {
    const redis = redisClient(t, server)
    const store = new RedisStore({ redis })
    await store.insert(incomingRecord({ _id: name }), {}, patient)
    close(redis)
    await until('it is closed', () => redis.status === 'end')
    await t.rejects(store.insert(incomingRecord(), {}, patient), { ...unavailable, message: /the Redis client was closed/ }, name)
    await t.rejects(store.find(name, patient), unavailable, name)
  }

  await t.test('while somebody waits', async (t) => {
    await server.kill()
    const redis = redisClient(t, server)
    const waiting = new RedisStore({ redis }).insert(incomingRecord(), {}, patient)
    setImmediate(() => redis.disconnect())
    await t.rejects(waiting, unavailable)
  })
})

test('many stores on one client share its listeners', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const stores = Array.from({ length: 50 }, (_, index) => new RedisStore({ redis, keyPrefix: `w${index}` }))
  for (const store of stores) await store.insert(incomingRecord(), {}, patient)
  await server.kill()
  await until('the client noticed', () => redis.status !== 'ready')
  const waiting = stores.map((store) => store.find(incomingRecord()._id, patient))
  t.ok(redis.listenerCount('ready') + redis.listenerCount('end') <= 10, 'each of our listeners is there once')
  await server.restart()
  for (const found of await Promise.all(waiting)) t.equal(found, null, 'all of them are told that Redis is back')
  await until('a warning would have come', () => true)
  t.strictSame(warnings, [])
})

test('a client with lazyConnect is connected by the first call, and by nothing before', async (t) => {
  const redis = redisClient(t, await redisServer(t), { lazyConnect: true })
  const store = new RedisStore({ redis })
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(redis.status, 'wait')
  t.equal(await store.find('x', patient), null)
  t.equal(redis.status, 'ready')
})

test('leaves no listener behind', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))

  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'before' }), {}, patient)
  // Of every event: what there is before must be there afterwards, no more and no less.
  const listeners = (): Record<string, number> =>
    Object.fromEntries(redis.eventNames().map((name) => [String(name), redis.listenerCount(name)]))
  const before = listeners()

  await server.kill()
  await until('the client noticed', () => redis.status !== 'ready')
  for (let round = 0; round < 3; round++) {
    const callers = Array.from({ length: 100 }, () => new AbortController())
    const outcomes = Promise.allSettled(callers.map(({ signal }) => store.find('x', { signal })))
    for (const caller of callers) caller.abort()
    t.ok((await outcomes).every(({ status }) => status === 'rejected'))
    t.equal(callers.flatMap(({ signal }) => getEventListeners(signal, 'abort')).length, 0, 'on the signals of the callers')
  }
  const calls = Array.from({ length: 100 }, (): PortCall => ({ signal: new AbortController().signal }))
  const waiting = calls.map((call, index) => store.insert(outgoingRecord({ _id: `w${index}` }), {}, call))
  await server.restart()
  await Promise.all(waiting)
  t.strictSame(listeners(), before, 'on the client of the host')
  t.equal(calls.flatMap(({ signal }) => getEventListeners(signal, 'abort')).length, 0, 'on the signals of the callers')
  t.strictSame(warnings, [])
})

test('never carries out later what it gave up before it was sent', async (t) => {
  const record = incomingRecord({ _id: 'given-up' })

  await t.test('while the connection was away', async (t) => {
    const server = await redisServer(t)
    const redis = redisClient(t, server)
    const store = new RedisStore({ redis })
    await redis.ping()
    await server.kill()
    await until('the client noticed', () => redis.status !== 'ready')
    await t.rejects(store.insert(record, {}, impatient(100)), unavailable)
    await server.restart()
    await until('the client is back', () => redis.status === 'ready')
    t.equal(await found(store, record._id), null)
  })

  await t.test('in the moment in which the connection breaks', async (t) => {
    const server = await redisServer(t)
    const redis = redisClient(t, server, { retryStrategy: () => 300 })
    const store = new RedisStore({ redis })
    // Redis knows the script from now on: what is sent to it is carried out.
    await store.insert(incomingRecord({ _id: 'before' }), {}, patient)
    const call = impatient(100)
    let inserted: Promise<unknown> | undefined
    // The socket cannot be written to any more, but ioredis still calls itself ready.
    redis.stream.once('end', () => {
      t.equal(redis.status, 'ready')
      inserted = Promise.allSettled([store.insert(record, {}, call)])
    })
    await redisClient(t, server).call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until('the socket has ended', () => inserted !== undefined)
    await until('the caller gave up', () => call.signal.aborted)
    await until('the client is back', () => redis.status === 'ready')
    await inserted
    t.equal(await found(store, record._id), null)
  })

  await t.test('with a client that connects on first use', async (t) => {
    const server = await redisServer(t)
    await server.kill()
    const redis = redisClient(t, server, { lazyConnect: true, retryStrategy: () => 300 })
    const store = new RedisStore({ redis })
    const call = impatient(100)
    const inserted = Promise.allSettled([store.insert(record, {}, call)])
    await once(call.signal, 'abort')
    await server.restart()
    // Redis learns the script from another process, so that what is sent to it is carried out.
    await new RedisStore({ redis: redisClient(t, server) }).insert(incomingRecord({ _id: 'of-another' }), {}, patient)
    await until('the client is back', () => redis.status === 'ready')
    await inserted
    t.equal(await found(store, record._id), null)
  })

  await t.test('when Redis asked for the script in full after the caller was gone', async (t) => {
    const server = await redisServer(t)
    const redis = redisClient(t, server)
    const store = new RedisStore({ redis })
    await redis.ping()
    server.pause()
    const call = impatient(100)
    const inserted = Promise.allSettled([store.insert(record, {}, call)])
    await once(call.signal, 'abort')
    server.resume()
    await inserted
    t.equal(await found(store, record._id), null)
  })

  await t.test('when the caller was gone before it asked', async (t) => {
    const redis = redisClient(t, await redisServer(t))
    const store = new RedisStore({ redis })
    await redis.ping()
    await t.rejects(store.insert(record, {}, givenUp), unavailable)
    t.equal(await found(store, record._id), null)
  })
})

test('sends no more than it may, and says so at once', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis, maxInFlight: 5 })
  await store.insert(incomingRecord({ _id: 'known' }), {}, patient)
  server.pause()
  const calls = Array.from({ length: 5 }, () => found(store, 'known'))
  const refused = { ...unavailable, message: /5 calls are under way already/ }
  await t.rejects(store.find('known', patient), refused)
  await t.rejects(store.insert(incomingRecord({ _id: 'late' }), {}, patient), refused)
  const given = impatient(50)
  await until('their callers give up', () => given.signal.aborted)
  await t.rejects(store.find('known', patient), unavailable, 'what was sent counts until it is answered')
  server.resume()
  t.strictSame((await Promise.all(calls)).map((record) => record?._id), Array.from({ length: 5 }, () => 'known'))
  for (let again = 0; again < 20; again++) t.ok(await found(store, 'known'), 'there is room again')
  t.equal(await found(store, 'late'), null)
})

test('calls that fail make room, too', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const store = new RedisStore({ redis, maxInFlight: 3 })
  await redis.set('{chat-integrations}:integration:broken', 'broken')
  for (let again = 0; again < 5; again++) {
    await t.rejects(store.find('broken', patient), { code: 'FCI_ERR_RECORD_DAMAGED' })
    await t.rejects(store.insert(incomingRecord(), {}, givenUp), unavailable)
  }
  await redis.script('FLUSH')
  await Promise.all([store.insert(incomingRecord({ _id: 'a' }), {}, patient), store.insert(incomingRecord({ _id: 'b' }), {}, patient)])
  t.ok(await found(store, 'b'))
})

test('what is sent in one turn of the event loop leaves in one write, and nothing is held back', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  await once(redis, 'ready')
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'first' }), {}, patient)
  let writes = 0
  const { stream } = redis
  if (!('_writev' in stream) || typeof stream._writev !== 'function' || typeof stream._write !== 'function') throw new Error('no socket')
  for (const name of ['_write', '_writev']) {
    const original: unknown = Reflect.get(stream, name)
    if (typeof original !== 'function') throw new Error(name)
    Reflect.set(stream, name, (...args: unknown[]) => { writes++; return original.apply(stream, args) })
  }
  await Promise.all(Array.from({ length: 100 }, (_, index) => store.insert(incomingRecord({ _id: `id${index}` }), {}, patient)))
  t.ok(writes <= 2, `${writes} writes`)
  t.equal(stream.writableCorked, 0)
  t.equal(await redis.ping(), 'PONG', 'what the host sends goes out, too')
})
