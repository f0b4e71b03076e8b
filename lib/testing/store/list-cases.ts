import assert from 'node:assert/strict'
import type { Integration } from '../../../schemas/index.ts'
import type { IntegrationScope, IntegrationStore, ListPage, ListQuery } from '../../ports/store.ts'
import { incomingRecord, outgoingRecord, patient } from '../samples.ts'
import type { StoreCases } from './store-under-test.ts'

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

const records: readonly Integration[] = Array.from({ length: 60 }, (_, i) => {
  const fields = {
    _id: `id${(i * 37) % 60}`,
    name: `${names[i % names.length]}${i % 3 === 0 ? '' : i}`,
    // Many at the same moment, so that the _id has to decide.
    _createdAt: new Date(1_483_709_026_018 + (i % 4)).toISOString(),
    _createdBy: { _id: `u${i % 3}`, username: `user ${i % 3}` }
  }
  return i % 2 === 0 ? incomingRecord(fields) : outgoingRecord({ ...fields, urls: [`http://a.example/${i % 5}`, 'http://b.example/'] })
})

/** A list holds the integrations of its scopes in their order; a look-up by URL answers the oldest one. */
export const listCases: StoreCases = {
  async 'every order, direction, set of scopes, filter and page is as a filter and a sort make it' (create) {
    const { store } = await create()
    for (const record of records) await store.insert(record, {}, patient)
    for (const scopes of scopeSets) {
      for (const sortBy of ['creation', 'name'] as const) {
        const ordered = sorted(scopes, sortBy)
        for (const descending of [false, true]) {
          for (const filter of [{}, { nameContains: 'Ä' }, { nameContains: 'b' }, { nameContains: 'none' }]) {
            for (const [offset, count] of [[0, 10], [0, 1000], [7, 5], [29, 3], [58, 10], [1000, 5], [3, 0]] as const) {
              const query: ListQuery = { scopes, sortBy, descending, offset, count, ...filter }
              assertPage(await store.list(query, patient), expectedPage(ordered, query), JSON.stringify(query))
            }
          }
        }
      }
    }
  },

  async 'findByTargetUrl answers the oldest integration of the scope' (create) {
    const { store } = await create()
    for (const record of records) await store.insert(record, {}, patient)
    for (const url of ['http://a.example/1', 'http://b.example/', 'http://nowhere.example/']) {
      for (const creatorId of [undefined, 'u0', 'u1', 'nobody']) {
        const scope: IntegrationScope = { type: 'webhook-outgoing', ...(creatorId !== undefined && { creatorId }) }
        const oldest = sorted([scope], 'creation').find((record) => record.type === 'webhook-outgoing' && record.urls.includes(url))
        assert.deepEqual((await store.findByTargetUrl(url, scope, patient))?.integration, oldest, `${url} of ${creatorId ?? 'all creators'}`)
      }
    }
  },

  async 'names are found among thousands, in both orders and directions' (create) {
    const { store } = await create()
    const count = 6000
    const all = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? incomingRecord : outgoingRecord)({
      _id: `id${i}`,
      name: `${i % 3 === 0 ? 'Wanted' : 'other'} ${(i * 7919) % count}`,
      _createdAt: new Date(1_483_709_026_018 + ((i * 104_729) % count)).toISOString()
    }))
    await insertAll(store, all)
    const scopes: IntegrationScope[] = [{ type: 'webhook-incoming' }, { type: 'webhook-outgoing' }]
    for (const sortBy of ['creation', 'name'] as const) {
      for (const descending of [false, true]) {
        const key = ({ name, _createdAt }: Integration): string => sortBy === 'name' ? name : _createdAt
        const wanted = all.filter(({ name }) => name.startsWith('Wanted')).sort((a, b) => key(a) < key(b) ? -1 : 1)
        if (descending) wanted.reverse()
        for (const [offset, count] of [[0, 1], [0, 50], [1990, 50], [700, 300], [5000, 50]] as const) {
          const page = await store.list({ scopes, sortBy, descending, offset, count, nameContains: 'WANTED' }, patient)
          assert.equal(page.total, 2000)
          assert.deepEqual(idsOf(page.integrations), idsOf(wanted.slice(offset, offset + count)), JSON.stringify({ sortBy, descending, offset, count }))
        }
      }
    }
  },

  async 'a page larger than maxBytes says how many integrations fit' (create) {
    const { store } = await create()
    for (let i = 0; i < 10; i++) {
      await store.insert(outgoingRecord({ _id: `id${i}`, script: 'ö'.repeat(2000), _createdAt: new Date(i).toISOString() }), {}, patient)
    }
    const query: ListQuery = { scopes: [{ type: 'webhook-outgoing' }], sortBy: 'creation', descending: false, offset: 0, count: 10 }
    for (const filter of [{}, { nameContains: 'rest' }]) {
      const { fits = 0, ...page } = await store.list({ ...query, ...filter, maxBytes: 25_000 }, patient)
      assertPage(page, { integrations: [], total: 10 }, 'a page that does not fit')
      // A store may count the bytes that it holds, which are more when it encrypts them.
      assert.ok(fits >= 3 && fits <= 5, `of integrations of about 4,500 bytes, 3 to 5 fit into 25,000 bytes, and not ${fits}`)
      const whole = await store.list({ ...query, ...filter, count: fits, maxBytes: 25_000 }, patient)
      assert.deepEqual(idsOf(whole.integrations), Array.from({ length: fits }, (_, i) => `id${i}`))
      assert.equal(whole.fits, undefined, 'a page that fits')
      assert.equal((await store.list({ ...query, ...filter, maxBytes: 1000 }, patient)).fits, 0, 'not even the first integration fits')
    }
    assert.equal((await store.list(query, patient)).integrations.length, 10, 'without maxBytes there is no limit')
  }
}

/** Inserts integrations, 300 at a time. */
async function insertAll (store: IntegrationStore, all: readonly Integration[]): Promise<void> {
  for (let first = 0; first < all.length; first += 300) {
    await Promise.all(all.slice(first, first + 300).map(async (record) => await store.insert(record, {}, patient)))
  }
}

function assertPage (page: ListPage, expected: ListPage, message: string): void {
  assert.deepEqual(page.integrations, expected.integrations, message)
  assert.equal(page.total, expected.total, `the total of ${message}`)
  assert.equal(page.fits, undefined, `fits of ${message}`)
  assert.equal(page.unreadable?.length ?? 0, 0, `unreadable records of ${message}`)
}

/** The page that a query asks for of all the integrations in its scopes, in its order. */
function expectedPage (ordered: readonly Integration[], { descending, offset, count, nameContains = '' }: ListQuery): ListPage {
  const all = ordered.filter(({ name }) => name.toLowerCase().includes(nameContains.toLowerCase()))
  if (descending) all.reverse()
  return { integrations: all.slice(offset, offset + count), total: all.length }
}

/** All {@link records} of some scopes, sorted. */
function sorted (scopes: readonly IntegrationScope[], sortBy: ListQuery['sortBy']): Integration[] {
  return records
    .filter(({ type, _createdBy }) => scopes.some((scope) => scope.type === type && (scope.creatorId ?? _createdBy._id) === _createdBy._id))
    .sort((a, b) =>
      (sortBy === 'name' ? byCodePoints(a.name.toLowerCase(), b.name.toLowerCase()) : 0) ||
      byCodePoints(a._createdAt, b._createdAt) || byCodePoints(a._id, b._id))
}

/** `<` compares UTF-16 code units, in which a code point above U+FFFF stands before U+E000. */
function byCodePoints (a: string, b: string): number {
  const [left, right] = [codePointsOf(a), codePointsOf(b)]
  const different = left.findIndex((codePoint, index) => codePoint !== right[index])
  return different === -1 ? left.length - right.length : (left[different] ?? -1) - (right[different] ?? -1)
}

function codePointsOf (text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? -1)
}

function idsOf (integrations: readonly Integration[]): string[] {
  return integrations.map(({ _id }) => _id)
}
