import { test } from 'tap'
import { RedisHistory, RedisStore } from '../../../../lib/redis.ts'
import { historyContract } from '../../../contracts/history.ts'
import { entryOf } from '../../../support/history.ts'
import { givenUp, incomingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { consistentWorkspace } from '../../../support/redis-consistency.ts'
import { clusterClient, redisCluster } from '../../../support/redis-cluster.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'

const all = { offset: 0, count: 1000 }
const history1 = '{chat-integrations}:history:a'
const places1 = '{chat-integrations}:history-places:a'

test('RedisHistory keeps the contract of histories', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  let workspaces = 0
  await historyContract(t, (bounds) => {
    const keyPrefix = `workspace-${workspaces++}`
    return {
      history: new RedisHistory({ redis, keyPrefix, ...bounds }),
      reopen: () => new RedisHistory({ redis: redisClient(t, server), keyPrefix })
    }
  })
})

test('RedisHistory on a Redis Cluster keeps it as well, in one slot', async (t) => {
  const cluster = await redisCluster(t)
  const redis = clusterClient(t, cluster)
  let workspaces = 0
  await historyContract(t, (bounds) => {
    const keyPrefix = `workspace-${workspaces++}`
    return {
      history: new RedisHistory({ redis, keyPrefix, ...bounds }),
      reopen: () => new RedisHistory({ redis: clusterClient(t, cluster), keyPrefix })
    }
  })

  await new RedisHistory({ redis, keyPrefix: 'one' }).append(entryOf('{other}', '{1}'), patient)
  await new RedisStore({ redis, keyPrefix: 'one' }).find('x', patient)
  const keys = await redisClient(t, await cluster.masterOf('{one}')).keys('{one}:*')
  t.strictSame(keys.sort(), ['{one}:history-places:{other}', '{one}:history:{other}'])
  t.equal(new Set(await Promise.all(keys.map((key) => redis.cluster('KEYSLOT', key)))).size, 1)
})

test('works with the client of the host, however the host set it up', async (t) => {
  const server = await redisServer(t)
  const inspector = redisClient(t, server)
  for (const options of [
    { lazyConnect: true }, { enableOfflineQueue: false }, { enableAutoPipelining: true }, { maxRetriesPerRequest: 0 },
    { stringNumbers: true }, { protocol: 2 as const }, { keyPrefix: 'host:' }
  ]) {
    await inspector.flushall()
    const history = new RedisHistory({ redis: redisClient(t, server, options) })
    for (const _id of ['1', '2']) await history.append(entryOf('a', _id), patient)
    t.strictSame(await history.list('a', all, patient), { entries: [entryOf('a', '2'), entryOf('a', '1')], total: 2 }, JSON.stringify(options))
    t.strictSame(await history.get('a', '1', patient), entryOf('a', '1'))
    await history.clear('a', patient)
    t.equal(await inspector.dbsize(), 0)
  }
})

test('writes a stream and its places, which expire, and nothing else', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const history = new RedisHistory({ redis })
  const [one, two] = [entryOf('a', '1'), entryOf('a', '2', { _updatedAt: '2017-01-06T13:23:47.000Z' })]
  for (const entry of [one, two]) await history.append(entry, patient)
  t.strictSame((await redis.keys('*')).sort(), [places1, history1])
  const stream = await redis.xrange(history1, '-', '+')
  t.strictSame(stream.map(([, fields]) => fields), [one, two].map((entry) => ['_id', entry._id, 'entry', JSON.stringify(entry)]))
  const [length1, length2] = [one, two].map((entry) => JSON.stringify(entry).length)
  t.strictSame(await redis.hgetall(places1), {
    ':1': `${stream[0]?.[0]} ${length1} 1483709026018`,
    ':2': `${stream[1]?.[0]} ${length2} 1483709027000`,
    bytes: String(Number(length1) + Number(length2))
  })
  const month = 30 * 24 * 60 * 60 * 1000
  for (const key of [history1, places1]) {
    const left = await redis.pttl(key)
    t.ok(left > month - 60_000 && left <= month, `${key} expires`)
  }
  await history.clear('a', patient)
  t.equal(await redis.dbsize(), 0)
})

test('an integration to which nothing is added for its time leaves no key', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  await new RedisHistory({ redis, maxAge: 50 }).append(entryOf('a', '1'), patient)
  await until('the keys expire', async () => await redis.dbsize() === 0)
  t.equal(await redis.exists(history1, places1), 0)
})

test('the place of an entry, the count and the bytes always agree with the stream', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const history = new RedisHistory({ redis, maxEntries: 7, maxBytes: 40_000 })
  let state = 1
  const random = (most: number): number => {
    state = (state * 48271) % 2147483647
    return state % most
  }
  for (let turn = 0; turn < 500; turn++) {
    await history.append(entryOf('a', String(random(12)), {
      httpResult: 'x'.repeat(random(12_000)), _updatedAt: new Date(random(2000)).toISOString()
    }), patient)
    if (turn % 10 !== 0) continue
    const stream = await redis.xrange(history1, '-', '+')
    const { bytes, ...places } = await redis.hgetall(places1)
    t.equal(Number(bytes), stream.reduce((sum, [, fields]) => sum + (fields[3] ?? '').length, 0))
    t.ok(stream.length <= 7 && Number(bytes) <= 40_000)
    const expected = stream.map(([place, fields]) => [`:${fields[1]}`, `${place} ${fields[3]?.length}`])
    t.strictSame(Object.entries(places).map(([id, text]) => [id, text.replace(/ \d+$/, '')]).sort(), expected.sort())
  }
})

test('begins anew when one of the keys is lost or was changed by another hand', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const harms: Record<string, () => Promise<unknown>> = {
    'no places': () => redis.del(places1),
    'no stream': () => redis.del(history1),
    'a stream that was trimmed': () => redis.xtrim(history1, 'MAXLEN', 1),
    'an entry too many': () => redis.xadd(history1, '*', 'x', 'y'),
    'a place too few': () => redis.hdel(places1, ':1')
  }
  for (const [what, harm] of Object.entries(harms)) {
    await redis.flushall()
    const history = new RedisHistory({ redis })
    for (const _id of ['1', '2', '3']) await history.append(entryOf('a', _id), patient)
    await harm()
    await t.resolves(history.list('a', all, patient), `${what}: a read does not fail`)
    await history.append(entryOf('a', '4'), patient)
    t.strictSame(await history.list('a', all, patient), { entries: [entryOf('a', '4')], total: 1 }, what)
  }
})

test('an entry that cannot be read counts as lost', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const history = new RedisHistory({ redis })
  for (const _id of ['1', '2', '3']) await history.append(entryOf('a', _id), patient)
  const [, second] = await redis.xrange(history1, '-', '+')
  for (const text of ['{', '{}', 'null', JSON.stringify({ ...entryOf('a', '2'), type: 'unknown' })]) {
    await redis.del('copy')
    for (const [place, fields] of await redis.xrange(history1, '-', '+')) {
      await redis.xadd('copy', place, ...(place === second?.[0] ? ['_id', '2', 'entry', text] : fields))
    }
    await redis.rename('copy', history1)
    t.strictSame((await history.list('a', all, patient)).entries.map(({ _id }) => _id), ['3', '1'], text)
    t.equal(await history.get('a', '2', patient), null)
  }
  // A later version may add fields.
  const later = { ...entryOf('a', '4'), later: 1 }
  await history.append(later, patient)
  t.strictSame(await history.get('a', '4', patient), later)
})

test('a Redis without memory refuses an entry and keeps the others', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const history = new RedisHistory({ redis })
  await history.append(entryOf('a', '1'), patient)
  await redis.config('SET', 'maxmemory', '1mb')
  await t.rejects(history.append(entryOf('a', '1', { step: 'other' }), patient), /OOM/)
  t.strictSame(await history.list('a', all, patient), { entries: [entryOf('a', '1')], total: 1 })
  await history.clear('a', patient)
  t.equal((await history.list('a', all, patient)).total, 0)
})

test('survives that Redis forgets its scripts, in order', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const history = new RedisHistory({ redis })
  for (let round = 0; round < 3; round++) {
    await redis.script('FLUSH')
    await Promise.all(Array.from({ length: 10 }, (_, number) => history.append(entryOf('a', `${round}-${number}`), patient)))
  }
  const ids = (await history.list('a', all, patient)).entries.map(({ _id }) => _id)
  t.strictSame(ids.slice(0, 10), Array.from({ length: 10 }, (_, number) => `2-${9 - number}`))
  t.equal(ids.length, 30)
})

test('has no more calls under way than it may', async (t) => {
  const server = await redisServer(t)
  const history = new RedisHistory({ redis: redisClient(t, server), maxInFlight: 2 })
  await history.append(entryOf('a', '0'), patient)
  server.pause()
  const underWay = ['1', '2'].map((_id) => history.append(entryOf('a', _id), patient))
  await t.rejects(history.append(entryOf('a', '3'), patient), { code: 'FCI_ERR_STORE_UNAVAILABLE', message: /2 calls are under way/ })
  server.resume()
  await Promise.all(underWay)
  t.equal((await history.list('a', all, patient)).total, 3)
  await t.rejects(history.list('a', all, givenUp), { code: 'FCI_ERR_STORE_UNAVAILABLE' })
})

test('workspaces are kept apart', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const names = ['a', 'A', 'a:', 'a:history', '*', 'a\0']
  for (const keyPrefix of names) await new RedisHistory({ redis, keyPrefix }).append(entryOf('same', '1', { step: keyPrefix }), patient)
  for (const keyPrefix of names) {
    const { entries, total } = await new RedisHistory({ redis, keyPrefix }).list('same', all, patient)
    t.equal(total, 1)
    t.equal(entries[0]?.step, keyPrefix)
  }
  const store = new RedisStore({ redis, keyPrefix: 'a' })
  await store.insert(incomingRecord({ _id: 'same' }), {}, patient)
  t.equal((await new RedisHistory({ redis, keyPrefix: 'a' }).list('same', all, patient)).total, 1, 'and beside the store')
})

test('refuses options that are wrong', async (t) => {
  const redis = redisClient(t, { port: 1 }, { lazyConnect: true })
  for (const options of [undefined, null, {}, { redis: {} }, { redis: 'redis://' }]) {
    t.throws(() => new RedisHistory(unchecked(options)), { code: 'FCI_ERR_INVALID_OPTION', message: /'redis' of RedisHistory must be an ioredis client/ })
  }
  for (const keyPrefix of ['', ' ', '{a}', 'a}', 5, null]) {
    t.throws(() => new RedisHistory(unchecked({ redis, keyPrefix })), { code: 'FCI_ERR_INVALID_OPTION', message: /'keyPrefix' of RedisHistory/ })
  }
  for (const option of ['maxEntries', 'maxBytes', 'maxAge', 'maxInFlight']) {
    for (const value of [0, -1, 1.5, '100', null, Infinity]) {
      t.throws(() => new RedisHistory(unchecked({ redis, [option]: value })), {
        code: 'FCI_ERR_INVALID_OPTION', message: new RegExp(`'${option}' of RedisHistory must be an integer from `)
      })
    }
  }
  for (const [name, closest] of [['prefix', 'keyPrefix'], ['maxAgge', 'maxAge']]) {
    t.throws(() => new RedisHistory(unchecked({ redis, [name ?? '']: 1 })), {
      code: 'FCI_ERR_INVALID_OPTION', message: new RegExp(`'${name}' of RedisHistory is not known; did you mean '${closest}'`)
    })
  }
  t.doesNotThrow(() => new RedisHistory({ redis, keyPrefix: 'a', maxEntries: 10_000, maxBytes: 2 ** 24, maxAge: 1, maxInFlight: 1 }))
})

test('shares a workspace with a store', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const [store, history] = [new RedisStore({ redis }), new RedisHistory({ redis })]
  const integration = incomingRecord()
  await store.insert(integration, {}, patient)
  await history.append(entryOf(integration._id, '1'), patient)
  const { keys, integrations } = await consistentWorkspace(t, redis)
  t.strictSame(integrations, [integration])
  t.equal(keys.filter((key) => key.includes('history')).length, 2)
  await history.clear(integration._id, patient)
  t.strictSame((await consistentWorkspace(t, redis)).integrations, [integration])
})
