import { setTimeout as sleep } from 'node:timers/promises'
import { type Test } from 'tap'
import { type Awaitable, type IdempotencyClaim, type IntegrationStore } from '../../lib/index.ts'
import { everyIncomingOption, givenUp, incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { found } from '../support/store-with.ts'
import { until } from '../support/until.ts'

let claims = 0

/** A claim unlike every other, or like them in what is said. */
export function newClaim (fields: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  const number = claims++
  return { key: `key-${number}`, fingerprint: 'fingerprint', token: `token-${number}`, lapsesAfter: 60_000, keptFor: 60_000, ...fields }
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
    t.strictSame(await store.claim(newClaim({ key: claim.key }), patient), { fingerprint: 'fingerprint', integration: null })
    const other = await store.claim(newClaim({ key: claim.key, fingerprint: 'other' }), patient)
    t.equal(other?.integration, null)
    t.not(other?.fingerprint, 'other', 'another body is another body')
    t.equal(await store.claim(newClaim(), patient), null, 'other keys are free')
  })

  await t.test('one of many that claim a key at once gets it', async (t) => {
    const store = await create()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => store.claim(newClaim({ key: 'wanted' }), patient)))
    t.equal(outcomes.filter((outcome) => outcome === null).length, 1)
  })

  await t.test('keeps the integration under the key, as it was inserted', async (t) => {
    const store = await create()
    for (const record of [incomingRecord({ ...everyIncomingOption }), outgoingRecord()]) {
      const claim = newClaim()
      await store.claim(claim, patient)
      t.equal(await store.insertClaimed(record, claim, patient), true)
      t.strictSame(await found(store, record._id), record)
      const kept = await store.claim(newClaim({ key: claim.key }), patient)
      t.equal(kept?.fingerprint, 'fingerprint')
      t.equal(JSON.stringify(kept?.integration), JSON.stringify(record), 'with its properties in the same order')
      const held = await store.find(record._id, patient)
      if (held === null) throw new Error('it is there')
      await store.replace(held, { ...record, name: 'changed' }, patient)
      t.equal(JSON.stringify((await store.claim(newClaim({ key: claim.key }), patient))?.integration), JSON.stringify(record),
        'whatever becomes of it')
    }
  })

  await t.test('keeps no reference to what it was given or has given', async (t) => {
    const store = await create()
    const record = outgoingRecord({ name: 'original' })
    const claim = newClaim()
    await store.claim(claim, patient)
    await store.insertClaimed(record, claim, patient)
    record.name = 'spoilt'
    const kept = await store.claim(newClaim({ key: claim.key }), patient)
    t.equal(kept?.integration?.name, 'original')
    if (kept?.integration) kept.integration.name = 'spoilt'
    t.equal((await store.claim(newClaim({ key: claim.key }), patient))?.integration?.name, 'original')
  })

  await t.test('inserts only with a claim that is held', async (t) => {
    const store = await create()
    const never = newClaim()
    t.equal(await store.insertClaimed(outgoingRecord({ _id: 'never' }), never, patient), false)
    const released = newClaim()
    await store.claim(released, patient)
    await store.release(released, patient)
    t.equal(await store.insertClaimed(outgoingRecord({ _id: 'released' }), released, patient), false)
    const others = newClaim()
    await store.claim(others, patient)
    t.equal(await store.insertClaimed(outgoingRecord({ _id: 'others' }), newClaim({ key: others.key }), patient), false)
    const lapsed = newClaim({ lapsesAfter: 20 })
    await store.claim(lapsed, patient)
    await sleep(40)
    t.equal(await store.insertClaimed(outgoingRecord({ _id: 'lapsed' }), lapsed, patient), false)
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
    await store.insertClaimed(outgoingRecord(), claim, patient)
    await store.release(claim, patient)
    await sleep(150)
    t.ok((await store.claim(newClaim({ key: claim.key }), patient))?.integration, 'longer than the claim')
    await until('it is forgotten', async () => await store.claim(newClaim({ key: claim.key }), patient) === null)
    t.ok(await found(store, outgoingRecord()._id), 'the integration stays')
  })

  await t.test('a taken _id leaves the claim as it is', async (t) => {
    const store = await create()
    await store.insert(incomingRecord({ _id: 'taken' }), patient)
    const claim = newClaim()
    await store.claim(claim, patient)
    await t.rejects(async () => store.insertClaimed(outgoingRecord({ _id: 'taken' }), claim, patient), Error)
    t.strictSame(await store.claim(newClaim({ key: claim.key }), patient), { fingerprint: 'fingerprint', integration: null })
    t.equal(await store.insertClaimed(outgoingRecord({ _id: 'free' }), claim, patient), true)
  })

  await t.test('starts no write for a caller that gave up', async (t) => {
    const store = await create()
    const claim = newClaim()
    await Promise.allSettled([(async () => store.claim(newClaim({ key: claim.key }), givenUp))()])
    t.equal(await store.claim(claim, patient), null)
    await Promise.allSettled([(async () => store.insertClaimed(outgoingRecord({ _id: 'late' }), claim, givenUp))()])
    t.equal(await found(store, 'late'), null)
  })
}
