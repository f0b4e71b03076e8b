import type { Redis } from 'ioredis'
import { test } from 'tap'
import { RedisStore } from '../../../../lib/redis.ts'
import type { Integration } from '../../../../schemas/index.ts'
import { incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { found } from '../../../support/store-with.ts'

const id = 'theId'
const secret = 'SECRET-token'
const incoming = incomingRecord({ _id: id, token: secret })
const outgoing = outgoingRecord({ _id: id, token: secret })

/** Puts a text where the record of `theId` is looked for. */
async function plant (redis: Redis, record: string): Promise<void> {
  await redis.set(`{chat-integrations}:integration:${id}`, record)
}

/** The JSON of a record with fields replaced; undefined removes one. */
function json (integration: Integration, changes: Record<string, unknown> = {}): string {
  return JSON.stringify({ ...integration, ...changes })
}

const damaged: Record<string, string> = {
  nothing: '',
  'no prefix': json(incoming, {}),
  'text that is no record': secret,
  'no revision': `1|${json(incoming, {})}`,
  'an empty revision': `1.|${json(incoming, {})}`,
  'a revision that is no number': `1.x|${json(incoming, {})}`,
  'no bar': `1.1${json(incoming, {})}`,
  'something in front': ` 1.1|${json(incoming, {})}`,
  'a negative format': `-1.1|${json(incoming, {})}`,
  'a format that there never was': `0.1|${json(incoming, {})}`,
  'a format in another writing': `01.1|${json(incoming, {})}`,
  'an endless format': `${'9'.repeat(400)}.1|${json(incoming, {})}`,
  'no JSON': '1.1|',
  'half of the JSON': `1.1|${json(incoming, {}).slice(0, -20)}`,
  'JSON and more': `1.1|${json(incoming, {})}${secret}`,
  'JSON that is null': '1.1|null',
  'JSON that is a list': `1.1|["${secret}"]`,
  'JSON that is a text': `1.1|"${secret}"`,
  'another _id': `1.1|${json(incoming, { _id: secret })}`,
  'no time': `1.1|${json(incoming, { _createdAt: undefined, _updatedAt: undefined })}`,
  'no type': `1.1|${json(incoming, { type: undefined })}`,
  'an unknown type': `1.1|${json(incoming, { type: secret })}`,
  'the other type': `1.1|${json(incoming, { type: 'webhook-outgoing' })}`,
  'no token': `1.1|${json(incoming, { token: undefined, name: secret })}`,
  'a number as token': `1.1|${json(incoming, { token: 5, name: secret })}`,
  'null as name': `1.1|${json(incoming, { name: null })}`,
  'a text as channel': `1.1|${json(incoming, { channel: '#general' })}`,
  'an object as channel, as cjson writes empty lists': `1.1|${json(incoming, { channel: {} })}`,
  'an object as urls, as cjson writes empty lists': `1.1|${json(outgoing, { urls: {} })}`,
  'an unknown event': `1.1|${json(outgoing, { event: secret })}`,
  'a time that is none': `1.1|${json(outgoing, { _createdAt: secret })}`,
  'no creator': `1.1|${json(outgoing, { _createdBy: undefined })}`
}

test('reports a damaged record instead of returning it, without its content', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const [what, record] of Object.entries(damaged)) {
    await plant(redis, record)
    const error: unknown = await store.find(id, patient).then(() => undefined, (error: unknown) => error)
    t.match(error, { code: 'FCI_ERR_RECORD_DAMAGED', message: /integration 'theId' is damaged: it/ }, what)
    if (!(error instanceof Error)) continue
    t.notMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, secret, `${what}: no content`)
  }
})

test('reports a record of a later version as that, whatever it looks like', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const [format, record] of [
    ['2', `2.1|${json(incoming, {})}`],
    ['2', `2.7|<${secret}>`],
    ['10', `10.1|${secret}`],
    ['999999999', `999999999.1|${secret}`]
  ] as const) {
    await plant(redis, record)
    const error: unknown = await store.find(id, patient).then(() => undefined, (error: unknown) => error)
    t.match(error, {
      code: 'FCI_ERR_RECORD_TOO_NEW', message: `'theId' was written by a newer version (format ${format})`
    }, format)
    if (!(error instanceof Error)) continue
    t.notMatch(`${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`, secret, `${format}: no content`)
  }
})

test('reads records of any revision, with fields of a later version', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const revision of ['1', '2', '42', '9007199254740993']) {
    await plant(redis, `1.${revision}|${json(outgoing, { later: { list: [], object: {} } })}`)
    t.strictSame(await found(store, id), { ...outgoing, later: { list: [], object: {} } }, revision)
  }
})

test('writes what does not go without saying, and reads it back complete', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  const written = async (integration: Integration): Promise<unknown> => {
    await redis.flushall()
    await store.insert(integration, {}, patient)
    t.strictSame(await found(store, id), integration)
    return JSON.parse((await redis.get(`{chat-integrations}:integration:${id}`) ?? '').slice('1.1|'.length))
  }
  const unusual = { enabled: false, scriptEnabled: true, skipTranspile: true, _updatedAt: '2018-01-06T13:23:46.018Z' }
  const { _id, enabled, scriptEnabled, scriptEngine, skipTranspile, _updatedAt, ...rest } = incoming
  const { overrideDestinationChannelEnabled, ...usualIncoming } = rest
  t.strictSame(await written({ ...incoming, enabled: true }), usualIncoming)
  t.strictSame(
    await written({ ...incoming, ...unusual, overrideDestinationChannelEnabled: true }),
    { ...rest, ...unusual, overrideDestinationChannelEnabled: true }
  )
  const joined = { ...outgoing, ...unusual, event: 'roomJoined' } as const
  t.strictSame(await written(joined), JSON.parse(json(joined, { _id: undefined, scriptEngine: undefined })))
  t.strictSame(
    await written({ ...joined, event: 'sendMessage' }),
    JSON.parse(json(joined, { _id: undefined, scriptEngine: undefined, event: undefined }))
  )
  await plant(redis, `1.1|${json(incoming, {})}`)
  t.strictSame(await found(store, id), incoming, 'a record that says everything is read as it is')
})

test('fails when something else than a string is where the record should be', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  await redis.del(`{chat-integrations}:integration:${id}`)
  await redis.lpush(`{chat-integrations}:integration:${id}`, secret)
  await t.rejects(new RedisStore({ redis }).find(id, patient), { message: /WRONGTYPE/ })
})

test('a revision of many digits does not break a record', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const revision of ['9007199254740993', '9999999999999999999999', '9'.repeat(29)]) {
    await plant(redis, `1.${revision}|${json(outgoing)}`)
    const read = await store.find(id, patient)
    if (read === null) throw new Error('it is there')
    t.equal(await store.replace(read, { ...outgoing, name: 'changed' }, patient), true, revision)
    t.equal(await store.replace(read, { ...outgoing, name: 'again' }, patient), false, 'the revision is another one now')
    const changed = await store.find(id, patient)
    t.equal(changed?.integration.name, 'changed')
    t.equal(BigInt(changed?.revision.slice(2) ?? 0) - BigInt(revision), 1n)
    if (changed !== null) t.equal(await store.remove(changed, patient), true)
  }
  await plant(redis, `1.${'9'.repeat(31)}|${json(outgoing)}`)
  await t.rejects(found(store, id), { code: 'FCI_ERR_RECORD_DAMAGED' })
})

test('a record that is nested without end is damaged, and hides no other', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new RedisStore({ redis })
  for (const _id of ['before', id, 'behind']) await store.insert({ ...outgoing, _id }, {}, patient)
  for (const depth of [30, 5000, 100_000]) {
    const nested = '['.repeat(depth) + ']'.repeat(depth)
    await plant(redis, `1.1|${json(outgoing).replace(/\}$/, `,"later":${nested}}`)}`)
    await t.rejects(found(store, id), { code: 'FCI_ERR_RECORD_DAMAGED', message: /nested too deep/ })
    const page = await store.list({ scopes: [{ type: outgoing.type }], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient)
    t.strictSame(page.integrations.map(({ _id }) => _id).sort(), ['before', 'behind'])
    t.equal(page.unreadable?.length, 1)
  }
  await plant(redis, `1.1|${json(outgoing, { later: [[[[[[[[[[1]]]]]]]]]] })}`)
  t.match(await found(store, id), { later: [[[[[[[[[[1]]]]]]]]]] }, 'a later version may nest')
})
