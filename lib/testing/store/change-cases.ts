import assert from 'node:assert/strict'
import type { Integration } from '../../../schemas/index.ts'
import type { IntegrationScope } from '../../ports/store.ts'
import { held } from './read.ts'
import { givenUp, incomingRecord, outgoingRecord, patient } from '../samples.ts'
import { type StoreCases, twoInstances } from './store-under-test.ts'

/** A change is made only of the state that its caller has read. */
export const changeCases: StoreCases = {
  async 'replace and remove change only the state that was read' (create) {
    const { store } = await create()
    const first = outgoingRecord({ _id: 'one', name: 'first', urls: ['http://a/', 'http://b/'] })
    await store.insert(first, {}, patient)
    const read = await held(store, 'one')
    const second: Integration = { ...first, name: 'second', urls: ['http://b/', 'http://c/'] }
    assert.equal(await store.replace(read, second, patient), true)
    assert.equal(await store.replace(read, { ...first, name: 'third' }, patient), false, 'replace: the integration has changed')
    assert.equal(await store.remove(read, patient), false, 'remove: the integration has changed')
    const now = await held(store, 'one')
    assert.deepEqual(now.integration, second)
    assert.notEqual(now.revision, read.revision, 'another state has another revision')
    const scope: IntegrationScope = { type: 'webhook-outgoing' }
    assert.equal(await store.findByTargetUrl('http://a/', scope, patient), null, 'a URL that is gone')
    for (const url of ['http://b/', 'http://c/']) {
      assert.deepEqual((await store.findByTargetUrl(url, scope, patient))?.integration, second, url)
    }
    assert.equal(await store.remove(now, patient), true)
    assert.equal(await store.remove(now, patient), false, 'remove: the integration is gone')
    assert.equal(await store.replace(now, first, patient), false, 'replace brings nothing back')
    assert.equal(await store.find('one', patient), null)
    const page = await store.list({ scopes: [scope], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient)
    assert.deepEqual(page.integrations, [])
    assert.equal(page.total, 0)
  },

  async 'one of many changes of the same state succeeds' (create) {
    const stores = await twoInstances(create)
    await stores[0].insert(incomingRecord({ _id: 'one' }), {}, patient)
    const read = await held(stores[0], 'one')
    const outcomes = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      const store = stores[i % 4 < 2 ? 0 : 1]
      return i % 2 === 0
        ? await store.remove(read, patient)
        : await store.replace(read, { ...read.integration, name: `writer ${i}` }, patient)
    }))
    assert.equal(outcomes.filter((won) => won).length, 1, 'one change succeeds')
  },

  async 'no replace or remove starts for a caller that gave up' (create) {
    const { store } = await create()
    const record = incomingRecord({ _id: 'one' })
    await store.insert(record, {}, patient)
    const read = await held(store, 'one')
    // Whether the call fails is not asked: nobody waits for its answer.
    await Promise.allSettled([(async () => store.replace(read, { ...record, name: 'late' }, givenUp))()])
    await Promise.allSettled([(async () => store.remove(read, givenUp))()])
    assert.deepEqual(await store.find('one', patient), read)
  }
}
