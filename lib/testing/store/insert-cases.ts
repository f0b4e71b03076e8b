import assert from 'node:assert/strict'
import { found, held } from './read.ts'
import { everyOutgoingOption, givenUp, incomingRecord, outgoingRecord, patient } from '../samples.ts'
import { type StoreCases, twoInstances } from './store-under-test.ts'

/** An insert adds one integration in one step, under its conditions. */
export const insertCases: StoreCases = {
  async 'a second integration with the same _id is refused' (create) {
    const { store } = await create()
    const first = incomingRecord({ _id: 'taken', name: 'first' })
    await store.insert(first, {}, patient)
    for (const second of [
      incomingRecord({ _id: 'taken', name: 'second' }),
      incomingRecord({ _id: 'taken', name: 'first', token: 'another' }),
      outgoingRecord({ _id: 'taken', name: 'first' })
    ]) {
      // A store may throw at once or later.
      await assert.rejects(async () => store.insert(second, {}, patient), Error)
      assert.deepEqual(await found(store, 'taken'), first, 'the first integration is unchanged')
    }
  },

  async 'one of many inserts of the same _id succeeds' (create) {
    const stores = await twoInstances(create)
    const rivals = Array.from({ length: 30 }, (_, index) => incomingRecord({ _id: 'wanted', name: `rival ${index}` }))
    const outcomes = await Promise.allSettled(rivals.map(async (rival, index) => stores[index % 2 === 0 ? 0 : 1].insert(rival, {}, patient)))
    const winners = rivals.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    assert.equal(winners.length, 1, 'one insert succeeds')
    for (const store of stores) assert.deepEqual(await found(store, 'wanted'), winners[0])
  },

  async 'a creator has no more integrations of each type than mostOfCreator' (create) {
    const stores = await twoInstances(create)
    const [store] = stores
    const by = (creator: string): { _createdBy: { _id: string, username: string } } => ({ _createdBy: { _id: creator, username: creator } })
    const limit = { mostOfCreator: 5 }
    for (const make of [incomingRecord, outgoingRecord]) {
      const outcomes = await Promise.all(Array.from({ length: 40 }, async (_, index) =>
        await stores[index % 2 === 0 ? 0 : 1].insert(make({ _id: `${make.name}-${index}`, ...by('one') }), limit, patient)))
      assert.equal(outcomes.filter((outcome) => outcome === 'inserted').length, 5)
      assert.equal(outcomes.filter((outcome) => outcome === 'too-many').length, 35)
    }
    assert.equal(await store.insert(incomingRecord({ _id: 'of another', ...by('two') }), limit, patient), 'inserted')
    assert.equal(await store.insert(incomingRecord({ _id: 'no limit', ...by('one') }), {}, patient), 'inserted')
    assert.equal(await store.insert(incomingRecord({ _id: 'more', ...by('one') }), { mostOfCreator: 7 }, patient), 'inserted')
    assert.equal(await store.insert(incomingRecord({ _id: 'too many', ...by('one') }), { mostOfCreator: 7 }, patient), 'too-many')
    assert.equal(await found(store, 'too many'), null)
    await store.remove(await held(store, 'more'), patient)
    assert.equal(await store.insert(incomingRecord({ _id: 'in its place', ...by('one') }), { mostOfCreator: 7 }, patient), 'inserted')
  },

  async 'many integrations are inserted at once' (create) {
    const { store } = await create()
    // The same names, creators and URLs again and again: only the _id differs.
    const records = Array.from({ length: 300 }, (_, index) => index % 2 === 0
      ? incomingRecord({ _id: `at-once-${index}` })
      : outgoingRecord({ _id: `at-once-${index}` }))
    await Promise.all(records.map(async (record) => store.insert(record, {}, patient)))
    const all = await Promise.all(records.map(async ({ _id }) => await found(store, _id)))
    assert.deepEqual(all, records)
  },

  async 'no insert starts for a caller that gave up' (create) {
    const { store } = await create()
    // Whether the call fails is not asked: nobody waits for its answer.
    await Promise.allSettled([(async () => store.insert(incomingRecord({ _id: 'late' }), {}, givenUp))()])
    assert.equal(await found(store, 'late'), null)
  },

  async 'every instance finds an integration as soon as another instance inserted it' (create) {
    const { store, reopen = () => store } = await create()
    const other = await reopen()
    for (let index = 0; index < 20; index++) {
      const [writer, reader] = index % 2 === 0 ? [store, other] : [other, store]
      const record = outgoingRecord({ _id: `seen-${index}`, ...everyOutgoingOption })
      await writer.insert(record, {}, patient)
      assert.deepEqual(await found(reader, record._id), record)
      await assert.rejects(async () => reader.insert(incomingRecord({ _id: record._id }), {}, patient), Error)
    }
    assert.equal((await found(await reopen(), 'seen-0'))?._id, 'seen-0', 'a later instance finds the first one')
  }
}
