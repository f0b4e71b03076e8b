import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Test } from 'tap'
import type { Awaitable, Integration, ListQuery } from '../../lib/index.ts'
import { storeContract as casesForEveryStore, type StoreUnderTest } from '../../lib/testing.ts'
import { anyIntegration, incomingRecord, patient } from '../support/integrations.ts'
import { runContract } from '../support/run-contract.ts'
import { found } from '../support/store-with.ts'

/**
 * The contract suite of the package as subtests of `t`, and what our own
 * stores do besides. Resolves when all subtests have run.
 *
 * @param create makes an empty store. Each subtest calls this function once.
 */
export async function storeContract (t: Test, create: () => Awaitable<StoreUnderTest>): Promise<void> {
  await runContract(t, (test) => casesForEveryStore({ create, test }))

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

  // The port asks this of writes only.
  await t.test('stops looking for a name when nobody waits any more', async (t) => {
    const { store } = await create()
    const count = 12_000
    for (let first = 0; first < count; first += 300) {
      await Promise.all(Array.from({ length: 300 }, async (_, i) => await store.insert(incomingRecord({ _id: `id${first + i}` }), {}, patient)))
    }
    const controller = new AbortController()
    const query: ListQuery = { scopes: [{ type: 'webhook-incoming' }], sortBy: 'creation', descending: true, offset: 0, count: 1, nameContains: 'hook' }
    const listed = (async () => await store.list(query, { signal: controller.signal }))()
    controller.abort()
    await t.rejects(listed)
  })
}
