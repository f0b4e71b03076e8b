import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { IdempotencyClaim, InsertConditions, IntegrationStore } from '../../ports/store.ts'
import { found, held } from './read.ts'
import { awkwardTexts, givenUp, incomingRecord, newClaim, outgoingRecord, patient } from '../samples.ts'
import { until } from '../until.ts'
import { type StoreCases, twoInstances } from './store-under-test.ts'

/** A key is claimed once, and an answer is noted under it in the same step as the insert. */
export const idempotencyCases: StoreCases = {
  async 'a key can be claimed once' (create) {
    const { store } = await create()
    const claim = newClaim()
    assert.equal(await store.claim(claim, patient), null)
    assert.deepEqual({ ...await store.claim(newClaim({ key: claim.key }), patient) }, { fingerprint: 'fingerprint', answer: null })
    const other = await store.claim(newClaim({ key: claim.key, fingerprint: 'other' }), patient)
    assert.ok(other !== null, 'the key is claimed')
    assert.equal(other.answer, null)
    assert.notEqual(other.fingerprint, 'other', 'another body has another fingerprint')
    assert.equal(await store.claim(newClaim(), patient), null, 'other keys are free')
  },

  async 'one of many claims of the same key succeeds' (create) {
    const stores = await twoInstances(create)
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) =>
      stores[index % 2 === 0 ? 0 : 1].claim(newClaim({ key: 'wanted' }), patient)))
    assert.equal(outcomes.filter((outcome) => outcome === null).length, 1, 'one claim succeeds')
  },

  async 'an insert notes the answer, and every text is kept unchanged' (create) {
    const { store } = await create()
    for (const [index, answer] of ['xY5qzpZ2WzoBP8msi', ...awkwardTexts].entries()) {
      const claim = newClaim()
      const record = incomingRecord({ _id: `noted-${index}` })
      await store.claim(claim, patient)
      assert.equal(await store.insert(record, { once: { claim, answer } }, patient), 'inserted')
      assert.deepEqual(await found(store, record._id), record)
      assert.deepEqual({ ...await store.claim(newClaim({ key: claim.key }), patient) }, { fingerprint: 'fingerprint', answer })
      await store.remove(await held(store, record._id), patient)
      assert.equal(await answerOf(store, claim), answer, 'the answer outlives the integration')
    }
  },

  async 'settle notes an answer without an insert, only with a claim that is held' (create) {
    const { store } = await create()
    const claim = newClaim()
    assert.equal(await store.settle(claim, 'early', patient), false)
    await store.claim(claim, patient)
    assert.equal(await store.settle(newClaim({ key: claim.key }), 'of another', patient), false)
    assert.equal(await answerOf(store, claim), null)
    assert.equal(await store.settle(claim, 'done', patient), true)
    assert.equal(await store.settle(claim, 'another', patient), false, 'the first answer stays')
    await store.release(claim, patient)
    assert.equal(await answerOf(store, claim), 'done')
    const lapsed = newClaim({ lapsesAfter: 20 })
    await store.claim(lapsed, patient)
    await sleep(40)
    assert.equal(await store.settle(lapsed, 'late', patient), false)
    assert.equal(await store.claim(newClaim({ key: lapsed.key }), patient), null)
  },

  async 'an insert needs a claim that is held' (create) {
    const { store } = await create()
    const never = newClaim()
    assert.equal(await store.insert(outgoingRecord({ _id: 'never' }), once(never), patient), 'claim-lost')
    const released = newClaim()
    await store.claim(released, patient)
    await store.release(released, patient)
    assert.equal(await store.insert(outgoingRecord({ _id: 'released' }), once(released), patient), 'claim-lost')
    const others = newClaim()
    await store.claim(others, patient)
    assert.equal(await store.insert(outgoingRecord({ _id: 'others' }), once(newClaim({ key: others.key })), patient), 'claim-lost')
    const lapsed = newClaim({ lapsesAfter: 20 })
    await store.claim(lapsed, patient)
    await sleep(40)
    assert.equal(await store.insert(outgoingRecord({ _id: 'lapsed' }), once(lapsed), patient), 'claim-lost')
    for (const id of ['never', 'released', 'others', 'lapsed']) assert.equal(await found(store, id), null, id)
    const page = await store.list({ scopes: [{ type: 'webhook-outgoing' }], sortBy: 'name', descending: false, offset: 0, count: 9 }, patient)
    assert.equal(page.total, 0)
  },

  async 'a claim that was released or has lapsed makes room for the next one' (create) {
    const { store } = await create()
    const claim = newClaim()
    await store.claim(claim, patient)
    await store.release(newClaim({ key: claim.key }), patient)
    assert.notEqual(await store.claim(newClaim({ key: claim.key }), patient), null, 'another claim cannot release this one')
    await store.release(claim, patient)
    assert.equal(await store.claim(newClaim({ key: claim.key, lapsesAfter: 20 }), patient), null)
    await comesFree(store, claim.key)
  },

  async 'an answer is kept for keptFor, and its claim can no longer be released' (create) {
    const { store } = await create()
    const [kept, forgotten] = [newClaim({ keptFor: 60_000, lapsesAfter: 1500 }), newClaim({ keptFor: 1 })]
    for (const claim of [kept, forgotten]) {
      await store.claim(claim, patient)
      assert.equal(await store.insert(outgoingRecord({ _id: claim.token }), once(claim), patient), 'inserted')
      await store.release(claim, patient)
    }
    await sleep(1600)
    assert.equal(await answerOf(store, kept), 'done', 'the answer is kept longer than the claim')
    await comesFree(store, forgotten.key)
    assert.notEqual(await found(store, forgotten.token), null, 'the integration stays')
  },

  async 'an insert of a taken _id leaves the claim held' (create) {
    const { store } = await create()
    await store.insert(incomingRecord({ _id: 'taken' }), {}, patient)
    const claim = newClaim()
    await store.claim(claim, patient)
    await assert.rejects(async () => store.insert(outgoingRecord({ _id: 'taken' }), once(claim), patient), Error)
    assert.deepEqual({ ...await store.claim(newClaim({ key: claim.key }), patient) }, { fingerprint: 'fingerprint', answer: null })
    assert.equal(await store.insert(outgoingRecord({ _id: 'free' }), once(claim), patient), 'inserted')
  },

  async 'no claim, insert or settle starts for a caller that gave up' (create) {
    const { store } = await create()
    const claim = newClaim()
    await Promise.allSettled([(async () => store.claim(newClaim({ key: claim.key }), givenUp))()])
    assert.equal(await store.claim(claim, patient), null)
    await Promise.allSettled([(async () => store.insert(outgoingRecord({ _id: 'late' }), once(claim), givenUp))()])
    assert.equal(await found(store, 'late'), null)
    await Promise.allSettled([(async () => store.settle(claim, 'late', givenUp))()])
    assert.equal(await answerOf(store, claim), null)
  }
}

/** The condition of an insert with a claim. */
function once (claim: IdempotencyClaim): InsertConditions {
  return { once: { claim, answer: 'done' } }
}

/** The answer under the key of a claim; undefined when the key was free. */
async function answerOf (store: IntegrationStore, { key }: IdempotencyClaim): Promise<string | null | undefined> {
  return (await store.claim(newClaim({ key }), patient))?.answer
}

/** Resolves when a key can be claimed again. */
async function comesFree (store: IntegrationStore, key: string): Promise<void> {
  await until('the key can be claimed again', async () => await store.claim(newClaim({ key }), patient) === null)
}
