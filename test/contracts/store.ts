import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Awaitable, Integration, IntegrationStore } from '../../lib/index.ts'
import {
  anyIntegration, awkwardTexts, everyIncomingOption, everyOutgoingOption, givenUp, incomingRecord, outgoingRecord,
  patient
} from '../support/integrations.ts'
import { found } from '../support/store-with.ts'

/** A store as the contract suite is given it. */
export interface StoreUnderTest {
  /** Empty. */
  readonly store: IntegrationStore
  /**
   * Makes a second instance over the same data, as another process would have
   * it. A store whose `persistent` is not false must bring it.
   */
  readonly reopen?: () => Awaitable<IntegrationStore>
}

/**
 * What every `IntegrationStore` must do, as subtests of `t`; resolves when all
 * have run. An author of a store runs it against the own one:
 *
 * ```ts
 * test('MyStore keeps the contract', (t) => storeContract(t, () => {
 *   const database = freshDatabase(t)
 *   return { store: new MyStore(database), reopen: () => new MyStore(database) }
 * }))
 * ```
 *
 * @param create makes a store without integrations; called once for each subtest.
 */
export async function storeContract (t: Test, create: () => Awaitable<StoreUnderTest>): Promise<void> {
  await t.test('says whether it is persistent', async (t) => {
    const { store, reopen } = await create()
    t.ok(store.persistent === undefined || typeof store.persistent === 'boolean')
    if (store.persistent !== false) t.ok(reopen, 'a persistent store can be opened a second time')
  })

  await t.test('finds what was inserted', async (t) => {
    const { store } = await create()
    const records = [
      incomingRecord({ _id: 'incoming' }),
      incomingRecord({ _id: 'fullIncoming', ...everyIncomingOption }),
      outgoingRecord({ _id: 'outgoing' }),
      outgoingRecord({ _id: 'fullOutgoing', ...everyOutgoingOption })
    ]
    for (const record of records) await store.insert(record, {}, patient)
    for (const record of records) t.strictSame(await found(store, record._id), record)
  })

  await t.test('keeps a long script', async (t) => {
    const { store } = await create()
    const record = incomingRecord({ script: '// ö\n'.repeat(50_000) })
    await store.insert(record, {}, patient)
    t.equal((await found(store, record._id))?.script, record.script)
  })

  await t.test('answers null for what is not there', async (t) => {
    const { store } = await create()
    t.equal(await found(store, 'known'), null, 'while it is empty')
    await store.insert(incomingRecord({ _id: 'known' }), {}, patient)
    for (const id of ['unknown', 'KNOWN', 'known ', 'known\0', 'know', '', '*', '__proto__', 'constructor', 'toString']) {
      t.equal(await found(store, id), null, JSON.stringify(id))
    }
  })

  await t.test('keeps every text as it is', async (t) => {
    const { store } = await create()
    const records = awkwardTexts.flatMap((text, index): Integration[] => [
      incomingRecord({
        _id: `incoming-${index}`,
        name: text,
        username: text,
        userId: text,
        channel: [text],
        script: text,
        alias: text,
        avatar: text,
        emoji: text,
        token: text,
        scriptError: { name: text, message: text },
        _createdBy: { _id: text, username: text },
        _updatedBy: { _id: text, username: text }
      }),
      outgoingRecord({
        _id: `outgoing-${index}`, name: text, urls: [text, `${text}2`], triggerWords: [text], targetRoom: text
      })
    ])
    for (const record of records) await store.insert(record, {}, patient)
    for (const record of records) t.strictSame(await found(store, record._id), record)
  })

  await t.test('keeps records apart whatever their _id looks like', async (t) => {
    const { store } = await create()
    const ids = [
      'a', 'A', 'a ', ' a', 'a\0', 'a:b', 'a::b', '{a}', '*', '?', '[a]', '\\a', 'a\r\nb', 'ä', 'a\u0308', '__proto__',
      'constructor', 'webhook-incoming', 'changes', '😀'
    ]
    for (const _id of ids) await store.insert(incomingRecord({ _id, name: `name of ${_id}` }), {}, patient)
    for (const _id of ids) {
      t.strictSame(await found(store, _id), incomingRecord({ _id, name: `name of ${_id}` }), JSON.stringify(_id))
    }
  })

  await t.test('keeps empty lists, long numbers and fields of a later version', async (t) => {
    const { store } = await create()
    const record = outgoingRecord({
      channel: [], urls: [], triggerWords: [], retryCount: Number.MAX_SAFE_INTEGER, runOnEdits: false
    })
    Object.assign(record, {
      later: { list: [], nothing: {}, none: null, no: false, zero: 0, small: 0.1, long: [Number.MIN_SAFE_INTEGER, 1e21], nested: [[[]]] }
    })
    await store.insert(record, {}, patient)
    t.strictSame(await found(store, record._id), record)
  })

  await t.test('refuses a second record with the same _id', async (t) => {
    const { store } = await create()
    const first = incomingRecord({ _id: 'taken', name: 'first' })
    await store.insert(first, {}, patient)
    for (const second of [
      incomingRecord({ _id: 'taken', name: 'second' }),
      incomingRecord({ _id: 'taken', name: 'first', token: 'another' }),
      outgoingRecord({ _id: 'taken', name: 'first' })
    ]) {
      // A store may throw at once or later.
      await t.rejects(async () => store.insert(second, {}, patient), Error)
      t.strictSame(await found(store, 'taken'), first, 'the first is unchanged')
    }
  })

  await t.test('accepts one of many that are inserted with the same _id at once', async (t) => {
    const { store } = await create()
    const rivals = Array.from({ length: 30 }, (_, index) => incomingRecord({ _id: 'wanted', name: `rival ${index}` }))
    const outcomes = await Promise.allSettled(rivals.map(async (rival) => store.insert(rival, {}, patient)))
    const winners = rivals.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    t.equal(winners.length, 1)
    t.strictSame(await found(store, 'wanted'), winners[0])
  })

  await t.test('inserts no more than its creator may have, of each type', async (t) => {
    const { store, reopen } = await create()
    const stores = [store, await reopen?.() ?? store]
    const by = (creator: string): { _createdBy: { _id: string, username: string } } => ({ _createdBy: { _id: creator, username: creator } })
    const limit = { mostOfCreator: 5 }
    for (const make of [incomingRecord, outgoingRecord]) {
      const outcomes = await Promise.all(Array.from({ length: 40 }, async (_, index) =>
        await (stores[index % 2] ?? store).insert(make({ _id: `${make.name}-${index}`, ...by('one') }), limit, patient)))
      t.equal(outcomes.filter((outcome) => outcome === 'inserted').length, 5)
      t.equal(outcomes.filter((outcome) => outcome === 'too-many').length, 35)
    }
    t.equal(await store.insert(incomingRecord({ _id: 'of another', ...by('two') }), limit, patient), 'inserted')
    t.equal(await store.insert(incomingRecord({ _id: 'no limit', ...by('one') }), {}, patient), 'inserted')
    t.equal(await store.insert(incomingRecord({ _id: 'more', ...by('one') }), { mostOfCreator: 7 }, patient), 'inserted')
    t.equal(await store.insert(incomingRecord({ _id: 'too many', ...by('one') }), { mostOfCreator: 7 }, patient), 'too-many')
    t.equal(await found(store, 'too many'), null)
    const read = await store.find('more', patient)
    if (read === null) throw new Error('it is there')
    await store.remove(read, patient)
    t.equal(await store.insert(incomingRecord({ _id: 'in its place', ...by('one') }), { mostOfCreator: 7 }, patient), 'inserted')
  })

  await t.test('keeps no reference to what it was given or has given', async (t) => {
    const { store } = await create()
    const record = outgoingRecord({ ...everyOutgoingOption, triggerWords: ['!one'] })
    const original = structuredClone(record)
    await store.insert(record, {}, patient)
    spoil(record)
    const first = await found(store, original._id)
    t.strictSame(first, original, 'changes of the inserted object do not reach the store')
    if (first !== null) spoil(first)
    t.strictSame(await found(store, original._id), original, 'nor do changes of a found one')
    t.not(await found(store, original._id), await found(store, original._id))
  })

  await t.test('does not change what it is given', async (t) => {
    const { store } = await create()
    const record = Object.freeze(outgoingRecord({ ...everyOutgoingOption }))
    const before = structuredClone(record)
    await store.insert(record, {}, patient)
    t.strictSame(record, before)
  })

  await t.test('keeps many that are inserted at once', async (t) => {
    const { store } = await create()
    // The same names, creators and URLs again and again: only the _id tells them apart.
    const records = Array.from({ length: 300 }, (_, index) => index % 2 === 0
      ? incomingRecord({ _id: `at-once-${index}` })
      : outgoingRecord({ _id: `at-once-${index}` }))
    await Promise.all(records.map(async (record) => store.insert(record, {}, patient)))
    const all = await Promise.all(records.map(async ({ _id }) => await found(store, _id)))
    t.strictSame(all, records)
  })

  await t.test('starts no write for a caller that gave up', async (t) => {
    const { store } = await create()
    // Whether the call fails is not asked: nobody waits for its answer.
    await Promise.allSettled([(async () => store.insert(incomingRecord({ _id: 'late' }), {}, givenUp))()])
    t.equal(await found(store, 'late'), null)
  })

  await t.test('shows every instance what the others inserted, at once', async (t) => {
    const { store, reopen } = await create()
    if (reopen === undefined) {
      t.equal(store.persistent, false, 'there is only one instance')
      return
    }
    const other = await reopen()
    for (let index = 0; index < 20; index++) {
      const [writer, reader] = index % 2 === 0 ? [store, other] : [other, store]
      const record = outgoingRecord({ _id: `seen-${index}`, ...everyOutgoingOption })
      await writer.insert(record, {}, patient)
      t.strictSame(await found(reader, record._id), record)
      await t.rejects(async () => reader.insert(incomingRecord({ _id: record._id }), {}, patient), Error)
    }
    t.strictSame((await found(await reopen(), 'seen-0'))?._id, 'seen-0', 'a later instance sees it too')
  })

  await t.test('keeps whatever the schema allows', async (t) => {
    const { store } = await create()
    const numRuns = 200
    const kept: Integration[] = []
    await fc.assert(fc.asyncProperty(anyIntegration, async (generated) => {
      const record = { ...generated, _id: `generated-${kept.length}` }
      kept.push(structuredClone(record))
      await store.insert(record, {}, patient)
      assert.deepStrictEqual(await found(store, record._id), record)
    }), { seed: 20_170_106, numRuns })
    t.equal(kept.length, numRuns)
    const all = await Promise.all(kept.map(async ({ _id }) => await found(store, _id)))
    assert.deepStrictEqual(all, kept, 'each is still there after the others')
  })
}

/** Changes an object wherever it can be changed. */
function spoil (integration: Integration): void {
  integration.name = 'spoilt'
  integration.channel.push('#spoilt')
  integration._createdBy.username = 'spoilt'
  if (integration.scriptError !== undefined) integration.scriptError.message = 'spoilt'
  if (integration.type === 'webhook-outgoing') {
    integration.urls.length = 0
    integration.triggerWords?.push('spoilt')
  }
}
