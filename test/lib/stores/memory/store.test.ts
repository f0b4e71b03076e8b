import { test } from 'tap'
import { IdTakenError, type IntegrationStore, MemoryStore } from '../../../../lib/index.ts'
import { storeContract } from '../../../contracts/store.ts'
import { incomingRecord, patient } from '../../../support/integrations.ts'

test('MemoryStore keeps the contract of stores', (t) => storeContract(t, () => ({ store: new MemoryStore() })))

test('is not persistent, so that the plugin warns', async (t) => {
  t.equal(new MemoryStore().persistent, false)
})

test('says which _id is taken', async (t) => {
  const store: IntegrationStore = new MemoryStore()
  store.insert(incomingRecord({ _id: 'taken' }), {}, patient)
  t.throws(() => store.insert(incomingRecord({ _id: 'taken' }), {}, patient), new IdTakenError('taken'))
})

test('answers at once', async (t) => {
  const store: IntegrationStore = new MemoryStore()
  t.equal(store.insert(incomingRecord({ _id: 'here' }), {}, patient), 'inserted')
  t.strictSame(store.find('here', patient), { integration: incomingRecord({ _id: 'here' }), revision: '1' })
})

test('shares nothing with another MemoryStore', async (t) => {
  const store: IntegrationStore = new MemoryStore()
  store.insert(incomingRecord({ _id: 'here' }), {}, patient)
  const other: IntegrationStore = new MemoryStore()
  t.equal(other.find('here', patient), null)
})

test('a search among many names lets other work have its turn', async (t) => {
  const store = new MemoryStore()
  for (let index = 0; index < 35_000; index++) store.insert(incomingRecord({ _id: `id${index}`, name: `name ${index}` }), {}, patient)
  let turns = 0
  let isSearching = true
  const turn = (): void => {
    turns++
    if (isSearching) setImmediate(turn)
  }
  setImmediate(turn)
  const page = await store.list({
    scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: true, offset: 0, count: 2, nameContains: 'NAME'
  }, patient)
  isSearching = false
  t.match(page, { total: 35_000, integrations: [{ name: 'name 9999' }, { name: 'name 9998' }] })
  t.ok(turns >= 3, `${turns} turns`)
})
