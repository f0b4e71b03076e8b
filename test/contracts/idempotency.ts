import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Awaitable, IdempotencyClaim, InsertConditions, IntegrationStore } from '../../lib/index.ts'
import { awkwardTexts, givenUp, incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { found } from '../support/store-with.ts'
import { until } from '../support/until.ts'

let claims = 0

/** A claim unlike every other, or like them in what is said. */
export function newClaim (fields: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  const number = claims++
  return { key: `key-${number}`, fingerprint: 'fingerprint', token: `token-${number}`, lapsesAfter: 60_000, keptFor: 60_000, ...fields }
}

/** The condition of an insert with a claim. */
function once (claim: IdempotencyClaim): InsertConditions {
  return { once: { claim, answer: 'done' } }
}

/**
 * What every `IntegrationStore` must do with idempotency keys, as subtests.
 *
 * @param create makes a store that is empty.
 */
export async function idempotencyContract (t: Test, create: () => Awaitable<IntegrationStore>): Promise<void> {
  await t.test('a key can be claimed once', async (t) => {
    const store = await create()
    const claim = newClaim()
    t.equal(await store.claim(claim, patient), null)
    t.strictSame(await store.claim(newClaim({ key: claim.key }), patient), { fingerprint: 'fingerprint', answer: null })
    const other = await store.claim(newClaim({ key: claim.key, fingerprint: 'other' }), patient)
    t.equal(other?.answer, null)
    t.not(other?.fingerprint, 'other', 'another body is another body')
    t.equal(await store.claim(newClaim(), patient), null, 'other keys are free')
  })

  await t.test('one of many that claim a key at once gets it', async (t) => {
    const store = await create()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.claim(newClaim({ key: 'wanted' }), patient)))
    t.equal(outcomes.filter((outcome) => outcome === null).length, 1)
  })

  await t.test('notes an answer with the insert, and keeps it as it is', async (t) => {
    const store = await create()
    for (const [index, answer] of ['xY5qzpZ2WzoBP8msi', ...awkwardTexts].entries()) {
      const claim = newClaim()
      const record = incomingRecord({ _id: `noted-${index}` })
      await store.claim(claim, patient)
      t.equal(await store.insert(record, { once: { claim, answer } }, patient), 'inserted')
      t.strictSame(await found(store, record._id), record)
      t.strictSame(await store.claim(newClaim({ key: claim.key }), patient), { fingerprint: 'fingerprint', answer })
      const held = await store.find(record._id, patient)
      if (held === null) throw new Error('it is there')
      await store.remove(held, patient)
      t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.answer, answer, 'whatever becomes of the integration')
    }
  })

  await t.test('notes an answer without an insert, only with a claim that is held', async (t) => {
    const store = await create()
    const claim = newClaim()
    t.equal(await store.settle(claim, 'early', patient), false)
    await store.claim(claim, patient)
    t.equal(await store.settle(newClaim({ key: claim.key }), 'of another', patient), false)
    t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.answer, null)
    t.equal(await store.settle(claim, 'done', patient), true)
    t.equal(await store.settle(claim, 'another', patient), false, 'it stays as it was noted')
    await store.release(claim, patient)
    t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.answer, 'done')
    const lapsed = newClaim({ lapsesAfter: 20 })
    await store.claim(lapsed, patient)
    await sleep(40)
    t.equal(await store.settle(lapsed, 'late', patient), false)
    t.equal(await store.claim(newClaim({ key: lapsed.key }), patient), null)
  })

  await t.test('inserts only with a claim that is held', async (t) => {
    const store = await create()
    const never = newClaim()
    t.equal(await store.insert(outgoingRecord({ _id: 'never' }), once(never), patient), 'claim-lost')
    const released = newClaim()
    await store.claim(released, patient)
    await store.release(released, patient)
    t.equal(await store.insert(outgoingRecord({ _id: 'released' }), once(released), patient), 'claim-lost')
    const others = newClaim()
    await store.claim(others, patient)
    t.equal(await store.insert(outgoingRecord({ _id: 'others' }), once(newClaim({ key: others.key })), patient), 'claim-lost')
    const lapsed = newClaim({ lapsesAfter: 20 })
    await store.claim(lapsed, patient)
    await sleep(40)
    t.equal(await store.insert(outgoingRecord({ _id: 'lapsed' }), once(lapsed), patient), 'claim-lost')
    for (const id of ['never', 'released', 'others', 'lapsed']) t.equal(await found(store, id), null, id)
    t.equal((await store.list({ scopes: [{ type: 'webhook-outgoing' }], sortBy: 'name', descending: false, offset: 0, count: 9 }, patient)).total, 0)
  })

  await t.test('a claim that was given up or has lapsed makes room for the next', async (t) => {
    const store = await create()
    const claim = newClaim()
    await store.claim(claim, patient)
    await store.release(newClaim({ key: claim.key }), patient)
    t.not(await store.claim(newClaim({ key: claim.key }), patient), null, 'only who holds a claim can give it up')
    await store.release(claim, patient)
    t.equal(await store.claim(newClaim({ key: claim.key, lapsesAfter: 20 }), patient), null)
    await until('it lapses', async () => await store.claim(newClaim({ key: claim.key }), patient) === null)
  })

  await t.test('a key that was used is kept as long as asked for, and no claim can be given up any more', async (t) => {
    const store = await create()
    const claim = newClaim({ keptFor: 400, lapsesAfter: 100 })
    await store.claim(claim, patient)
    await store.insert(outgoingRecord(), once(claim), patient)
    await store.release(claim, patient)
    await sleep(150)
    t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.answer, 'done', 'longer than the claim')
    await until('it is forgotten', async () => await store.claim(newClaim({ key: claim.key }), patient) === null)
    t.ok(await found(store, outgoingRecord()._id), 'the integration stays')
  })

  await t.test('a taken _id leaves the claim as it is', async (t) => {
    const store = await create()
    await store.insert(incomingRecord({ _id: 'taken' }), {}, patient)
    const claim = newClaim()
    await store.claim(claim, patient)
    await t.rejects(async () => store.insert(outgoingRecord({ _id: 'taken' }), once(claim), patient), Error)
    t.strictSame(await store.claim(newClaim({ key: claim.key }), patient), { fingerprint: 'fingerprint', answer: null })
    t.equal(await store.insert(outgoingRecord({ _id: 'free' }), once(claim), patient), 'inserted')
  })

  await t.test('starts no write for a caller that gave up', async (t) => {
    const store = await create()
    const claim = newClaim()
    await Promise.allSettled([(async () => store.claim(newClaim({ key: claim.key }), givenUp))()])
    t.equal(await store.claim(claim, patient), null)
    await Promise.allSettled([(async () => store.insert(outgoingRecord({ _id: 'late' }), once(claim), givenUp))()])
    t.equal(await found(store, 'late'), null)
    await Promise.allSettled([(async () => store.settle(claim, 'late', givenUp))()])
    t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.answer, null)
  })
}
