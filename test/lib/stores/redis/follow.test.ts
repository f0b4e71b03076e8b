import { Redis } from 'ioredis'
import { test } from 'tap'
import { RecordDamagedError, RecordTooNewError } from '../../../../lib/index.ts'
import { RedisStore } from '../../../../lib/redis.ts'
import { contentOf, follow, toldAgain, untilSame } from '../../../support/follower.ts'
import { incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { until } from '../../../support/until.ts'

test('has one connection of its own and closes it', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const connections = async (): Promise<number> => String(await redis.client('LIST')).trim().split('\n').length
  await store.insert(outgoingRecord(), {}, patient)
  t.equal(await connections(), 1)
  const follower = follow(t, store)
  await until('it is live', () => follower.isLive)
  t.equal(await connections(), 2)
  await store.insert(outgoingRecord({ _id: 'other' }), {}, patient)
  await until('it is told', () => follower.state.has('other'))
  t.equal(await connections(), 2)
  await follower.end()
  await until('it is closed', async () => await connections() === 1)
  t.equal(redis.status, 'ready', 'the client of the host stays open')
})

test('a reader that ends while it waits for Redis leaves nothing behind', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  await redis.ping()
  await server.kill()
  const follower = follow(t, new RedisStore({ redis }))
  await until('the error is told', () => follower.errors.length > 0)
  t.strictSame(follower.steps, [{ kind: 'stale' }])
  await follower.end()
})

test('follows whatever the client of the host is set to', async (t) => {
  const server = await redisServer(t)
  const at = { host: '127.0.0.1', port: server.port }
  const clients = {
    'a key prefix, another database': new Redis({ ...at, keyPrefix: 'host:', db: 3 }),
    'connects later': new Redis({ ...at, lazyConnect: true }),
    'no offline queue, no attempts to connect again': new Redis({ ...at, enableOfflineQueue: false, maxRetriesPerRequest: 0, retryStrategy: () => null }),
    'short timeouts': new Redis({ ...at, commandTimeout: 300, socketTimeout: 300 }),
    'automatic pipelines': new Redis({ ...at, enableAutoPipelining: true }),
    RESP2: new Redis({ ...at, protocol: 2 })
  }
  await Promise.all(Object.entries(clients).map(async ([name, redis]) => {
    redis.on('error', () => {})
    t.teardown(() => redis.disconnect())
    const keyPrefix = `w ${name}`
    const store = new RedisStore({ redis, keyPrefix })
    const writer = new RedisStore({ redis: redisClient(t, server, { keyPrefix: redis.options.keyPrefix ?? '', db: redis.options.db ?? 0 }), keyPrefix })
    await writer.insert(outgoingRecord({ _id: name }), {}, patient)
    const follower = follow(t, store)
    await until(`${name}: it is live`, () => follower.isLive)
    // Longer than one wait for changes.
    await new Promise((resolve) => setTimeout(resolve, 2500))
    await writer.insert(outgoingRecord({ _id: `${name}, later` }), {}, patient)
    await until(`${name}: a change is told`, () => follower.state.has(`${name}, later`))
    t.ok(follower.state.has(name), name)
    t.strictSame(follower.errors, [], name)
    t.equal(follower.resets, 1, name)
    await follower.end()
  }))
})

test('says which records cannot be read, and when they can be read again', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const _id of ['broken', 'new', 'list', 'good']) await store.insert(outgoingRecord({ _id }), {}, patient)
  const root = '{chat-integrations}:integration:'
  const good = await redis.get(`${root}good`) ?? ''
  await redis.set(`${root}broken`, '1.1|{')
  await redis.set(`${root}new`, good.replace(/^1\./, '2.'))
  await redis.del(`${root}list`)
  await redis.rpush(`${root}list`, 'x')
  const follower = follow(t, store)
  await until('it is live', () => follower.isLive)
  t.strictSame([...follower.state.keys()], ['good'])
  const unreadable = follower.steps.flatMap((step) => step.kind === 'unreadable' ? [[step._id, step.error.constructor]] : [])
  t.strictSame(unreadable.sort(), [['broken', RecordDamagedError], ['list', RecordDamagedError], ['new', RecordTooNewError]])
  t.strictSame(follower.errors, [])

  await redis.set(`${root}broken`, good)
  const mended = await store.find('broken', patient)
  if (mended !== null) await store.replace(mended, { ...mended.integration, name: 'mended' }, patient)
  await until('it is told', () => follower.state.get('broken')?.integration.name === 'mended')
})

test('members and entries that are formed like none of ours are left out', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  await store.insert(outgoingRecord({ _id: 'good' }), {}, patient)
  await store.insert(incomingRecord({ _id: 'in' }), {}, patient)
  await redis.zadd('{chat-integrations}:type:webhook-outgoing:by-name', '0', 'no member', '0', '', '0', 'gone\0abcdefghi:gone', '0', 'x\0abcdefghi:in')
  const follower = follow(t, store, ['webhook-outgoing'])
  await until('it is live', () => follower.isLive)
  t.strictSame([...follower.state.keys()], ['good'])
  await redis.xadd('{chat-integrations}:changes', '*', 'hello', 'there')
  await redis.xadd('{chat-integrations}:changes', '*', 'type', 'webhook-outgoing')
  await store.insert(outgoingRecord({ _id: 'other' }), {}, patient)
  await until('it goes on', () => follower.state.has('other'))
  t.strictSame(follower.errors, [])
})

test('a login that may not read the stream is told as an error, and the feed goes on when it may', async (t) => {
  const server = await redisServer(t)
  const admin = redisClient(t, server)
  const store = new RedisStore({ redis: admin })
  await store.insert(outgoingRecord({ _id: 'here' }), {}, patient)
  await admin.acl('SETUSER', 'reader', 'on', '>secret-password', '~*', '+@all', '-xread')
  const follower = follow(t, new RedisStore({ redis: redisClient(t, server, { username: 'reader', password: 'secret-password' }) }))
  await until('the error is told', () => follower.errors.length === 1)
  t.match(follower.errors[0], { message: /NOPERM/ })
  t.equal(follower.state.size, 1, 'what can be read was told')
  await admin.acl('SETUSER', 'reader', '+xread')
  await store.insert(outgoingRecord({ _id: 'later' }), {}, patient)
  await untilSame(store, follower)
})

test('many integrations, more than one step reads, in parts of bounded size', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  await store.find('none', patient)
  const script = 'x'.repeat(100_000)
  await Promise.all(Array.from({ length: 900 }, async (_, index) => {
    await store.insert(outgoingRecord({ _id: `id${index}`, name: `name ${index % 7}`, ...(index % 50 === 0 && { script }) }), {}, patient)
  }))
  const follower = follow(t, store, ['webhook-outgoing'])
  await until('it is live', () => follower.isLive)
  const held = await contentOf(store)
  t.equal(held.size, 900)
  t.strictSame(new Map([...follower.state].sort()), new Map([...held].sort()))
  t.equal(toldAgain(follower.steps), 0)
})
