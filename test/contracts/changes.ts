import type { Test } from 'tap'
import { type Integration, type IntegrationScope, type IntegrationStore, type ListQuery, MemoryStore } from '../../lib/index.ts'
import { incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'

/** Looks of a store at once: every order, direction and set of scopes, in pages of several sizes. */
const scopeSets: ReadonlyArray<readonly IntegrationScope[]> = [
  [],
  [{ type: 'webhook-incoming' }],
  [{ type: 'webhook-outgoing', creatorId: 'u1' }],
  [{ type: 'webhook-incoming' }, { type: 'webhook-outgoing' }],
  [{ type: 'webhook-incoming', creatorId: 'u2' }, { type: 'webhook-outgoing' }],
  [{ type: 'webhook-incoming', creatorId: 'u1' }, { type: 'webhook-outgoing', creatorId: 'u1' }],
  [{ type: 'webhook-incoming', creatorId: 'nobody' }, { type: 'webhook-outgoing', creatorId: 'u2' }]
]

const names = ['b', 'B', 'a b', 'Äpfel', 'äpfel', '😀', '\uFFFD', 'z\0z', 'a:b', '']

/**
 * Lists, look-ups, updates and removals of a store, compared with MemoryStore,
 * whose lists are a filter and a sort.
 *
 * @param create makes a store that is empty.
 */
export async function changesContract (t: Test, create: () => Promise<IntegrationStore>): Promise<void> {
  const records: Integration[] = Array.from({ length: 60 }, (_, i) => {
    const fields = {
      _id: `id${(i * 37) % 60}`,
      name: `${names[i % names.length]}${i % 3 === 0 ? '' : i}`,
      // Many at the same moment, so that the _id has to decide.
      _createdAt: new Date(1_483_709_026_018 + (i % 4)).toISOString(),
      _createdBy: { _id: `u${i % 3}`, username: `user ${i % 3}` }
    }
    return i % 2 === 0 ? incomingRecord(fields) : outgoingRecord({ ...fields, urls: [`http://a.example/${i % 5}`, 'http://b.example/'] })
  })

  await t.test('lists what MemoryStore lists', async (t) => {
    const store = await create()
    const reference = new MemoryStore()
    for (const record of records) {
      await store.insert(record, {}, patient)
      reference.insert(record, {}, patient)
    }
    for (const scopes of scopeSets) {
      for (const sortBy of ['creation', 'name'] as const) {
        for (const descending of [false, true]) {
          for (const filter of [{}, { nameContains: 'Ä' }, { nameContains: 'b' }, { nameContains: 'none' }]) {
            for (const [offset, count] of [[0, 10], [0, 1000], [7, 5], [29, 3], [58, 10], [1000, 5], [3, 0]] as const) {
              const query: ListQuery = { scopes, sortBy, descending, offset, count, ...filter }
              const page = await store.list(query, patient)
              t.strictSame({ ...page }, { ...await reference.list(query) }, JSON.stringify(query))
            }
          }
        }
      }
    }
    for (const url of ['http://a.example/1', 'http://b.example/', 'http://nowhere.example/']) {
      for (const creatorId of [undefined, 'u0', 'u1', 'nobody']) {
        const scope: IntegrationScope = { type: 'webhook-outgoing', ...(creatorId !== undefined && { creatorId }) }
        t.strictSame((await store.findByTargetUrl(url, scope, patient))?.integration._id,
          reference.findByTargetUrl(url, scope)?.integration._id, `${url} of ${creatorId ?? 'all'}`)
      }
    }
  })

  await t.test('finds names among thousands, in both orders and directions', async (t) => {
    const store = await create()
    const count = 6000
    const all = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? incomingRecord : outgoingRecord)({
      _id: `id${i}`,
      name: `${i % 3 === 0 ? 'Wanted' : 'other'} ${(i * 7919) % count}`,
      _createdAt: new Date(1_483_709_026_018 + ((i * 104_729) % count)).toISOString()
    }))
    for (let first = 0; first < count; first += 300) {
      await Promise.all(all.slice(first, first + 300).map(async (record) => await store.insert(record, {}, patient)))
    }
    const scopes: IntegrationScope[] = [{ type: 'webhook-incoming' }, { type: 'webhook-outgoing' }]
    for (const sortBy of ['creation', 'name'] as const) {
      for (const descending of [false, true]) {
        const key = ({ name, _createdAt }: Integration): string => sortBy === 'name' ? name : _createdAt
        const sorted = all.filter(({ name }) => name.startsWith('Wanted')).sort((a, b) => key(a) < key(b) ? -1 : 1)
        if (descending) sorted.reverse()
        for (const [offset, count] of [[0, 1], [0, 50], [1990, 50], [700, 300], [5000, 50]] as const) {
          const page = await store.list({ scopes, sortBy, descending, offset, count, nameContains: 'WANTED' }, patient)
          t.equal(page.total, 2000)
          t.strictSame(page.integrations.map(({ _id }) => _id), sorted.slice(offset, offset + count).map(({ _id }) => _id),
            JSON.stringify({ sortBy, descending, offset, count }))
        }
      }
    }
  })

  await t.test('says how many integrations fit', async (t) => {
    const store = await create()
    for (let i = 0; i < 10; i++) {
      await store.insert(outgoingRecord({ _id: `id${i}`, script: 'ö'.repeat(2000), _createdAt: new Date(i).toISOString() }), {}, patient)
    }
    const query: ListQuery = { scopes: [{ type: 'webhook-outgoing' }], sortBy: 'creation', descending: false, offset: 0, count: 10 }
    for (const filter of [{}, { nameContains: 'rest' }]) {
      const { fits = 0, ...page } = await store.list({ ...query, ...filter, maxBytes: 25_000 }, patient)
      t.strictSame(page, { integrations: [], total: 10 })
      // A store may count what it holds, which is larger when it is encrypted.
      t.ok(fits >= 3 && fits <= 5, `${fits} fit`)
      const whole = await store.list({ ...query, ...filter, count: fits, maxBytes: 25_000 }, patient)
      t.strictSame(whole.integrations.map(({ _id }) => _id), Array.from({ length: fits }, (_, i) => `id${i}`))
      t.equal(whole.fits, undefined)
      t.equal((await store.list({ ...query, ...filter, maxBytes: 1000 }, patient)).fits, 0)
    }
    t.equal((await store.list(query, patient)).integrations.length, 10)
  })

  await t.test('stops looking for a name when nobody waits any more', async (t) => {
    const store = await create()
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

  await t.test('replaces and removes only the state that was read', async (t) => {
    const store = await create()
    const first = outgoingRecord({ _id: 'one', name: 'first', urls: ['http://a/', 'http://b/'] })
    await store.insert(first, {}, patient)
    const read = await store.find('one', patient)
    if (read === null) throw new Error('not found')
    const second: Integration = { ...first, name: 'second', urls: ['http://b/', 'http://c/'] }
    t.equal(await store.replace(read, second, patient), true)
    t.equal(await store.replace(read, { ...first, name: 'third' }, patient), false, 'it has changed')
    t.equal(await store.remove(read, patient), false, 'it has changed')
    const now = await store.find('one', patient)
    t.strictSame(now?.integration, second)
    t.not(now?.revision, read.revision)
    const scope: IntegrationScope = { type: 'webhook-outgoing' }
    t.equal(await store.findByTargetUrl('http://a/', scope, patient), null, 'an URL that is gone')
    for (const url of ['http://b/', 'http://c/']) t.strictSame((await store.findByTargetUrl(url, scope, patient))?.integration, second, url)
    if (now === null) throw new Error('not found')
    t.equal(await store.remove(now, patient), true)
    t.equal(await store.remove(now, patient), false, 'it is gone')
    t.equal(await store.replace(now, first, patient), false, 'nothing is brought back')
    t.equal(await store.find('one', patient), null)
    t.strictSame({ ...await store.list({ scopes: [scope], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient) }, { integrations: [], total: 0 })
  })

  await t.test('of many writers of one state, one wins', async (t) => {
    const store = await create()
    await store.insert(incomingRecord({ _id: 'one' }), {}, patient)
    const read = await store.find('one', patient)
    if (read === null) throw new Error('not found')
    const outcomes = await Promise.all(Array.from({ length: 20 }, async (_, i) => i % 2 === 0
      ? await store.remove(read, patient)
      : await store.replace(read, { ...read.integration, name: `writer ${i}` }, patient)))
    t.equal(outcomes.filter((won) => won).length, 1)
  })
}
