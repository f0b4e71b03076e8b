import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { type Integration, type IntegrationsOptions, type IntegrationStore, MemoryStore } from '../../../lib/index.ts'
import { incomingRecord, outgoingRecord, patient } from '../../support/integrations.ts'
import { storeWith } from '../../support/store-with.ts'
import { onEachStore } from '../../support/stores.ts'
import { type Member, members, workspace } from '../../support/workspace.ts'

async function start (t: Test, store: IntegrationStore, options: Partial<IntegrationsOptions> = {}): Promise<FastifyInstance['integrations']> {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), ...options, store })
  return app.integrations
}

async function fill (store: IntegrationStore, records: readonly Integration[]): Promise<void> {
  for (let first = 0; first < records.length; first += 200) {
    await Promise.all(records.slice(first, first + 200).map((record) => store.insert(record, {}, patient)))
  }
}

const idsOf = ({ integrations }: { integrations: readonly Integration[] }): string[] => integrations.map(({ _id }) => _id)

onEachStore('sorting by a field without an index is limited, and says so', async (t, newStore) => {
  const store = newStore()
  const integrations = await start(t, store)
  await fill(store, Array.from({ length: 1000 }, (_, i) => incomingRecord({ _id: `id${i}`, username: `user ${(i * 7) % 1000}`, name: `n${i % 10}` })))
  const sort = '{"username":1}'
  t.match(await integrations.list(members.admin, { sort, count: 5 }), { count: 5, total: 1000, integrations: [{ username: 'user 0' }, { username: 'user 1' }, { username: 'user 10' }] })
  t.match(await integrations.list(members.admin, { sort, count: 0 }), { count: 1000, total: 1000 })
  t.match(await integrations.list(members.admin, { sort, offset: 95, name: 'N3' }), { count: 5, total: 100 })
  await store.insert(incomingRecord({ _id: 'one too many' }), {}, patient)
  for (const [sort, name] of [['{"username":1}', undefined], ['{"name":1,"_createdAt":1}', undefined], ['{"channel":-1}', 'n3']] as const) {
    await t.rejects(integrations.list(members.admin, { sort, ...(name && { name }) }), {
      code: 'error-invalid-sort',
      message: `Only _createdAt or name, alone, can sort more than 1000 integrations, and there are 1001. Invalid sort parameter provided: "${sort}" [error-invalid-sort]`,
      details: { field: 'sort', limit: 1000 }
    })
  }
  t.match(await integrations.list(members.admin, { sort, type: 'webhook-outgoing' }), { count: 0 }, 'what is in sight counts')
  t.match(await integrations.list(members.owner, { sort }), { count: 0 })
  for (const sort of ['{"name":1}', '{"_createdAt":1}', '{"ts":-1}', '', '  ']) {
    t.match(await integrations.list(members.admin, { sort }), { count: 50, total: 1001 }, 'with an index there is no limit')
  }
})

onEachStore('sorts by every field and by several', async (t, newStore) => {
  const store = newStore()
  const integrations = await start(t, store)
  const records = Array.from({ length: 24 }, (_, i): Integration => {
    const fields = {
      _id: `id${String(i).padStart(2, '0')}`,
      name: ['beta', 'Alpha', '😀', '\uFFFD'][i % 4] ?? '',
      username: `user ${i % 3}`,
      enabled: i % 2 === 0,
      channel: i % 5 === 0 ? [] : [`#${i % 5}`, '#z'],
      _createdAt: new Date(1_483_709_026_018 + i * 1000).toISOString(),
      _updatedAt: new Date(1_583_709_026_018 + ((i * 7) % 24) * 1000).toISOString(),
      _createdBy: { _id: `u${23 - i}`, username: `creator ${i % 4}` }
    }
    return i % 3 === 0 ? incomingRecord(fields) : outgoingRecord(fields)
  })
  await fill(store, records.toReversed())
  const values: Record<string, (integration: Integration) => string> = {
    _createdAt: ({ _createdAt }) => _createdAt,
    ts: ({ _createdAt }) => _createdAt,
    name: ({ name }) => ['Alpha', 'beta', '\uFFFD', '😀'].indexOf(name).toString(),
    username: ({ username }) => username,
    _updatedAt: ({ _updatedAt }) => _updatedAt,
    type: ({ type }) => type,
    enabled: ({ enabled }) => enabled ? '1' : '0',
    channel: ({ channel }) => channel.join(),
    _createdBy: ({ _createdBy }) => _createdBy.username
  }
  const sorts = [
    ...Object.keys(values).flatMap((field) => [{ [field]: 1 }, { [field]: -1 }]),
    { type: 1, name: -1 }, { type: -1, name: 1, username: 1 }, { enabled: 1, ts: -1 }, { channel: 1, _createdBy: -1, _updatedAt: 1 }, { name: 1, _createdAt: 1 }
  ]
  for (const sort of sorts) {
    const keys = Object.entries(sort)
    const expected = records.toSorted((a, b) => {
      for (const [field, direction] of [...keys, ['ts', keys.at(-1)?.[1] ?? 1] as const]) {
        const [x, y] = [values[field]?.(a) ?? '', values[field]?.(b) ?? '']
        if (x !== y) return x < y ? -direction : direction
      }
      return 0
    })
    for (const [offset, count] of [[0, 100], [5, 7]] as const) {
      const page = await integrations.list(members.admin, { sort: JSON.stringify(sort), offset, count })
      t.strictSame(idsOf(page), idsOf({ integrations: expected }).slice(offset, offset + count), JSON.stringify(sort))
      t.equal(page.total, 24)
    }
  }
})

test('a removal while a list is sorted hides no other integration', async (t) => {
  const inner = new MemoryStore()
  await fill(inner, Array.from({ length: 350 }, (_, i) => incomingRecord({ _id: `id${i}`, username: `${i % 50}`, _createdAt: new Date(i).toISOString() })))
  let asked = 0
  const integrations = await start(t, storeWith({
    async list (query, call) {
      const page = await inner.list(query)
      if (query.count > 0) {
        const read = inner.find(`id${asked++ * 2}`)
        if (read !== null) inner.remove(read, call)
      }
      return page
    }
  }, inner))
  const page = await integrations.list(members.admin, { sort: '{"username":1}', count: 0 })
  const ids = idsOf(page)
  t.ok(asked >= 3)
  t.equal(new Set(ids).size, ids.length)
  const { integrations: left } = await inner.list({ scopes: [{ type: 'webhook-incoming' }], sortBy: 'creation', descending: false, offset: 0, count: 1000 })
  t.strictSame(ids.toSorted(), idsOf({ integrations: left }).toSorted())
})

onEachStore('a list that is larger than an answer may be is refused, and says how many fit', async (t, newStore) => {
  const store = newStore()
  const integrations = await start(t, store, { maxListBytes: 50_000 })
  await fill(store, Array.from({ length: 20 }, (_, i) => outgoingRecord({ _id: `id${i}`, script: 'ö'.repeat(5000), _createdAt: new Date(i).toISOString() })))
  for (const sort of ['{"ts":1}', '{"name":1}', '{"username":1}']) {
    t.match(await integrations.list(members.admin, { sort, count: 4 }), { count: 4, total: 20 })
    await t.rejects(integrations.list(members.admin, { sort, count: 0 }), {
      code: 'error-list-too-large',
      statusCode: 400,
      message: 'The integrations are larger than the 50000 bytes that one answer may be. Ask for 4 at a time: that many fit. [error-list-too-large]',
      details: { limit: 50_000, fits: 4 }
    }, sort)
  }
  t.match(await integrations.list(members.admin, { name: 'rest', count: 4, offset: 3 }), { count: 4, total: 20 })
  await t.rejects(integrations.list(members.admin, { name: 'rest' }), { code: 'error-list-too-large', details: { fits: 4 } })
  await store.insert(outgoingRecord({ _id: 'large', script: 'x'.repeat(60_000), _createdAt: new Date(100).toISOString() }), {}, patient)
  for (const sort of ['{"ts":-1}', '{"username":-1}']) {
    await t.rejects(integrations.list(members.admin, { sort, count: 1 }), {
      code: 'error-list-too-large', message: /Not even the first of them fits\. \[/, details: { limit: 50_000, fits: 0 }
    })
  }
})

onEachStore('8,000 scripts of 64 KiB do not end the process', async (t, newStore) => {
  const store = newStore()
  const integrations = await start(t, store)
  // Half a gigabyte in sight; what is written is small, so that the test is.
  const script = 'x'.repeat(65_536)
  await fill(store, Array.from({ length: 600 }, (_, i) => incomingRecord({ _id: `id${i}`, script })))
  const before = process.memoryUsage().rss
  await t.rejects(integrations.list(members.admin, { count: 0 }), { code: 'error-list-too-large', details: { limit: 16_777_216, fits: 254 } })
  await t.rejects(integrations.list(members.admin, { count: 0, sort: '{"username":1}' }), { code: 'error-list-too-large' })
  t.match(await integrations.list(members.admin, { count: 100 }), { count: 100, total: 600 })
  t.ok(process.memoryUsage().rss - before < 400 * 2 ** 20, 'a list holds little more than one answer')
})

test('a page of a search is not too far away', async (t) => {
  const integrations = await start(t, new MemoryStore())
  t.match(await integrations.list(members.admin, { name: 'x', offset: 99_950, count: 50 }), { count: 0 })
  await t.rejects(integrations.list(members.admin, { name: 'x', offset: 99_951, count: 50 }), {
    code: 'invalid-params', message: '/offset must not go beyond the first 100000 integrations together with name'
  })
  t.match(await integrations.list(members.admin, { offset: 10_000_000 }), { count: 0 }, 'without a name, there is no limit')
  t.match(await integrations.list(members.admin, { name: ' ', offset: 10_000_000 }), { count: 0 }, 'a blank name is none')
})

test('an integration is answered with the fields of its schema, in one order, whatever the store adds', async (t) => {
  const store = new MemoryStore()
  const caller: Member = members.admin
  const integrations = await start(t, store)
  const first = await integrations.create(caller, { type: 'webhook-incoming', name: 'n', enabled: true, username: 'rocket.cat', channel: '#general', scriptEnabled: true, script: '(' })
  const read = store.find(first._id)
  if (read === null) throw new Error('it is there')
  const other: Integration = { ...Object.fromEntries(Object.entries(read.integration).reverse()), ...read.integration }
  const { _createdBy } = other
  store.replace(read, Object.assign(
    { ...other, later: { deep: true }, _createdBy: { secret: 'x', username: _createdBy.username, _id: _createdBy._id } }, { passwordHash: 'x' }), patient)
  const text = JSON.stringify(first)
  t.equal(JSON.stringify(await integrations.get(caller, { integrationId: first._id })), text)
  t.equal(JSON.stringify((await integrations.list(caller)).integrations), `[${text}]`)
  t.equal(JSON.stringify(await integrations.remove(caller, { type: 'webhook-incoming', integrationId: first._id })), text)
})
