import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Awaitable } from '../../lib/index.ts'
import type { HistoryStore } from '../../lib/ports/history.ts'
import { type BoundsUnderTest, historyContract as casesForEveryHistory, type HistoryUnderTest } from '../../lib/testing.ts'
import { entryOf } from '../support/history.ts'
import { givenUp, patient } from '../support/integrations.ts'
import { runContract } from '../support/run-contract.ts'

/** Makes an empty history, with other bounds when there are some. */
export type CreateHistory = (bounds?: BoundsUnderTest) => Awaitable<HistoryUnderTest>

/**
 * The contract suite of the package as subtests of `t`, and what our own
 * histories do besides. Resolves when all subtests have run.
 *
 * @param create makes an empty history. Each subtest calls this function once.
 */
export async function historyContract (t: Test, create: CreateHistory): Promise<void> {
  const createBounded = async (bounds: BoundsUnderTest): Promise<HistoryStore> => (await create(bounds)).history
  await runContract(t, (test) => casesForEveryHistory({ create, createBounded, test }))

  await t.test('keeps any JSON data', async () => {
    const { history } = await create()
    let number = 0
    await fc.assert(fc.asyncProperty(fc.jsonValue(), fc.string({ unit: 'binary' }), async (data, text) => {
      const entry = entryOf('a', String(number++ % 10), { data: JSON.parse(JSON.stringify(data)), httpResult: text })
      await history.append(entry, patient)
      assert.deepEqual(await history.get('a', entry._id, patient), entry)
    }), { numRuns: 100 })
  })

  await t.test('says that it writes nothing for a caller that gave up', async (t) => {
    const { history } = await create()
    await t.rejects(async () => { await history.append(entryOf('a', '1'), givenUp) }, { code: 'FCI_ERR_STORE_UNAVAILABLE' })
  })

  await t.test('keeps 100 entries by default', async (t) => {
    const { history } = await create()
    for (let number = 0; number < 150; number++) await history.append(entryOf('a', String(number)), patient)
    const { entries, total } = await history.list('a', { offset: 0, count: 1000 }, patient)
    t.equal(total, 100)
    t.strictSame([entries[0]?._id, entries.at(-1)?._id], ['149', '50'])
  })

  await t.test('an entry that is larger than all together is not kept', async (t) => {
    const { history } = await create({ maxBytes: 32 * 1024 })
    await history.append(entryOf('a', 'small'), patient)
    await history.append(entryOf('a', 'large', { httpResult: 'x'.repeat(40_000) }), patient)
    t.equal((await history.list('a', { offset: 0, count: 1000 }, patient)).total, 0)
    await history.append(entryOf('a', 'small'), patient)
    t.equal((await history.list('a', { offset: 0, count: 1000 }, patient)).total, 1)
  })
}
