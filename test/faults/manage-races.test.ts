import { test } from 'tap'
import type { Change, Integration } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { outgoingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { captureLog } from '../support/log.ts'
import { outgoing } from '../support/expect.ts'
import { impatient, incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { consistentWorkspace, inspectWorkspace } from '../support/redis-consistency.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import { storeWith } from '../support/store-with.ts'

const url = 'http://same.example/'
const scope = { type: 'webhook-outgoing' } as const

test('one removal removes one integration, even if its answer is lost', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const store = new RedisStore({ redis: redisClient(t, proxy) })
  const changes: Change[] = []
  let losing = false
  const client = await startClient(t, {
    store: storeWith({ remove: (...args) => { if (losing) proxy.loseNextAnswer(); losing = false; return store.remove(...args) } }, store),
    onChange: (change) => { changes.push(change) }
  })
  const ids: string[] = []
  for (let i = 0; i < 4; i++) ids.push(outgoing(t, await client.create({ ...outgoingBody, urls: [url] }))._id)
  for (const body of [{ target_url: url }, { integrationId: ids[1] }]) {
    losing = true
    const removed = outgoing(t, await client.send('remove', { type: 'webhook-outgoing', ...body }))
    t.equal(removed._id, ids.shift())
  }
  t.equal(proxy.lost, 2)
  const { integrations } = await consistentWorkspace(t, redisClient(t, server))
  t.strictSame(integrations.map(({ _id }) => _id).sort(), ids.sort())
  t.equal(changes.filter(({ action }) => action === 'removed').length, 2)
})

test('what no longer calls a URL is not found by it', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  await store.insert(outgoingRecord({ _id: 'moves', urls: [url] }), {}, patient)
  await store.insert(outgoingRecord({ _id: 'stays', urls: [url], _createdAt: '2020-01-01T00:00:00.000Z' }), {}, patient)
  // Between the look into the index and the record, somebody else changes it.
  let meanwhile = async (): Promise<void> => {
    meanwhile = async () => {}
    const found = await store.find('moves', patient)
    if (found !== null) await store.replace(found, outgoingRecord({ _id: 'moves', urls: ['http://elsewhere.example/'] }), patient)
  }
  const other = new RedisStore({
    redis: new Proxy(redis, {
      get: (target, name) => name === 'get'
        ? async (key: string) => { await meanwhile(); return await redis.get(key) }
        : typeof Reflect.get(target, name) === 'function' ? Reflect.get(target, name).bind(target) : Reflect.get(target, name)
    })
  })
  t.equal((await other.findByTargetUrl(url, scope, patient))?.integration._id, 'stays')
})

test('a record that went missing hides no other and stops nobody', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const creators = ['u1', 'u1', 'u2', 'u2']
  const records: Integration[] = creators.map((_id, index) => outgoingRecord({
    _id: `id${index}`, urls: [url], _createdAt: `200${index}-01-01T00:00:00.000Z`, _createdBy: { _id, username: _id }
  }))
  for (const record of records) await store.insert(record, {}, patient)
  const find = async (creatorId?: string): Promise<string | undefined> =>
    (await store.findByTargetUrl(url, { ...scope, ...(creatorId && { creatorId }) }, impatient(2000)))?.integration._id
  const gone = async (id: string): Promise<unknown> => await redis.del(`{chat-integrations}:integration:${id}`)
  await gone('id0')
  t.equal(await find(), 'id1')
  await gone('id1')
  t.equal(await find(), 'id2')
  t.equal(await find('u1'), undefined)
  t.equal(await find('u2'), 'id2')
  await gone('id2')
  await gone('id3')
  t.equal(await find(), undefined)
})

test('a record that cannot be read hides no other in a list, and is reported', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const log = captureLog()
  const client = await startClient(t, { store }, { logger: log.logger })
  for (const _id of ['good', 'damaged', 'later']) await store.insert(incomingRecord({ _id }), {}, patient)
  await redis.set('{chat-integrations}:integration:damaged', '1.1|{"token":"SECRET"')
  await redis.set('{chat-integrations}:integration:later', '2.1|SECRET')
  for (const sort of ['{"name":1}', '{"_createdAt":-1}', '{"username":1}']) {
    t.match((await client.query('list', { sort })).body, { success: true, integrations: [{ _id: 'good' }], count: 1, total: 3 }, sort)
  }
  t.match(log.text(), /an integration cannot be read and is missing in a list/)
  t.match(log.text(), /'damaged' is damaged/)
  t.match(log.text(), /'later' was written by a newer version/)
  t.notMatch(log.text(), 'SECRET')
})

test('a change that Redis stops on the way is taken back', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const record = outgoingRecord({ urls: ['http://a/', 'http://b/'] })
  const next = outgoingRecord({ name: 'another', urls: ['http://b/', 'http://c/'] })
  for (const denied of ['zrem', 'xadd', 'del', 'set']) {
    await redis.flushall()
    await new RedisStore({ redis }).insert(record, {}, patient)
    await redis.acl('SETUSER', 'host', 'reset', 'on', '>secret', '~*', '+@all', `-${denied}`)
    const host = redisClient(t, { port: redis.options.port ?? 0 }, { username: 'host', password: 'secret' })
    const store = new RedisStore({ redis: host })
    const found = await store.find(record._id, patient)
    if (found === null) throw new Error('it is there')
    if (denied !== 'del') await t.rejects(store.replace(found, next, patient), { name: 'ReplyError' }, `replace without ${denied}`)
    // A removal that fails needs what it takes back with.
    if (denied !== 'set') await t.rejects(store.remove(found, patient), { name: 'ReplyError' }, `remove without ${denied}`)
    const { integrations } = await consistentWorkspace(t, redis)
    t.strictSame(integrations, [record], denied)
    host.disconnect()
  }
})

test('a walk through many names misses none that nobody touched', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const names = Array.from({ length: 2500 }, (_, index) => `name ${String(index).padStart(5, '0')}`)
  const store = new RedisStore({ redis })
  for (let start = 0; start < names.length; start += 500) {
    await Promise.all(names.slice(start, start + 500).map((name) => store.insert(incomingRecord({ _id: name, name }), {}, patient)))
  }
  const query = { scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 5000, nameContains: 'name' } as const
  // From now on Redis knows the script.
  t.equal((await store.list(query, patient)).total, names.length)
  // After each part of the walk one in front of it is removed and one is renamed to behind it.
  const touched = new Set<string>()
  const evalsha = redis.evalsha.bind(redis)
  let parts = 0
  const other = new RedisStore({
    redis: Object.assign(Object.create(redis), {
      evalsha: async (...args: Parameters<typeof redis.evalsha>) => {
        const answer: unknown = await evalsha(...args)
        if (parts++ < 2) {
          for (const [index, action] of [[parts * 2, 'remove'], [parts * 2 + 1, 'rename']] as const) {
            const id = names[index] ?? ''
            touched.add(id)
            const found = await store.find(id, patient)
            if (found === null) continue
            if (action === 'remove') await store.remove(found, patient)
            else await store.replace(found, { ...found.integration, name: 'name z' }, patient)
          }
        }
        return answer
      }
    })
  })
  const { integrations, total } = await other.list(query, patient)
  const ids = integrations.map(({ _id }) => _id)
  t.ok(parts >= 3)
  t.equal(new Set(ids).size, ids.length, 'none twice')
  t.strictSame(names.filter((name) => !ids.includes(name) && !touched.has(name)), [])
  t.ok(total >= ids.length)
  t.strictSame((await inspectWorkspace(redis)).problems, [])
})
