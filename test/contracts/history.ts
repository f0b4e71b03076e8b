import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Awaitable } from '../../lib/index.ts'
import type { HistoryStore } from '../../lib/ports/history.ts'
import type { HistoryEntry } from '../../schemas/history.ts'
import { entryOf, everyEntryField } from '../support/history.ts'
import { awkwardTexts, givenUp, patient } from '../support/integrations.ts'
import { until } from '../support/until.ts'

/** A history as the contract suite is given it. */
export interface HistoryUnderTest {
  /** Empty. */
  readonly history: HistoryStore
  /** Makes a second instance over the same data, as another process would have it; absent where there is none. */
  readonly reopen?: () => Awaitable<HistoryStore>
}

/** More than any integration of this suite has. */
const all = { offset: 0, count: 1000 }

/**
 * What every `HistoryStore` must do, as subtests of `t`; resolves when all
 * have run.
 *
 * @param create makes a history without entries; called once for each subtest.
 */
export async function historyContract (t: Test, create: () => Awaitable<HistoryUnderTest>): Promise<void> {
  await t.test('knows nothing at first', async (t) => {
    const { history } = await create()
    t.strictSame(await history.list('a', all, patient), { entries: [], total: 0 })
    t.equal(await history.get('a', '1', patient), null)
    await history.clear('a', patient)
  })

  await t.test('returns every field as it was appended', async (t) => {
    const { history } = await create()
    const entries = [entryOf('a', 'full', everyEntryField), entryOf('a', 'bare', { type: 'incoming-webhook' })]
    for (const entry of entries) await history.append(entry, patient)
    for (const entry of entries) t.strictSame(await history.get('a', entry._id, patient), entry)
    t.strictSame(await history.list('a', all, patient), { entries: entries.toReversed(), total: 2 })
  })

  await t.test('lists newest first, in parts', async (t) => {
    const { history } = await create()
    const ids = Array.from({ length: 7 }, (_, number) => String(number))
    for (const id of ids) await history.append(entryOf('a', id), patient)
    await history.append(entryOf('b', 'other'), patient)
    ids.reverse()
    for (const [offset, count] of [[0, 7], [0, 3], [3, 3], [6, 3], [7, 3], [100, 3], [0, 0], [2, 0], [0, 1000]] as const) {
      const { entries, total } = await history.list('a', { offset, count }, patient)
      t.strictSame(entries.map(({ _id }) => _id), ids.slice(offset, offset + count), `${offset}, ${count}`)
      t.equal(total, 7)
    }
  })

  await t.test('an entry takes the place of an earlier state of itself, as the newest', async (t) => {
    const { history } = await create()
    const first = entryOf('a', 'attempt', { step: 'pre-http-call' })
    for (const entry of [first, entryOf('a', 'other')]) await history.append(entry, patient)
    const later = { ...first, _updatedAt: '2017-01-06T13:23:47.000Z', step: 'after-http-call', finished: true }
    await history.append(later, patient)
    t.strictSame(await history.list('a', all, patient), { entries: [later, entryOf('a', 'other')], total: 2 })
    t.strictSame(await history.get('a', 'attempt', patient), later)

    await history.append(first, patient)
    t.strictSame(await history.get('a', 'attempt', patient), later, 'an earlier state that comes late changes nothing')
    const same = { ...later, step: 'too-many-retries' }
    await history.append(same, patient)
    t.strictSame(await history.get('a', 'attempt', patient), same, 'of the same millisecond, the later call counts')
    t.equal((await history.list('a', all, patient)).total, 2)
  })

  await t.test('the same _id of another integration is another entry', async (t) => {
    const { history } = await create()
    for (const integrationId of ['a', 'b']) await history.append(entryOf(integrationId, '1', { step: integrationId }), patient)
    for (const integrationId of ['a', 'b']) {
      t.equal((await history.get(integrationId, '1', patient))?.step, integrationId)
      t.equal((await history.list(integrationId, all, patient)).total, 1)
    }
  })

  await t.test('clears one integration and no other', async (t) => {
    const { history } = await create()
    for (const integrationId of ['a', 'b']) await history.append(entryOf(integrationId, '1'), patient)
    await history.clear('a', patient)
    t.strictSame(await history.list('a', all, patient), { entries: [], total: 0 })
    t.equal(await history.get('a', '1', patient), null)
    t.equal((await history.list('b', all, patient)).total, 1)
    await history.append(entryOf('a', '2'), patient)
    t.equal((await history.list('a', all, patient)).total, 1, 'and goes on')
  })

  await t.test('keeps odd identifiers apart', async (t) => {
    const { history } = await create()
    const texts = [
      ...awkwardTexts.filter((text) => text !== ''), 'bytes', ':', ':bytes', '0', '-1', 'constructor', 'a', 'a ', 'A', 'a:b', ':a',
      '\uD83D', '\uDE00', '\uD83D\uDE00', '\0', '\0PQ', '\uFFFD'
    ]
    for (const integrationId of texts) {
      for (const _id of texts) await history.append(entryOf(integrationId, _id, { step: integrationId + _id }), patient)
    }
    for (const integrationId of texts) {
      const { entries, total } = await history.list(integrationId, all, patient)
      t.strictSame(entries.map(({ _id }) => _id), texts.toReversed(), encodeURIComponent(Buffer.from(integrationId).toString()))
      t.equal(total, texts.length)
      for (const _id of texts) t.equal((await history.get(integrationId, _id, patient))?.step, integrationId + _id)
      t.equal(await history.get(integrationId, 'unknown', patient), null)
    }
  })

  await t.test('keeps any JSON data', async () => {
    const { history } = await create()
    let number = 0
    await fc.assert(fc.asyncProperty(fc.jsonValue(), fc.string({ unit: 'binary' }), async (data, text) => {
      const entry = entryOf('a', String(number++ % 10), { data: JSON.parse(JSON.stringify(data)), httpResult: text })
      await history.append(entry, patient)
      assert.deepEqual(await history.get('a', entry._id, patient), entry)
    }), { numRuns: 100 })
  })

  await t.test('keeps no reference to what comes in and goes out', async (t) => {
    const { history } = await create()
    const list = ['kept']
    const entry = entryOf('a', '1', { notes: list })
    await history.append(entry, patient)
    list.push('changed')
    const found = await history.get('a', '1', patient)
    found?.notes?.push('changed')
    t.strictSame((await history.get('a', '1', patient))?.notes, ['kept'])
    const [listed] = (await history.list('a', all, patient)).entries
    listed?.notes?.push('changed')
    t.strictSame((await history.get('a', '1', patient))?.notes, ['kept'])
  })

  await t.test('writes nothing for a caller that gave up', async (t) => {
    const { history } = await create()
    await t.rejects(async () => { await history.append(entryOf('a', '1'), givenUp) }, { code: 'FCI_ERR_STORE_UNAVAILABLE' })
    t.equal((await history.list('a', all, patient)).total, 0)
  })

  await t.test('appends many at once', async (t) => {
    const { history } = await create()
    await Promise.all(Array.from({ length: 90 }, async (_, number) => { await history.append(entryOf('a', String(number)), patient) }))
    const { entries, total } = await history.list('a', all, patient)
    t.equal(total, 90)
    t.equal(new Set(entries.map(({ _id }) => _id)).size, 90)
  })

  await t.test('another process sees the same', async (t) => {
    const { history, reopen } = await create()
    if (reopen === undefined) {
      t.pass('there is no other process')
      return
    }
    const other = await reopen()
    await history.append(entryOf('a', '1'), patient)
    await other.append(entryOf('a', '2'), patient)
    for (const one of [history, other]) t.strictSame(idsOf(await one.list('a', all, patient)), ['2', '1'])
    await other.clear('a', patient)
    t.equal((await history.list('a', all, patient)).total, 0)
  })
}

/** The bounds of a history that the suite below sets. */
export interface TestBounds {
  readonly maxEntries?: number
  readonly maxBytes?: number
  readonly maxAge?: number
}

/**
 * What a history does that is given bounds of each integration.
 *
 * @param create makes a history without entries; called once for each subtest.
 */
export async function historyBoundsContract (t: Test, create: (bounds: TestBounds) => Awaitable<HistoryStore>): Promise<void> {
  await t.test('keeps so many entries', async (t) => {
    const history = await create({ maxEntries: 5 })
    for (let number = 0; number < 12; number++) await history.append(entryOf('a', String(number)), patient)
    await history.append(entryOf('b', '0'), patient)
    t.strictSame(idsOf(await history.list('a', all, patient)), ['11', '10', '9', '8', '7'])
    t.equal(await history.get('a', '6', patient), null, 'what is gone is gone')
    await history.append(entryOf('a', '7'), patient)
    t.strictSame(idsOf(await history.list('a', all, patient)), ['7', '11', '10', '9', '8'], 'an entry that is written again pushes none out')
    t.equal((await history.list('b', all, patient)).total, 1, 'of each integration')
  })

  await t.test('keeps 100 by default', async (t) => {
    const history = await create({})
    for (let number = 0; number < 150; number++) await history.append(entryOf('a', String(number)), patient)
    const { entries, total } = await history.list('a', all, patient)
    t.equal(total, 100)
    t.strictSame([entries[0]?._id, entries.at(-1)?._id], ['149', '50'])
  })

  await t.test('keeps so many bytes', async (t) => {
    const maxBytes = 64 * 1024
    const history = await create({ maxBytes })
    let number = 0
    const append = async (length: number, text: string = 'x'): Promise<HistoryEntry> => {
      const entry = entryOf('a', String(number++), { httpResult: text.repeat(length) })
      await history.append(entry, patient)
      return entry
    }
    for (let turn = 0; turn < 60; turn++) {
      await append([10, 3000, 30_000, 700][turn % 4] ?? 0)
      const { entries } = await history.list('a', all, patient)
      const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0)
      t.ok(bytes <= maxBytes, `${bytes}`)
      t.ok(turn < 6 || bytes > maxBytes / 3, 'no more is forgotten than needs to be')
      t.equal(entries[0]?._id, String(number - 1))
    }
    const [one, other] = [await append(10_000, '日'), await append(10_000, '本')]
    t.strictSame((await history.list('a', all, patient)).entries.slice(0, 2), [other, one], '60,000 bytes of UTF-8 fit')
    await append(3_000, '語')
    t.equal(await history.get('a', one._id, patient), null, '69,000 do not')

    // An entry that grows and shrinks counts once.
    for (let turn = 0; turn < 20; turn++) await history.append(entryOf('a', 'again', { httpResult: 'x'.repeat(turn % 2 === 0 ? 30_000 : 10) }), patient)
    t.strictSame(idsOf(await history.list('a', all, patient)).slice(0, 2), ['again', String(number - 1)])
  })

  await t.test('an entry that is larger than all together is not kept', async (t) => {
    const history = await create({ maxBytes: 32 * 1024 })
    await history.append(entryOf('a', 'small'), patient)
    await history.append(entryOf('a', 'large', { httpResult: 'x'.repeat(40_000) }), patient)
    t.strictSame(await history.list('a', all, patient), { entries: [], total: 0 })
    await history.append(entryOf('a', 'small'), patient)
    t.equal((await history.list('a', all, patient)).total, 1)
  })

  await t.test('forgets what is too old', async (t) => {
    const history = await create({ maxAge: 1500 })
    await history.append(entryOf('a', 'old'), patient)
    await history.append(entryOf('b', 'old'), patient)
    await sleep(1000)
    t.strictSame(idsOf(await history.list('a', all, patient)), ['old'])
    await history.append(entryOf('a', 'new'), patient)
    await until('the old one is gone', async () => (await history.list('a', all, patient)).total === 1)
    t.strictSame(idsOf(await history.list('a', all, patient)), ['new'], 'while a newer one of the same integration is there')
    t.equal(await history.get('a', 'old', patient), null)
    await until('the other integration is gone', async () => (await history.list('b', all, patient)).total === 0)
    await until('the new one is gone, too', async () => (await history.list('a', all, patient)).total === 0)
    await history.append(entryOf('a', 'last'), patient)
    t.strictSame(idsOf(await history.list('a', all, patient)), ['last'])
  })
}

function idsOf ({ entries }: { readonly entries: readonly HistoryEntry[] }): string[] {
  return entries.map(({ _id }) => _id)
}
