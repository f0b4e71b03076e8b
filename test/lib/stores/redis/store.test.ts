import { test } from 'tap'
import { IdTakenError } from '../../../../lib/index.ts'
import { RedisStore } from '../../../../lib/redis.ts'
import { storeContract } from '../../../contracts/store.ts'
import { awkwardTexts, everyOutgoingOption, incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { consistentAfterContract, consistentWorkspace, hash, inspectWorkspace } from '../../../support/redis-consistency.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { found } from '../../../support/store-with.ts'

test('RedisStore keeps the contract of stores', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  let workspaces = 0
  await storeContract(t, () => {
    const keyPrefix = `workspace-${workspaces++}`
    return {
      store: new RedisStore({ redis, keyPrefix }),
      reopen: () => new RedisStore({ redis: redisClient(t, server), keyPrefix })
    }
  })
  await consistentAfterContract(t, redis, Array.from({ length: workspaces }, (_, i) => `workspace-${i}`))
})

test('writes a record, its indexes and the change, and nothing else', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  t.equal(store.persistent, true)
  const incoming = incomingRecord({ _id: 'id1', name: 'Test Hook', _createdBy: { _id: 'u1', username: 'one' } })
  const outgoing = outgoingRecord({
    _id: 'id2', name: 'Guggy', urls: ['http://a/', 'http://b/'], _createdBy: { _id: 'u1', username: 'one' }
  })
  await store.insert(incoming, {}, patient)
  await store.insert(outgoing, {}, patient)

  const age = Date.parse(incoming._createdAt).toString(36).padStart(9, '0')
  const sets: Record<string, string[]> = {
    'type:webhook-incoming:by-creation': [`${age}:id1`, '0'],
    'type:webhook-incoming:by-name': [`test hook\0${age}:id1`, '0'],
    'type:webhook-outgoing:by-creation': [`${age}:id2`, '0'],
    'type:webhook-outgoing:by-name': [`guggy\0${age}:id2`, '0'],
    'creator:u1:webhook-incoming:by-creation': [`${age}:id1`, '0'],
    'creator:u1:webhook-incoming:by-name': [`test hook\0${age}:id1`, '0'],
    'creator:u1:webhook-outgoing:by-creation': [`${age}:id2`, '0'],
    'creator:u1:webhook-outgoing:by-name': [`guggy\0${age}:id2`, '0'],
    'target-urls': ['http://a/', 'http://b/'].map((url) => `${hash(url, 12)}:${hash('u1', 8)}:${age}:id2`).sort().flatMap((member) => [member, '0'])
  }
  const root = '{chat-integrations}:'
  for (const [name, members] of Object.entries(sets)) {
    t.equal(await redis.type(root + name), 'zset', name)
    t.strictSame(await redis.zrange(root + name, '0', '-1', 'WITHSCORES'), members, name)
  }
  t.equal(await redis.type(`${root}integration:id1`), 'string')
  for (const _id of ['id1', 'id2']) t.match(await redis.get(`${root}integration:${_id}`), /^1\.1\|\{"type":.*\}$/)
  t.equal(await redis.type(`${root}changes`), 'stream')
  t.strictSame((await redis.xrange(`${root}changes`, '-', '+')).map(([, fields]) => fields), [
    ['action', 'created', 'type', 'webhook-incoming', '_id', 'id1'],
    ['action', 'created', 'type', 'webhook-outgoing', '_id', 'id2']
  ])
  const all = [...Object.keys(sets), 'integration:id1', 'integration:id2', 'changes'].map((name) => root + name)
  t.strictSame((await redis.keys('*')).sort(), all.sort(), 'no other key')
  for (const key of all) t.equal(await redis.ttl(key), -1, `${key} does not expire`)
  await consistentWorkspace(t, redis)
})

test('the consistency checker sees whatever is wrong', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const root = '{chat-integrations}:'
  const record = outgoingRecord()
  const byCreation = `${Date.parse(record._createdAt).toString(36).padStart(9, '0')}:${record._id}`
  const harms: Array<[what: string, harm: () => Promise<unknown>]> = [
    ['a record gone', () => redis.del(`${root}integration:${record._id}`)],
    ['a broken record', () => redis.append(`${root}integration:${record._id}`, 'x')],
    ['a record that names an _id', () => redis.set(`${root}integration:${record._id}`, `1.1|${JSON.stringify(record)}`)],
    ['a record under another _id', () => redis.rename(`${root}integration:${record._id}`, `${root}integration:other`)],
    ['a record of another kind', async () => {
      await redis.del(`${root}integration:${record._id}`)
      await redis.lpush(`${root}integration:${record._id}`, 'x')
    }],
    ['an index gone', () => redis.del(`${root}type:webhook-outgoing:by-name`)],
    ['a member too many', () => redis.zadd(`${root}type:webhook-outgoing:by-creation`, '0', 'other')],
    ['a member gone', () => redis.zrem(`${root}creator:${record._createdBy._id}:webhook-outgoing:by-creation`, byCreation)],
    ['another score', () => redis.zincrby(`${root}type:webhook-outgoing:by-creation`, 1, byCreation)],
    ['an index that nobody knows', () => redis.zadd(`${root}creator:other`, '0', 'x')],
    ['a key that nobody knows', () => redis.set(`${root}other`, 'x')],
    ['no changes', () => redis.del(`${root}changes`)],
    ['a change of another form', () => redis.xadd(`${root}changes`, '*', 'a', 'b')],
    ['a change without a record', () => redis.xadd(`${root}changes`, '*', 'action', 'created', 'type', 'webhook-incoming', '_id', 'x')],
    ['a change twice', () => redis.xadd(`${root}changes`, '*', 'action', 'created', 'type', record.type, '_id', record._id)]
  ]
  for (const [what, harm] of harms) {
    await redis.flushall()
    await new RedisStore({ redis }).insert(record, {}, patient)
    t.strictSame((await inspectWorkspace(redis)).problems, [])
    await harm()
    t.ok((await inspectWorkspace(redis)).problems.length > 0, what)
  }
})

test('keeps workspaces with different names apart', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const names = ['a', 'A', 'a:', 'a:type', 'ab', '*', 'a\0']
  for (const keyPrefix of names) {
    await new RedisStore({ redis, keyPrefix }).insert(outgoingRecord({ _id: 'same', name: `of ${keyPrefix}` }), {}, patient)
  }
  for (const keyPrefix of names) {
    t.equal((await found(new RedisStore({ redis, keyPrefix }), 'same'))?.name, `of ${keyPrefix}`)
    const { integrations, changes } = await consistentWorkspace(t, redis, keyPrefix)
    t.equal(integrations.length, 1)
    t.equal(changes.length, 1)
  }
  t.equal(await new RedisStore({ redis, keyPrefix: 'b' }).find('same', patient), null)
})

test('no name of a user, URL or creator reaches the key of something else', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const texts = [
    ...awkwardTexts.filter((text) => text === Buffer.from(text).toString() && !text.startsWith('\0')),
    'u1', 'u1:webhook-incoming', 'u1:webhook-incoming:by-name', ':by-name', 'webhook-incoming', '../integration', '*:'
  ]
  for (const [index, text] of texts.entries()) {
    const _createdBy = { _id: text, username: text }
    await store.insert(incomingRecord({ _id: `in-${index}`, name: text, _createdBy }), {}, patient)
    await store.insert(outgoingRecord({ _id: `out-${index}`, name: text, urls: [text], _createdBy }), {}, patient)
  }
  const { keys, integrations } = await consistentWorkspace(t, redis)
  t.equal(integrations.length, 2 * texts.length)
  // A record each; two sets for each type, four for each creator; the URLs; the changes.
  t.equal(keys.length, 2 * texts.length + 4 + 4 * texts.length + 2)
})

test('says which _id is taken', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'taken' }), {}, patient)
  await t.rejects(store.insert(incomingRecord({ _id: 'taken', name: 'other' }), {}, patient), new IdTakenError('taken'))
  await t.rejects(store.insert(outgoingRecord({ _id: 'taken', urls: ['http://other/'] }), {}, patient), new IdTakenError('taken'))
  const { changes, keys } = await consistentWorkspace(t, redis)
  t.equal(changes.length, 1, 'a refused insert leaves no trace')
  t.equal(keys.length, 6)
})

test('accepts the same record a second time, once', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const record = outgoingRecord({ ...everyOutgoingOption })
  await store.insert(record, {}, patient)
  await store.insert(record, {}, patient)
  await Promise.all(Array.from({ length: 20 }, () => store.insert(structuredClone(record), {}, patient)))
  const { integrations, changes } = await consistentWorkspace(t, redis)
  t.strictSame(integrations, [record])
  t.equal(changes.length, 1)
})

test('a URL that is named twice is indexed once', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  await new RedisStore({ redis }).insert(outgoingRecord({ urls: ['http://a/', 'http://a/', 'http://b/'] }), {}, patient)
  await consistentWorkspace(t, redis)
  t.equal(await redis.zcard('{chat-integrations}:target-urls'), 2)
})

test('finds the oldest webhook of a URL first, of all and of one creator', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const url = 'http://same/'
  for (const [_id, creator, year] of [['c', 'u1', 2019], ['a', 'u2', 2018], ['b', 'u1', 2020], ['d', 'u2', 2001]] as const) {
    await store.insert(outgoingRecord({
      _id, urls: [url], _createdAt: `${year}-01-01T00:00:00.000Z`, _createdBy: { _id: creator, username: creator }
    }), {}, patient)
  }
  const oldest = async (creatorId?: string): Promise<string | undefined> =>
    (await store.findByTargetUrl(url, { type: 'webhook-outgoing', ...(creatorId && { creatorId }) }, patient))?.integration._id
  t.equal(await oldest(), 'd')
  t.equal(await oldest('u1'), 'c')
  t.equal(await oldest('u2'), 'd')
  t.equal(await oldest('u3'), undefined)
})

test('finds the oldest webhook of a URL among those of thousands of creators', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const year = (index: number): string => `${3000 - index}-01-01T00:00:00.000Z`
  const records = Array.from({ length: 2500 }, (_, index) => outgoingRecord({
    _id: `id-${index}`, urls: ['http://same/'], _createdAt: year((index * 7) % 999), _createdBy: { _id: `u${index}`, username: 'u' }
  }))
  for (let start = 0; start < records.length; start += 500) {
    await Promise.all(records.slice(start, start + 500).map((record) => store.insert(record, {}, patient)))
  }
  const [oldest] = records.toSorted((a, b) => a._createdAt < b._createdAt || (a._createdAt === b._createdAt && a._id < b._id) ? -1 : 1)
  t.equal((await store.findByTargetUrl('http://same/', { type: 'webhook-outgoing' }, patient))?.integration._id, oldest?._id)
})

test('caps the stream of changes at about ten thousand, the newest', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const total = 11_000
  for (let start = 0; start < total; start += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, index) =>
      store.insert(incomingRecord({ _id: String(start + index), name: String(start + index) }), {}, patient)))
  }
  const { changes, integrations } = await consistentWorkspace(t, redis)
  t.equal(integrations.length, total)
  t.ok(changes.length >= 10_000 && changes.length < 10_500, `about ten thousand: ${changes.length}`)
  t.equal(changes.at(-1)?._id, String(total - 1))
  t.equal(changes[0]?._id, String(total - changes.length))
})

test('leaves nothing behind when Redis stops the script on the way', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const record = outgoingRecord()
  await t.test('because the host may not use streams', async (t) => {
    await redis.acl('SETUSER', 'host', 'on', '>secret', '~*', '+@all', '-xadd')
    const host = redisClient(t, { port: redis.options.port ?? 0 }, { username: 'host', password: 'secret' })
    await t.rejects(new RedisStore({ redis: host }).insert(record, {}, patient), { name: 'ReplyError' })
    const { keys } = await consistentWorkspace(t, redis)
    t.strictSame(keys, [])
  })
  await t.test('because something else lies where an index should be', async (t) => {
    await redis.flushall()
    await redis.set('{chat-integrations}:type:webhook-outgoing:by-name', 'not ours')
    const store = new RedisStore({ redis })
    await t.rejects(store.insert(record, {}, patient), { name: 'ReplyError' })
    t.equal(await found(store, record._id), null, 'a record that no list would show is not there')
    t.strictSame(await redis.keys('*'), ['{chat-integrations}:type:webhook-outgoing:by-name'], 'nor is anything else of it')
  })
})

test('names the option that is wrong', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const wrong = (option: string, options: unknown): void => {
    t.throws(() => new RedisStore(unchecked(options)), {
      code: 'FCI_ERR_INVALID_OPTION', message: new RegExp(`option '${option}' of RedisStore must `)
    }, `${option}: ${JSON.stringify(options)}`)
  }
  // A node-redis client spells its methods in another way.
  for (const client of [undefined, null, {}, 'redis://localhost', 6379, { evalSha: () => {} }, { port: 6379 }]) {
    wrong('redis', { redis: client })
  }
  for (const options of [undefined, null, {}, redis]) wrong('redis', options)
  for (const keyPrefix of [null, '', ' ', '\t\n', 5, true, {}, ['a'], '{', '}', '{a}', 'a{b', 'a}b']) {
    t.throws(() => new RedisStore(unchecked({ redis, keyPrefix })), {
      code: 'FCI_ERR_INVALID_OPTION', message: /option 'keyPrefix' of RedisStore must /
    }, JSON.stringify(keyPrefix))
  }
  for (const [name, closest] of [['prefix', 'keyPrefix'], ['client', undefined], ['waitForReplica', 'waitForReplicas']]) {
    t.throws(() => new RedisStore(unchecked({ redis, [name ?? '']: 'workspace-1' })), {
      code: 'FCI_ERR_INVALID_OPTION',
      message: `fastify-chat-integrations: option '${name}' of RedisStore is not known` + (closest === undefined ? '' : `; did you mean '${closest}'?`)
    })
  }
  t.equal(new RedisStore({ redis, keyPrefix: 'a' }).workspace, 'a')
  for (const maxInFlight of [null, 0, -1, 1.5, NaN, '5']) wrong('maxInFlight', { redis, maxInFlight })
  t.ok(new RedisStore({ redis, keyPrefix: 'a', maxInFlight: 1 }))
})
