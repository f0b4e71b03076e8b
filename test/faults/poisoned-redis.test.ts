import type { Redis } from 'ioredis'
import { test } from 'tap'
import type { ListQuery } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { startClient } from '../support/client.ts'
import { impatient, incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { hash } from '../support/redis-consistency.ts'

// Somebody can write to Redis. What was put there must not stop the rest, nor cost without end.

const root = '{chat-integrations}:'
const url = 'http://same.example/'
const scope = { type: 'webhook-outgoing' } as const
const everything: ListQuery = { scopes: [scope], sortBy: 'name', descending: false, offset: 0, count: 100 }

async function fill (redis: Redis): Promise<RedisStore> {
  const store = new RedisStore({ redis })
  for (let index = 0; index < 10; index++) {
    await store.insert(outgoingRecord({
      _id: `id${index}`, name: `name ${index}`, urls: [url], _createdAt: `201${index}-01-01T00:00:00.000Z`
    }), {}, patient)
  }
  return store
}

/** How many commands Redis executes meanwhile, those of scripts included. */
async function commandsOf (redis: Redis, work: () => Promise<unknown>): Promise<number> {
  const count = async (): Promise<number> => [...(await redis.info('commandstats')).matchAll(/calls=(\d+)/g)]
    .reduce((sum, [, calls]) => sum + Number(calls), 0)
  const before = await count()
  await work()
  return await count() - before
}

test('members of the index of target URLs that are none', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = await fill(redis)
  const start = hash(url, 12)
  const find = async (): Promise<string | undefined> =>
    (await store.findByTargetUrl(url, scope, impatient(5000)))?.integration._id
  const creator = hash(outgoingRecord()._createdBy._id, 8)
  for (const member of [
    `${start}:`, `${start}:x`, `${start}:!`, `${start}:${creator}`, `${start}:${creator}:`, `${start}:${creator}:short:id`,
    `${start}:${creator};`, `${start}:${'z'.repeat(100)}`, `${start}::::`, Buffer.from(`${start}:\xff\xfe`, 'latin1'), Buffer.from(`${start}:\xff:\xff:\xff`, 'latin1')
  ]) await redis.zadd(`${root}target-urls`, '0', member)
  const steps = await commandsOf(redis, async () => { t.equal(await find(), 'id0') })
  t.ok(steps < 200, `${steps} commands`)
  const own = await store.findByTargetUrl(url, { ...scope, creatorId: outgoingRecord()._createdBy._id }, impatient(5000))
  t.equal(own?.integration._id, 'id0')

  t.comment('thousands of them')
  const many = Array.from({ length: 5000 }, (_, index) => ['0', `${start}:!${index}`]).flat()
  await redis.zadd(`${root}target-urls`, ...many)
  t.equal(await find(), 'id0')

  t.comment('well-formed members of one creator that name nothing')
  const age = '000000000'
  const stale = Array.from({ length: 1000 }, (_, index) => ['0', `${start}:${creator}:${age}:gone${index}`]).flat()
  await redis.zadd(`${root}target-urls`, ...stale)
  const wasted = await commandsOf(redis, async () => {
    await t.rejects(find(), { code: 'FCI_ERR_RECORD_DAMAGED', message: /100 members of a URL name integrations that do not call it/ })
  })
  t.ok(wasted < 10_000, `${wasted} commands`)
  await store.insert(outgoingRecord({ _id: 'other', urls: ['http://other.example/'] }), {}, patient)
  t.equal((await store.findByTargetUrl('http://other.example/', scope, patient))?.integration._id, 'other', 'it fails alone')
})

test('members of the other indexes that are none', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = await fill(redis)
  const bad = ['', 'x', 'name\0', 'name\0x', 'name\0short:id', ':', '\0', Buffer.from('\xff\xfe', 'latin1'), Buffer.from('name \xff\0\xff', 'latin1')]
  for (const order of ['by-name', 'by-creation']) {
    for (const member of bad) await redis.zadd(`${root}type:webhook-outgoing:${order}`, '0', member)
  }
  for (const sortBy of ['name', 'creation'] as const) {
    for (const descending of [false, true]) {
      for (const filter of [{}, { nameContains: 'name' }, { nameContains: 'AME 3' }]) {
        const page = await store.list({ ...everything, sortBy, descending, ...filter }, impatient(5000))
        t.equal(page.integrations.length, filter.nameContains === 'AME 3' ? 1 : 10, JSON.stringify({ sortBy, descending, ...filter }))
      }
    }
  }
})

test('a walk through names ends though thousands of them are no text', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = await fill(redis)
  const bytes = Array.from({ length: 9000 }, (_, index) =>
    ['0', Buffer.concat([Buffer.from('name ÿ', 'latin1'), Buffer.from([0xff - index % 64, index >> 8, index & 0xff])])]).flat()
  await redis.zadd(`${root}type:webhook-outgoing:by-name`, ...bytes)
  for (const sortBy of ['name', 'creation'] as const) {
    for (const descending of [false, true]) {
      const page = await store.list({ ...everything, sortBy, descending, nameContains: 'name', count: 10_000 }, impatient(10_000))
      t.equal(page.integrations.length, 10)
    }
  }
})

test('records that are none are missing, and told once', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = await fill(redis)
  const log = captureLog()
  const client = await startClient(t, { store }, { logger: log.logger })
  await redis.set(`${root}integration:id1`, 'SECRET')
  await redis.set(`${root}integration:id2`, '')
  await redis.del(`${root}integration:id3`)
  await redis.lpush(`${root}integration:id3`, 'SECRET')
  await redis.set(`${root}integration:id4`, (await redis.get(`${root}integration:id4`))?.replace('webhook-outgoing', 'webhook-incoming') ?? '')
  const text = await redis.get(`${root}integration:id5`) ?? ''
  await redis.set(`${root}integration:id5`, text.replace(/\}$/, `,"extra":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`))
  for (const sort of ['{"name":1}', '{"_createdAt":-1}', '{"username":1}', '{"name":1}']) {
    const { status, body } = await client.query('list', { sort, type: 'webhook-outgoing' })
    t.equal(status, 200)
    t.match(body, { count: 5, total: 10, integrations: [0, 6, 7, 8, 9].map((number) => ({ _id: sort.includes('-1') ? /^id/ : `id${number}` })) }, sort)
  }
  const lines = log.lines().filter(({ level }) => level === 50)
  t.strictSame(lines.map(({ err }) => /'(\w+)'/.exec(Object(err).message)?.[1]).sort(), ['id1', 'id2', 'id3', 'id4', 'id5'], 'each once')
  t.notMatch(log.text(), 'SECRET')
  t.equal((await client.query('get', { integrationId: 'id5' })).status, 500, 'it fails alone')
  t.equal((await client.query('get', { integrationId: 'id6' })).status, 200)
})

test('an index shows nobody what is not its own', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  await store.insert(incomingRecord({ _id: 'victim' }), {}, patient)
  const own = { type: 'webhook-incoming', creatorId: 'attacker' } as const
  for (const order of ['by-name', 'by-creation']) {
    const members = await redis.zrange(`${root}type:webhook-incoming:${order}`, '0', '-1')
    for (const member of members) await redis.zadd(`${root}creator:attacker:webhook-incoming:${order}`, '0', member)
  }
  for (const filter of [{}, { nameContains: 'hook' }]) {
    t.match(await store.list({ ...everything, scopes: [own], ...filter }, patient), {
      integrations: [], total: 1, unreadable: [{ code: 'FCI_ERR_RECORD_DAMAGED', message: /'victim'.*does not belong/ }]
    })
  }
})
