import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { HistoryEntry } from '../../../schemas/history.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { HistoryStore } from '../../ports/history.ts'
import type { Cases } from '../contract.ts'
import { patient } from '../samples.ts'
import { until } from '../until.ts'
import { type BoundsUnderTest, entriesIn, idsIn } from './history-under-test.ts'
import { entryOf } from './samples.ts'

/** Makes an empty history with bounds. */
export type CreateBounded = (bounds: BoundsUnderTest) => Awaitable<HistoryStore>

/** A history bounds the number, the bytes and the age of the entries of each integration. The oldest entries go first. */
export const boundsCases: Cases<CreateBounded> = {
  async 'no more than maxEntries are kept' (create) {
    const history = await (await create())({ maxEntries: 5 })
    for (let number = 0; number < 12; number++) await history.append(entryOf('a', String(number)), patient)
    await history.append(entryOf('b', '0'), patient)
    assert.deepEqual(await idsIn(history, 'a'), ['11', '10', '9', '8', '7'])
    assert.equal((await entriesIn(history, 'a')).total, 5)
    assert.equal(await history.get('a', '6', patient), null, 'get does not find an entry that is forgotten')
    await history.append(entryOf('a', '7'), patient)
    assert.deepEqual(await idsIn(history, 'a'), ['7', '11', '10', '9', '8'], 'an entry that is written again pushes no other out')
    assert.equal((await entriesIn(history, 'b')).total, 1, 'the bound is one of each integration')
  },

  async 'no more than maxBytes are kept' (create) {
    const maxBytes = 64 * 1024
    const history = await (await create())({ maxBytes })
    let number = 0
    const append = async (length: number, text: string = 'x'): Promise<HistoryEntry> => {
      const entry = entryOf('a', String(number++), { httpResult: text.repeat(length) })
      await history.append(entry, patient)
      return entry
    }
    for (let turn = 0; turn < 60; turn++) {
      await append([10, 3000, 30_000, 700][turn % 4] ?? 0)
      const { entries } = await entriesIn(history, 'a')
      const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(JSON.stringify(entry)), 0)
      assert.ok(bytes <= maxBytes, `${bytes} bytes are kept`)
      assert.ok(turn < 6 || bytes > maxBytes / 3, `no more is forgotten than must be: ${bytes} bytes are left`)
      assert.equal(entries[0]?._id, String(number - 1), 'the newest entry is kept')
    }
    const [one, other] = [await append(10_000, '日'), await append(10_000, '本')]
    assert.deepEqual((await entriesIn(history, 'a')).entries.slice(0, 2), [other, one], '60,000 bytes of UTF-8 fit')
    await append(3_000, '語')
    assert.equal(await history.get('a', one._id, patient), null, '69,000 bytes of UTF-8 do not fit')

    // An entry that grows and shrinks counts once.
    for (let turn = 0; turn < 20; turn++) {
      await history.append(entryOf('a', 'again', { httpResult: 'x'.repeat(turn % 2 === 0 ? 30_000 : 10) }), patient)
    }
    assert.deepEqual((await idsIn(history, 'a')).slice(0, 2), ['again', String(number - 1)])
  },

  async 'an entry is forgotten maxAge after its last write' (create) {
    const history = await (await create())({ maxAge: 2500 })
    await history.append(entryOf('a', 'old'), patient)
    await history.append(entryOf('b', 'old'), patient)
    assert.deepEqual(await idsIn(history, 'a'), ['old'])
    await sleep(1500)
    await history.append(entryOf('a', 'new'), patient)
    await until('the old entry is forgotten', async () => (await entriesIn(history, 'a')).total === 1)
    assert.deepEqual(await idsIn(history, 'a'), ['new'], 'a newer entry of the same integration is still there')
    assert.equal(await history.get('a', 'old', patient), null, 'get does not find an entry that is forgotten')
    await until('the entry of another integration is forgotten', async () => (await entriesIn(history, 'b')).total === 0)
    await until('the newer entry is forgotten', async () => (await entriesIn(history, 'a')).total === 0)
    await history.append(entryOf('a', 'last'), patient)
    assert.deepEqual(await idsIn(history, 'a'), ['last'])
  }
}
