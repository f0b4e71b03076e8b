import assert from 'node:assert/strict'
import { createCipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { test } from 'tap'
import {
  EncryptedStore, type Integration, type IntegrationScope, type IntegrationStore, MemoryStore, RecordNotDecryptedError, RecordTooNewError
} from '../../../../lib/index.ts'
import { RedisStore } from '../../../../lib/redis.ts'
import { IntegrationSchema } from '../../../../schemas/index.ts'
import { storeContract } from '../../../contracts/store.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import {
  awkwardTexts, everyIncomingOption, everyOutgoingOption, incomingRecord, integrationOf, newClaim, outgoingRecord, patient
} from '../../../support/integrations.ts'
import { captureLog } from '../../../support/log.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { consistentAfterContract, consistentWorkspace } from '../../../support/redis-consistency.ts'
import { found, storeWith } from '../../../support/store-with.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'

const marker = '#fci-sealed.'

/** A key that is the same in every run. */
function keyNumber (index: number): Buffer {
  return createHash('sha256').update(`key ${index}`).digest()
}

const [key, otherKey] = [keyNumber(0), keyNumber(1)]

/** What no log and no error may hold of a key. */
function writingsOf (key: Buffer): string[] {
  return [...(['hex', 'base64', 'base64url', 'latin1', 'utf8'] as const).map((encoding) => key.toString(encoding)), inspect(key).slice(8, 60)]
}

/** Of stores that name none. */
const workspace = 'test'

const fields = ['token', 'secret', 'previousSecret', 'script', 'scriptError'] as const

type Field = typeof fields[number]

const until24h = '2017-01-07T13:23:46.018Z'

/** The same text in every secret field of an outgoing webhook. */
function everySecret (text: string) {
  return { token: text, secret: text, previousSecret: { secret: text, until: until24h }, script: text, scriptError: { name: 'SyntaxError', message: text } }
}

/** The secret texts that an integration has. */
function secretsOf (integration: Integration): Map<Field, string> {
  const { token, script, scriptError } = integration
  const { secret, previousSecret } = integration.type === 'webhook-outgoing' ? integration : {}
  const texts = { token, secret, previousSecret: previousSecret?.secret, script, scriptError: scriptError?.message }
  return new Map(fields.flatMap((field) => texts[field] === undefined ? [] : [[field, texts[field]]]))
}

/** The same integration with one of the secret texts replaced. */
function withText (integration: Integration, field: Field, text: string): Integration {
  const { [field]: value } = everySecret(text)
  return { ...integration, [field]: value }
}

/** What a store holds, as an EncryptedStore writes it. */
async function encryptedRecord (integration: Integration, ...keys: Buffer[]): Promise<Integration> {
  const raw = new MemoryStore()
  await new EncryptedStore(raw, { workspace, keys: keys.length === 0 ? [key] : keys }).insert(integration, {}, patient)
  return await existing(raw, integration._id)
}

async function existing (store: IntegrationStore, id: string): Promise<Integration> {
  const integration = await found(store, id)
  if (integration === null) throw new Error(`there is no ${id}`)
  return integration
}

/** Why a record cannot be read. */
async function failureOf (record: Integration, ...keys: Buffer[]): Promise<unknown> {
  const raw = new MemoryStore()
  raw.insert(record, {}, patient)
  const store = new EncryptedStore(raw, { workspace, keys: keys.length === 0 ? [key] : keys })
  return await found(store, record._id).then(() => undefined, (error: unknown) => error)
}

/** The form of an encrypted text, written from its description and without the code of the store. */
function seal (text: string, field: Field, { _id, type, _createdBy, userId }: Integration, secret: Buffer): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secret, iv)
  cipher.setAAD(Buffer.from(JSON.stringify(['#fci-sealed.', '1', workspace, field, _id, type, _createdBy._id, userId])))
  const ciphertext = Buffer.concat([cipher.update(Buffer.concat([Buffer.of(0), Buffer.from(text)])), cipher.final()])
  const keyId = createHmac('sha256', secret).update('fastify-chat-integrations key id').digest('base64url').slice(0, 4)
  return `#fci-sealed.1.${keyId}.${Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64url')}`
}

/** Everything in a Redis, as text: keys, strings, members and entries. */
async function everythingIn (redis: Redis): Promise<string> {
  const parts: unknown[] = []
  for (const name of await redis.keys('*')) {
    const type = await redis.type(name)
    parts.push(name, type === 'string'
      ? await redis.get(name)
      : type === 'zset' ? await redis.zrange(name, '0', '-1') : await redis.xrange(name, '-', '+'))
  }
  return parts.flat(Infinity).join('\n')
}

test('keeps the contract of stores over MemoryStore', (t) =>
  storeContract(t, () => ({ store: new EncryptedStore(new MemoryStore(), { workspace, keys: [key] }) })))

test('keeps the contract of stores over RedisStore', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  let workspaces = 0
  await storeContract(t, () => {
    const keyPrefix = `workspace-${workspaces++}`
    return {
      // As in the middle of a rotation: every process knows both keys.
      store: new EncryptedStore(new RedisStore({ redis, keyPrefix }), { keys: [key, otherKey] }),
      reopen: () => new EncryptedStore(new RedisStore({ redis: redisClient(t, server), keyPrefix }), { keys: [otherKey, key] })
    }
  })
  await consistentAfterContract(t, redis, Array.from({ length: workspaces }, (_, i) => `workspace-${i}`))
})

test('keeps no secret under an idempotency key', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const store = new EncryptedStore(new RedisStore({ redis, keyPrefix: 'secrets' }), { keys: [key] })
  const claim = newClaim()
  await store.claim(claim, patient)
  await store.insert(incomingRecord({ token: 'SECRET token', script: 'SECRET script' }), { once: { claim, answer: 'an _id' } }, patient)
  const all = await everythingIn(redis)
  t.notMatch(all, /SECRET/)
  t.notOk(all.includes(claim.fingerprint), 'nor a hash to try them out on')
})

test('idempotency keys outlive the rotation of a key, and encryption being switched on', async (t) => {
  const raw = new MemoryStore()
  for (const [before, after] of [
    [raw, new EncryptedStore(raw, { workspace, keys: [key], acceptPlaintext: true })],
    [new EncryptedStore(raw, { workspace, keys: [key] }), new EncryptedStore(raw, { workspace, keys: [otherKey, key] })]
  ] as const) {
    const claim = newClaim({ fingerprint: 'this body' })
    const record = incomingRecord({ _id: claim.key })
    await before.claim(claim, patient)
    await before.insert(record, { once: { claim, answer: record._id } }, patient)
    t.strictSame(await after.claim(newClaim({ key: claim.key, fingerprint: 'this body' }), patient), { fingerprint: 'this body', answer: record._id })
    t.not((await after.claim(newClaim({ key: claim.key, fingerprint: 'other body' }), patient))?.fingerprint, 'other body')
  }
})

test('what lies in Redis holds neither token nor script', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const raw = new RedisStore({ redis })
  const store = new EncryptedStore(raw, { workspace, keys: [key] })
  const records = [
    incomingRecord({ ...everyIncomingOption, _id: 'in', token: 'SECRETtokenIn', script: 'SECRETscript(', scriptError: { name: 'SyntaxError', message: 'SECRETmessage' } }),
    outgoingRecord({ ...everyOutgoingOption, _id: 'out', token: 'SECRETtokenOut', script: 'SECRETö \uD83D', urls: ['http://a/'], secret: 'SECRETkey', previousSecret: { secret: 'SECRETformer', until: until24h } })
  ]
  const secret = new RegExp(['SECRET', ...['SECRETtoken', 'SECRETscript', 'SECRETmessage', 'SECRETkey', 'SECRETformer'].flatMap((text) => [
    // Without the last characters, which depend on what follows.
    Buffer.from(text).toString('base64url').slice(0, -2), Buffer.from(text).toString('hex')
  ])].join('|'))

  for (const record of records) await raw.insert(record, {}, patient)
  t.match(await everythingIn(redis), secret, 'the search finds what is not encrypted')
  await redis.flushall()

  for (const record of records) await store.insert(record, {}, patient)
  t.notMatch(await everythingIn(redis), secret, 'after inserts')
  for (const record of records) {
    const read = await store.find(record._id, patient)
    t.strictSame(read?.integration, record)
    if (read !== null) t.equal(await store.replace(read, { ...read.integration, name: 'new', token: 'SECRETtoken2' }, patient), true)
  }
  const { integrations } = await consistentWorkspace(t, redis)
  t.equal(integrations.length, 2)
  for (const integration of integrations) {
    t.ok(Value.Check(IntegrationSchema, integration), 'it fits the schema')
    for (const text of secretsOf(integration).values()) t.ok(text.startsWith(marker))
    t.equal(secretsOf(integration).size, integration.type === 'webhook-outgoing' ? 5 : 3)
  }
  const texts = await everythingIn(redis)
  t.notMatch(texts, secret, 'after changes')
  t.match(texts, /http:\/\/a\//, 'names, URLs and the rest stay readable')
})

test('encrypts every text in another way each time, and only what is there', async (t) => {
  const record = outgoingRecord(everySecret('same'))
  const texts = await Promise.all(Array.from({ length: 20 }, async () => [...secretsOf(await encryptedRecord(record)).values()]))
  t.equal(new Set(texts.flat()).size, 100)
  t.equal(new Set(texts.flat().map((text) => text.split('.')[3]?.slice(0, 16))).size, 100, 'no IV comes twice')
  for (const text of texts.flat()) t.match(text, /^#fci-sealed\.1\.[\w-]{4}\.[\w-]+$/)
  for (const plain of [incomingRecord(), outgoingRecord()]) {
    const { token, ...rest } = await encryptedRecord(plain)
    t.match(token, marker)
    t.strictSame({ token: plain.token, ...rest }, plain, 'absent secrets stay absent')
  }
  const empty = secretsOf(await encryptedRecord(outgoingRecord(everySecret(''))))
  t.equal(empty.size, 5)
  for (const text of empty.values()) t.match(text, marker, 'an empty text is encrypted, too')
  t.strictSame({ ...await encryptedRecord(record), ...everySecret('same') }, record, 'nothing else is changed')
})

test('reads what was written according to the description of the form', async (t) => {
  const raw = new MemoryStore()
  const record = fields.reduce<Integration>((record, field) => withText(record, field, `a ${field}`), outgoingRecord())
  const sealed = fields.reduce<Integration>((sealed, field) => withText(sealed, field, seal(`a ${field}`, field, record, key)), record)
  raw.insert(sealed, {}, patient)
  t.strictSame(await found(new EncryptedStore(raw, { workspace, keys: [key] }), record._id), record)
})

test('gives every text back as it was', async (t) => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 0, max: 0xFFFF }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
    fc.string({ unit: 'grapheme' }),
    async (any, written) => {
      const record = outgoingRecord({
        token: any, secret: any + any, previousSecret: { secret: written, until: until24h }, script: written + any, scriptError: { name: any, message: any + written }
      })
      const raw = new MemoryStore()
      const store = new EncryptedStore(raw, { workspace, keys: [key] })
      await store.insert(record, {}, patient)
      assert.deepStrictEqual(await found(store, record._id), record)
    }), { seed: 20_170_106, numRuns: 300 })
  const encrypted = await encryptedRecord(incomingRecord())
  const texts = [
    ...awkwardTexts, '\uDE00\uD83D', 'a\uD83D', '\uD83D', '\uFFFD', '😀', '\uFEFF', `${marker}1.`, marker, `${marker}2.abcd.AAAA`, encrypted.token
  ]
  for (const [index, text] of texts.entries()) {
    const store = new EncryptedStore(new MemoryStore(), { workspace, keys: [key] })
    const record = incomingRecord({ token: text, script: text, scriptError: { name: text, message: text } })
    await store.insert(record, {}, patient)
    t.strictSame(await found(store, record._id), record, `text ${index}`)
    const read = await store.find(record._id, patient)
    if (read !== null) await store.replace(read, read.integration, patient)
    t.strictSame(await found(store, record._id), record, `text ${index}, written again`)
  }
})

test('while encryption is switched on, records from before stay readable and are encrypted when they change', async (t) => {
  const raw = new MemoryStore()
  const records = [incomingRecord({ ...everyIncomingOption, _id: 'in' }), outgoingRecord({ ...everyOutgoingOption, _id: 'out' })]
  for (const record of records) raw.insert(record, {}, patient)
  const store = new EncryptedStore(raw, { workspace, keys: [key], acceptPlaintext: true })
  for (const record of records) t.strictSame(await found(store, record._id), record)
  const page = await store.list({ scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient)
  t.strictSame(page, { integrations: records.slice(0, 1), total: 1 })
  const read = await store.find('in', patient)
  if (read === null) throw new Error('not found')
  t.equal(await store.replace(read, read.integration, patient), true)
  for (const text of secretsOf(await existing(raw, 'in')).values()) t.match(text, marker)
  t.strictSame(await found(store, 'in'), records[0])
  const other = await store.find('out', patient)
  if (other === null) throw new Error('not found')
  t.equal(await store.remove(other, patient), true)
})

test('a text that was put in the place of an encrypted one is refused', async (t) => {
  const record = await encryptedRecord(outgoingRecord({ _id: 'theId', ...everySecret('a') }))
  for (const field of fields) {
    for (const text of ['PLAIN', '', '#fci-sealed', 'x#fci-sealed.1.']) {
      const error = await failureOf(withText(record, field, text))
      t.match(error, new RecordNotDecryptedError('theId', `its ${field} is not encrypted, and acceptPlaintext is not set`))
      t.notMatch(String(error), 'PLAIN')
    }
  }
  const raw = new MemoryStore()
  const claim = newClaim({ fingerprint: 'plain' })
  raw.claim(claim, patient)
  const asked = await new EncryptedStore(raw, { workspace, keys: [key] }).claim(newClaim({ key: claim.key, fingerprint: 'plain' }), patient)
  t.not(asked?.fingerprint, 'plain', 'nor is a hash that is not hidden believed')
})

test('a record that was given to another creator, user, type or workspace does not decrypt', async (t) => {
  const record = await encryptedRecord(outgoingRecord({ _id: 'theId', ...everyOutgoingOption }))
  t.equal(await failureOf(record), undefined)
  t.equal(await failureOf({ ...record, name: 'another', username: 'another', channel: [] }), undefined, 'the rest may change')
  const { username } = record._createdBy
  for (const changed of [
    { ...record, _createdBy: { _id: 'attacker', username } },
    { ...record, _createdBy: { _id: '', username } },
    { ...record, userId: 'attacker' },
    { ...incomingRecord({ _id: 'theId' }), token: record.token, _createdBy: record._createdBy, userId: record.userId }
  ]) t.match(await failureOf(changed), new RecordNotDecryptedError('theId', 'its token does not decrypt'))

  const raw = new MemoryStore()
  raw.insert(record, {}, patient)
  await t.rejects(found(new EncryptedStore(raw, { workspace: 'another', keys: [key] }), 'theId'), { code: 'FCI_ERR_RECORD_NOT_DECRYPTED' })

  t.comment('over Redis, where the prefix is the workspace')
  const redis = redisClient(t, await redisServer(t))
  const over = (keyPrefix: string): EncryptedStore => new EncryptedStore(new RedisStore({ redis, keyPrefix }), { keys: [key] })
  t.equal(over('one').workspace, 'one')
  await over('one').insert(incomingRecord({ _id: 'theId' }), {}, patient)
  await redis.copy('{one}:integration:theId', '{two}:integration:theId')
  t.strictSame(await found(over('one'), 'theId'), incomingRecord({ _id: 'theId' }))
  await t.rejects(found(over('two'), 'theId'), { code: 'FCI_ERR_RECORD_NOT_DECRYPTED' })

  t.comment('a writer in Redis who makes it its own')
  const own: IntegrationScope = { type: 'webhook-incoming', creatorId: 'attacker' }
  const query = { scopes: [own], sortBy: 'creation', descending: false, offset: 0, count: 5 } as const
  const [member = ''] = await redis.zrange('{one}:type:webhook-incoming:by-creation', '0', '0')
  await redis.zadd('{one}:creator:attacker:webhook-incoming:by-creation', '0', member)
  t.match(await over('one').list(query, patient), { integrations: [], unreadable: [{ code: 'FCI_ERR_RECORD_DAMAGED' }] }, 'in an index')
  const text = await redis.get('{one}:integration:theId') ?? ''
  await redis.set('{one}:integration:theId', text.replace(incomingRecord()._createdBy._id, 'attacker'))
  t.match(await over('one').list(query, patient), { integrations: [], unreadable: [{ code: 'FCI_ERR_RECORD_NOT_DECRYPTED' }] }, 'and in the record')
})

test('refuses options that it does not know, and needs a workspace', async (t) => {
  const refused = (options: object, message: RegExp): void => {
    t.throws(() => new EncryptedStore(new MemoryStore(), unchecked({ keys: [key], ...options })), { code: 'FCI_ERR_INVALID_OPTION', message })
  }
  refused({}, /option 'workspace' of EncryptedStore must be a text/)
  for (const value of ['', ' ', 5, null]) refused({ workspace: value }, /option 'workspace' of EncryptedStore must be a text/)
  for (const value of ['true', 1, null]) refused({ workspace, acceptPlaintext: value }, /option 'acceptPlaintext' of EncryptedStore must be true or false/)
  refused({ workspace, acceptPlainText: true }, /option 'acceptPlainText' of EncryptedStore is not known; did you mean 'acceptPlaintext'\?/)
  refused({ workspace, key }, /option 'key' of EncryptedStore is not known; did you mean 'keys'\?/)
})

test('the first key encrypts and all decrypt', async (t) => {
  const raw = new MemoryStore()
  const record = outgoingRecord({ ...everyOutgoingOption })
  const old = new EncryptedStore(raw, { workspace, keys: [key] })
  const rotating = new EncryptedStore(raw, { workspace, keys: [otherKey, key] })
  const rotated = new EncryptedStore(raw, { workspace, keys: [otherKey] })
  await old.insert(record, {}, patient)
  t.strictSame(await found(rotating, record._id), record)
  await t.rejects(found(rotated, record._id), { code: 'FCI_ERR_RECORD_NOT_DECRYPTED' })

  const before = await existing(raw, record._id)
  const read = await rotating.find(record._id, patient)
  if (read === null) throw new Error('not found')
  t.equal(await rotating.replace(read, read.integration, patient), true, 'what has not changed is encrypted anew')
  const after = await existing(raw, record._id)
  for (const field of secretsOf(before).keys()) t.not(secretsOf(after).get(field), secretsOf(before).get(field))
  t.strictSame(await found(rotated, record._id), record)
  await t.rejects(found(old, record._id), { code: 'FCI_ERR_RECORD_NOT_DECRYPTED' })
})

test('two keys with the same short name are both good', async (t) => {
  const raw = new MemoryStore()
  const nameOf = async (secret: Buffer): Promise<string> =>
    (await encryptedRecord(incomingRecord(), secret)).token.split('.')[2] ?? ''
  // Among some thousands, two have the same 24 bits.
  const seen = new Map<string, Buffer>()
  let twins: [Buffer, Buffer] | undefined
  for (let index = 0; twins === undefined && index < 50_000; index++) {
    const candidate = keyNumber(index)
    const name = await nameOf(candidate)
    const twin = seen.get(name)
    if (twin !== undefined) twins = [twin, candidate]
    seen.set(name, candidate)
  }
  if (twins === undefined) throw new Error('there are no two such keys')
  const [one, two] = twins
  t.equal(await nameOf(one), await nameOf(two))
  await new EncryptedStore(raw, { workspace, keys: [one] }).insert(incomingRecord({ _id: 'one' }), {}, patient)
  await new EncryptedStore(raw, { workspace, keys: [two] }).insert(incomingRecord({ _id: 'two' }), {}, patient)
  for (const keys of [[one, two], [two, one], [otherKey, one, two]]) {
    for (const _id of ['one', 'two']) t.strictSame(await found(new EncryptedStore(raw, { workspace, keys }), _id), incomingRecord({ _id }))
  }
  await t.rejects(found(new EncryptedStore(raw, { workspace, keys: [one] }), 'two'),
    new RecordNotDecryptedError('two', 'its token does not decrypt'), 'one is not taken for the other')
})

test('says that the key is unknown, and of which record', async (t) => {
  const record = await encryptedRecord(incomingRecord({ _id: 'theId', script: 'SECRET' }))
  const error = await failureOf(record, otherKey)
  t.match(error, new RecordNotDecryptedError('theId', 'the key that its token was encrypted with is unknown'))
  t.ok(error instanceof RecordNotDecryptedError)
  const writings = inspect(error, { depth: 10, showHidden: true })
  for (const part of [...writingsOf(key), ...writingsOf(otherKey), incomingRecord().token, 'SECRET', record.token.slice(marker.length)]) {
    t.notOk(writings.includes(part), 'without content and keys')
  }
  const raw = new MemoryStore()
  raw.insert(record, {}, patient)
  raw.insert(await encryptedRecord(incomingRecord({ _id: 'readable' }), otherKey), {}, patient)
  const lost = new EncryptedStore(raw, { workspace, keys: [otherKey] })
  const notDecrypted = { code: 'FCI_ERR_RECORD_NOT_DECRYPTED', message: /'theId'/ }
  t.throws(() => lost.find('theId', patient), notDecrypted)
  const page = await lost.list({ scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient)
  t.match(page, { integrations: [{ _id: 'readable' }], total: 2, unreadable: [notDecrypted] }, 'it hides no other')
  t.equal(page.integrations.length, 1)
  raw.insert(await encryptedRecord(outgoingRecord({ _id: 'out', urls: ['http://a/'] })), {}, patient)
  t.throws(() => new EncryptedStore(raw, { workspace, keys: [otherKey] }).findByTargetUrl('http://a/', { type: 'webhook-outgoing' }, patient),
    { code: 'FCI_ERR_RECORD_NOT_DECRYPTED', message: /'out'/ })
})

test('whoever has lost a key can still remove the record, through the wrapped store', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const raw = new RedisStore({ redis })
  const record = outgoingRecord({ ...everyOutgoingOption })
  await new EncryptedStore(raw, { workspace, keys: [key] }).insert(record, {}, patient)
  await t.rejects(found(new EncryptedStore(raw, { workspace, keys: [otherKey] }), record._id), { code: 'FCI_ERR_RECORD_NOT_DECRYPTED' })
  const read = await raw.find(record._id, patient)
  if (read === null) throw new Error('not found')
  t.equal(await raw.remove(read, patient), true)
  t.strictSame((await consistentWorkspace(t, redis)).integrations, [])
})

test('a text that was moved to another record or field does not decrypt', async (t) => {
  const same = everySecret('same')
  const [one, two] = [await encryptedRecord(outgoingRecord({ _id: 'one', ...same })), await encryptedRecord(outgoingRecord({ _id: 'two', ...same }))]
  for (const from of fields) {
    const text = secretsOf(one).get(from) ?? ''
    t.equal(await failureOf(withText(one, from, text)), undefined, 'it decrypts where it was')
    for (const to of fields) {
      const reason = (id: string): Error => new RecordNotDecryptedError(id, `its ${to} does not decrypt`)
      t.match(await failureOf(withText(two, to, text)), reason('two'), `${from} of one as ${to} of two`)
      if (from !== to) t.match(await failureOf(withText(one, to, text)), reason('one'), `${from} as ${to}`)
    }
  }
  // In UTF-8, both halves of a pair become the same.
  const half = await encryptedRecord(incomingRecord({ _id: '\uD83D' }))
  t.match(await failureOf({ ...half, _id: '\uDE00' }), new RecordNotDecryptedError('\uDE00', 'its token does not decrypt'))
})

test('a text that was cut, changed or lengthened does not decrypt', async (t) => {
  const record = await encryptedRecord(outgoingRecord({
    ...everySecret('SECRET'), token: 'aToken', script: 'SECRET ö'.repeat(10), scriptError: { name: 'SyntaxError', message: 'why \uD83D' }
  }))
  const refused = async (field: Field, text: string): Promise<void> => {
    const error = await failureOf(withText(record, field, text))
    assert.ok(error instanceof RecordNotDecryptedError, `${field}: ${text}`)
    assert.ok(!/SECRET|aToken|sealed/.test(`${error.stack} ${JSON.stringify(error)}`))
  }
  const field = fc.constantFrom(...fields)
  // A text without the marker is a plain one, and another version is another matter.
  const start = `${marker}1.`.length
  const place = fc.nat()
  const options = { seed: 20_170_106, numRuns: 1000 }
  await fc.assert(fc.asyncProperty(field, place, async (field, place) => {
    const text = secretsOf(record).get(field) ?? ''
    await refused(field, text.slice(0, marker.length + place % (text.length - marker.length)))
  }), options)
  await fc.assert(fc.asyncProperty(field, place, fc.integer({ min: 0, max: 15 }), async (field, place, bit) => {
    const text = secretsOf(record).get(field) ?? ''
    const at = start + place % (text.length - start)
    await refused(field, text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1 << bit) + text.slice(at + 1))
  }), options)
  await fc.assert(fc.asyncProperty(field, place, fc.string({ minLength: 1, maxLength: 5 }), async (field, place, more) => {
    const text = secretsOf(record).get(field) ?? ''
    const at = start + place % (text.length - start + 1)
    await refused(field, text.slice(0, at) + more + text.slice(at))
  }), options)
  for (const field of fields) {
    const text = secretsOf(record).get(field) ?? ''
    // Every other last character: some of its bits are not part of the bytes.
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \n') {
      if (!text.endsWith(last)) await refused(field, text.slice(0, -1) + last)
    }
  }
  for (const version of ['', '0', '01', '-1', 'x', '9999999999']) await refused('token', record.token.replace('.1.', `.${version}.`))
  for (const version of ['2', '10']) {
    t.match(await failureOf(withText(record, 'token', record.token.replace('.1.', `.${version}.`))),
      new RecordTooNewError(record._id, `${version} of its encryption`))
  }
})

test('hands a copy to the wrapped store', async (t) => {
  const given: Integration[] = []
  const spoil = (integration: Integration): void => {
    given.push(integration)
    integration.name = 'spoilt'
    integration.channel.push('#spoilt')
    integration._createdBy.username = 'spoilt'
    if (integration.scriptError !== undefined) integration.scriptError.name = 'spoilt'
  }
  const raw = new MemoryStore()
  const store = new EncryptedStore(storeWith({
    insert (integration, conditions, call) {
      const outcome = raw.insert(integration, conditions, call)
      spoil(integration)
      return outcome
    },
    replace (previous, next, call) {
      const replaced = raw.replace(previous, next, call)
      spoil(next)
      return replaced
    }
  }, raw), { workspace, keys: [key] })
  const record = incomingRecord({ ...everyIncomingOption, scriptError: { name: 'SyntaxError', message: 'why' } })
  const original = structuredClone(record)
  await store.insert(record, {}, patient)
  const read = await store.find(record._id, patient)
  if (read === null) throw new Error('not found')
  t.equal(await store.replace(read, record, patient), true)
  t.strictSame(record, original)
  t.equal(given.length, 2)
  t.strictSame(await found(store, record._id), original)
})

test('the wrapped store is told the earlier state as it gave it, and never a secret', async (t) => {
  const raw = new MemoryStore()
  const told: string[] = []
  // A store that compares everything.
  const strict = storeWith({
    replace (previous, next, call) {
      told.push(JSON.stringify([previous, next]))
      assert.deepStrictEqual(previous, raw.find(next._id))
      return raw.replace(previous, next, call)
    },
    remove (previous, call) {
      told.push(JSON.stringify(previous))
      return raw.remove(previous, call)
    }
  }, raw)
  const store = new EncryptedStore(strict, { workspace, keys: [key] })
  const record = outgoingRecord({ token: 'SECRET', script: 'SECRET', urls: ['http://a/'] })
  await store.insert(record, {}, patient)
  for (const find of [
    () => store.find(record._id, patient),
    () => store.findByTargetUrl('http://a/', { type: 'webhook-outgoing' }, patient)
  ]) {
    const read = await find()
    if (read === null) throw new Error('not found')
    t.strictSame(read.integration, record)
    t.equal(await store.replace(read, record, patient), true)
  }
  const read = await store.find(record._id, patient)
  if (read === null) throw new Error('not found')
  t.equal(await store.remove(structuredClone(read), patient), true, 'a copy of what was read will do')
  t.equal(told.length, 3)
  t.notMatch(told.join(), 'SECRET')
  t.match(told.at(-1), marker)
})

test('answers at once when the wrapped store does, and later when that answers later', async (t) => {
  const query = { scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 5 } as const
  const store = new EncryptedStore(new MemoryStore(), { workspace, keys: [key] })
  const record = incomingRecord()
  t.equal(store.insert(record, {}, patient), 'inserted')
  t.strictSame(store.find(record._id, patient), { integration: record, revision: '1' })
  t.equal(store.find('unknown', patient), null)
  t.strictSame(store.list(query, patient), { integrations: [record], total: 1 })
  t.equal(store.findByTargetUrl('http://a/', { type: 'webhook-outgoing' }, patient), null)
  t.equal(store.replace({ integration: record, revision: '1' }, record, patient), true)
  t.equal(store.remove({ integration: record, revision: '2' }, patient), true)

  const raw = new MemoryStore()
  const later = new EncryptedStore({
    insert: async (integration, conditions, call) => raw.insert(integration, conditions, call),
    claim: async (claim, call) => raw.claim(claim, call),
    settle: async (claim, answer, call) => raw.settle(claim, answer, call),
    release: async (claim) => raw.release(claim),
    find: async (id) => raw.find(id) ?? unchecked(undefined),
    findByTargetUrl: async (url, scope) => raw.findByTargetUrl(url, scope),
    list: async (query) => raw.list(query),
    replace: async (previous, next, call) => raw.replace(previous, next, call),
    remove: async (previous, call) => raw.remove(previous, call)
  }, { workspace, keys: [key] })
  t.type(later.insert(record, {}, patient), Promise)
  t.strictSame(await later.find(record._id, patient), { integration: record, revision: '1' })
  t.equal(await later.find('unknown', patient), null)
  t.strictSame(await later.list(query, patient), { integrations: [record], total: 1 })
  t.type(later.find(record._id, patient), Promise)
})

test('is as persistent as the wrapped store', async (t) => {
  const over = (store: IntegrationStore): boolean | undefined => new EncryptedStore(store, { workspace, keys: [key] }).persistent
  t.equal(over(new MemoryStore()), false)
  t.equal(over(storeWith({ persistent: true })), true)
  t.equal(over(storeWith({})), true, 'a store that does not say is persistent')
  t.equal(over(new EncryptedStore(new MemoryStore(), { workspace, keys: [key] })), false)
})

test('two can be laid upon one another', async (t) => {
  const raw = new MemoryStore()
  const store = new EncryptedStore(new EncryptedStore(raw, { workspace, keys: [key] }), { keys: [otherKey] })
  const record = incomingRecord({ ...everyIncomingOption })
  await store.insert(record, {}, patient)
  const read = await store.find(record._id, patient)
  t.strictSame(read?.integration, record)
  if (read !== null) t.equal(await store.replace(read, record, patient), true)
  t.strictSame(await found(store, record._id), record)
})

test('keeps copies of its keys and does not show them', async (t) => {
  const own = Buffer.from(key)
  const keys = [own, new Uint8Array(otherKey)]
  const raw = new MemoryStore()
  const store = new EncryptedStore(raw, { workspace, keys })
  own.fill(0)
  keys.length = 0
  await store.insert(incomingRecord(), {}, patient)
  t.strictSame(await found(new EncryptedStore(raw, { workspace, keys: [key] }), incomingRecord()._id), incomingRecord())
  t.equal(JSON.stringify(store), JSON.stringify({ workspace }))
  const shown = inspect(store, { depth: Infinity, showHidden: true, getters: true })
  for (const part of [...writingsOf(key), ...writingsOf(otherKey), 'KeyObject']) t.notOk(shown.includes(part))
})

test('names the option that is wrong, without what it holds', async (t) => {
  const secret = 'SECRET'.repeat(6).slice(0, 32)
  const wrongKeys: Array<[keys: unknown, which: string]> = [
    [undefined, ''], [null, ''], [[], ''], [secret, ''], [Buffer.from(secret), ''], [{ 0: Buffer.from(secret) }, ''],
    [[secret], ' at index 0 '], [[Buffer.from(secret).subarray(1)], ' at index 0 '], [[Buffer.from(`${secret}x`)], ' at index 0 '],
    [[key, Buffer.from('SECRET')], ' at index 1 '], [[key, undefined], ' at index 1 '], [new Array(1), ' at index 0 '],
    [[new Uint16Array(32)], ' at index 0 '], [[new Uint32Array(8)], ' at index 0 '], [[new ArrayBuffer(32)], ' at index 0 '],
    [[[...key]], ' at index 0 '], [[{ length: 32 }], ' at index 0 ']
  ]
  for (const [keys, which] of wrongKeys) {
    const thrown = (() => {
      try {
        return new EncryptedStore(new MemoryStore(), unchecked({ workspace, keys }))
      } catch (error) {
        return error
      }
    })()
    t.match(thrown, { code: 'FCI_ERR_INVALID_OPTION', message: /option 'keys' of EncryptedStore must / })
    t.ok(thrown instanceof Error && thrown.message.includes(which))
    const writings = inspect(thrown, { showHidden: true, depth: 10 })
    for (const part of ['SECRET', Buffer.from('SECRET').toString('hex'), ...writingsOf(key)]) t.notOk(writings.includes(part))
  }
  for (const options of [undefined, null, {}, [key], key]) {
    t.throws(() => new EncryptedStore(new MemoryStore(), unchecked(options)), { code: 'FCI_ERR_INVALID_OPTION', message: /option 'keys'/ })
  }
  const { find, ...others } = storeWith({})
  for (const store of [undefined, null, {}, 'redis', others]) {
    t.throws(() => new EncryptedStore(unchecked(store), { workspace, keys: [key] }), { code: 'FCI_ERR_INVALID_OPTION', message: /option 'store' of EncryptedStore must / })
  }
})

test('over HTTP, from create to a new token, and with a wrong key', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const log = captureLog()
  const raw = new RedisStore({ redis })
  const client = await startClient(t, { store: new EncryptedStore(raw, { workspace, keys: [otherKey, key] }) }, { logger: log.logger })
  const [token, script] = ['SECRET token', '/* SECRET \uD83D */ (']
  const created = integrationOf((await client.create({ ...outgoingBody, token, script, scriptEnabled: true })).body)
  t.match(created, { token, script, scriptError: { name: 'SyntaxError' } })
  const { _id: integrationId, type } = created
  t.strictSame(integrationOf((await client.query('get', { integrationId })).body), created)
  const updated = integrationOf((await client.send('update', { ...created, integrationId, name: 'new' })).body)
  t.match(updated, { name: 'new', token, script }, 'what was read may be sent back')
  const regenerated = integrationOf((await client.send('regenerateToken', { integrationId })).body)
  t.not(regenerated.token, token)
  t.strictSame(integrationOf((await client.query('get', { integrationId })).body), regenerated)
  t.match((await client.query('list', {})).body, { total: 1, integrations: [{ script, token: regenerated.token }] })
  t.notMatch(await everythingIn(redis), /SECRET/)

  const lost = await startClient(t, { store: new EncryptedStore(raw, { workspace, keys: [keyNumber(2)] }) }, { logger: log.logger })
  const refused = [
    await lost.query('get', { integrationId }),
    await lost.send('update', { type, integrationId, name: 'newer' }),
    await lost.send('regenerateToken', { integrationId }),
    await lost.send('remove', { type, integrationId }),
    await lost.send('remove', { type, target_url: created.type === 'webhook-outgoing' ? created.urls[0] : '' })
  ]
  for (const { status, body } of refused) {
    t.equal(status, 500)
    t.strictSame(body, { success: false, error: 'Internal server error', errorType: 'error-internal' })
  }
  t.match((await lost.query('list', {})).body, { success: true, count: 0, total: 1 }, 'lists go on without it')
  t.equal((await lost.create(incomingBody)).status, 200, 'a new one can be created')
  t.strictSame(integrationOf((await client.query('get', { integrationId })).body), regenerated, 'nothing has changed')
  t.match((await client.send('remove', { type, integrationId })).body, { success: true, integration: regenerated })

  await until('all answers are logged', () => log.text().split('request completed').length > 15)
  const failures = log.lines().filter(({ level }) => level === 50)
  t.equal(failures.length, refused.length + 1)
  for (const { err } of failures) {
    t.match(err, {
      code: 'FCI_ERR_RECORD_NOT_DECRYPTED',
      message: `the record of integration '${integrationId}' cannot be decrypted: the key that its token was encrypted with is unknown`
    })
  }
  for (const part of ['SECRET', token, regenerated.token, marker, ...[0, 1, 2].flatMap((index) => writingsOf(keyNumber(index)))]) {
    t.notOk(log.text().includes(part), 'the log shows no token, script or key')
  }
})
