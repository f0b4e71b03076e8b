import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations, { type Integration, type IntegrationStore, MemoryStore } from '../../lib/index.ts'
import { incomingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { storeWith } from '../support/store-with.ts'
import { unavailable } from '../support/unavailable.ts'
import { unchecked } from '../support/unchecked.ts'
import { members, workspace } from '../support/workspace.ts'

/** A store of a host whose table has more columns than an integration has fields. */
function storeWithColumns (store: IntegrationStore = new MemoryStore()): IntegrationStore {
  const row = (integration: Integration): Integration =>
    unchecked({ ...integration, tenant: 'COLUMN', _createdBy: { ...integration._createdBy, email: 'COLUMN' } })
  return storeWith({
    find: async (id, call) => {
      const found = await store.find(id, call)
      return found && { ...found, integration: row(found.integration) }
    },
    list: async (query, call) => {
      const page = await store.list(query, call)
      return { ...page, integrations: page.integrations.map(row) }
    }
  }, store)
}

test('a column that a host keeps beside the fields reaches nobody', async (t) => {
  const changes: unknown[] = []
  const { hasPermission, directory } = workspace()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, {
    authenticate: () => members.admin, hasPermission, directory, store: storeWithColumns(), onChange: (change) => { changes.push(change) }
  })
  const { integrations } = app
  const { admin } = members
  const { _id: integrationId, type } = await integrations.create(admin, incomingBody, { idempotencyKey: 'k' })
  const seen: unknown[] = [
    await integrations.create(admin, incomingBody, { idempotencyKey: 'k' }),
    await integrations.get(admin, { integrationId }),
    await integrations.list(admin),
    await integrations.update(admin, { type, integrationId, name: 'new' }),
    await integrations.regenerateToken(admin, { integrationId }),
    (await app.inject({ url: `/api/v1/integrations.get?integrationId=${integrationId}` })).json(),
    (await app.inject({ url: '/api/v1/integrations.list' })).json(),
    await integrations.remove(admin, { type, integrationId })
  ]
  await app.close()
  t.equal(changes.length, 4)
  t.match(seen, [{ name: 'testHook' }, { name: 'testHook' }, { total: 1 }, { name: 'new' }, { name: 'new' }, { success: true }, { success: true }, { name: 'new' }])
  t.notMatch(JSON.stringify([seen, changes]), /COLUMN/)
})

test('a store gets its own answer back when it is asked to change it', async (t) => {
  const memory = new MemoryStore()
  await memory.insert(incomingRecord(), {}, patient)
  const answered = new Set<unknown>()
  const given: unknown[] = []
  const client = await startClient(t, {
    store: storeWith({
      find: async (id) => {
        const found = await memory.find(id)
        answered.add(found)
        return found
      },
      replace: (previous, next) => { given.push(previous); return memory.replace(previous, next, patient) },
      remove: (previous) => { given.push(previous); return memory.remove(previous, patient) }
    }, memory)
  })
  const { _id: integrationId, type } = incomingRecord()
  t.equal((await client.send('update', { type, integrationId, name: 'new' })).status, 200)
  t.equal((await client.send('remove', { type, integrationId })).status, 200)
  t.equal(given.length, 2)
  for (const state of given) t.ok(answered.has(state))
})

const { _id } = outgoingRecord()
const broken = incomingRecord({ channel: unchecked('SECRET') })

for (const [method, answers, ask, why] of [
  ['find', [5, 'x', [], {}, { integration: incomingRecord() }, { revision: '1' }, { revision: ' ', integration: incomingRecord() },
    { revision: '1', integration: null }, { revision: '1', integration: broken }],
  { get: { integrationId: _id } }, /^store\.find must answer an integration and its revision, or null; /],
  ['findByTargetUrl', [5, {}, { revision: '1', integration: broken }],
    { remove: { type: 'webhook-outgoing', target_url: 'http://a/' } }, /^store\.findByTargetUrl must answer an integration/],
  ['list', [undefined, null, [], { integrations: [] }, { integrations: {}, total: 1 }, { integrations: [null], total: 1 }, { integrations: ['x'], total: 1 },
    { integrations: [broken], total: 1 }, { integrations: [{ _id }], total: 1 }, { integrations: [], total: '1' }, { integrations: [], total: -1 },
    { integrations: [], total: 1, unreadable: 5 }, { integrations: [], total: 1, unreadable: [1] }],
  { list: {} }, /^store\.list must answer integrations and their total/]
] as const) {
  test(`store.${method} that answers something else is a 503, and the log names it`, async (t) => {
    for (const answer of answers) {
      for (const later of [false, true]) {
        const log = captureLog()
        const store = storeWith({ [method]: unchecked(() => (later ? Promise.resolve(answer) : answer)) })
        const client = await startClient(t, { store }, { logger: log.logger })
        const [[endpoint, input] = ['', {}]] = Object.entries(ask)
        const reply = endpoint === 'remove' ? await client.send(endpoint, input) : await client.query(endpoint, input)
        unavailable(t, reply, JSON.stringify(answer))
        const failure = log.lines().find(({ err }) => err !== undefined)
        t.match(failure, { level: 50, err: { code: 'FCI_ERR_ADAPTER_ANSWER', message: why } })
        t.notMatch(log.text(), /SECRET/)
      }
    }
  })
}

test('the log says which field of a record does not fit', async (t) => {
  const log = captureLog()
  const client = await startClient(t, { store: storeWith({ list: () => ({ integrations: [incomingRecord(), broken], total: 2 }) }) }, { logger: log.logger })
  unavailable(t, await client.query('list', {}), 'refused')
  t.match(log.lines().find(({ err }) => err !== undefined), {
    err: { message: 'store.list must answer integrations and their total; of one of them: its field /channel does not fit' }
  })
})
