import Fastify from 'fastify'
import { type Test, test } from 'tap'
import chatIntegrations, { type HistoryEntry, type HistoryStore, type IntegrationsOptions, MemoryHistory } from '../../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing } from '../../../support/expect.ts'
import { entryOf, everyEntryField } from '../../../support/history.ts'
import { patient } from '../../../support/integrations.ts'
import { type NewHistory, type NewStore, onEachStore } from '../../../support/stores.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const { admin, owner, guest } = members
const ownBody = { ...incomingBody, username: owner.username }
const empty = { history: [], offset: 0, items: 0, count: 0, total: 0, success: true }
const notFound = { success: false, error: 'No integration found.' }

onEachStore('the history', async (t, newStore, newHistory) => {
  await t.test('is listed newest first, in parts', (t) => pages(t, newStore, newHistory))
  await t.test('parameters of a list', (t) => parameters(t, newStore, newHistory))
  await t.test('is cleared', (t) => clearing(t, newStore, newHistory))
  await t.test('goes with its integration, and is shown nowhere else', (t) => removal(t, newStore, newHistory))
  await t.test('bodies of rooms that a reader with own only may not see', (t) => rooms(t, newStore, newHistory))
})

async function start (t: Test, newStore: NewStore, history: HistoryStore, options: Partial<IntegrationsOptions> = {}): Promise<Client> {
  return await startClient(t, { store: newStore(), history, ...options })
}

function entriesOf ({ body }: Reply): HistoryEntry[] {
  const { history }: { history: HistoryEntry[] } = JSON.parse(JSON.stringify(body))
  return history
}

async function fill (history: HistoryStore, integrationId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, number) => `entry-${number}`)
  for (const _id of ids) await history.append(entryOf(integrationId, _id), patient)
  return ids.reverse()
}

async function pages (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory({ maxEntries: 150 })
  const { create, query } = await start(t, newStore, history)
  const { _id: id } = incoming(t, await create(incomingBody))
  const nothing = await query('history', { id })
  t.strictSame(nothing.body, empty)
  t.equal(nothing.headers.get('content-type'), 'application/json')
  t.equal(nothing.headers.get('cache-control'), 'no-store')

  const full = entryOf(id, 'full', everyEntryField)
  await history.append(full, patient)
  const { lane, roomType, ...shown } = full
  t.ok(lane !== undefined && roomType !== undefined, 'fields that the server keeps for itself')
  t.strictSame((await query('history', { id })).body, { history: [shown], offset: 0, items: 1, count: 1, total: 1, success: true })

  const ids = [...await fill(history, id, 120), 'full']
  for (const [offset, count, expected] of [
    [undefined, undefined, [0, 50]], [0, 100, [0, 100]], [0, 5000, [0, 100]], [0, 0, [0, 100]], [30, 0, [30, 121]], [118, 10, [118, 121]],
    [121, 10, [121, 121]], [5000, 1, [121, 121]], [7, 1, [7, 8]]
  ] as const) {
    const part = ids.slice(...expected)
    const reply = await query('history', { id, ...(offset !== undefined && { offset: String(offset) }), ...(count !== undefined && { count: String(count) }) })
    t.strictSame(entriesOf(reply).map(({ _id }) => _id), part, `${offset} ${count}`)
    t.match(reply.body, { offset: offset ?? 0, items: part.length, count: part.length, total: 121, success: true })
  }
}

async function parameters (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const { create, query, url } = await start(t, newStore, history)
  const { _id: id } = incoming(t, await create(incomingBody))
  await fill(history, id, 60)
  const everything = await query('history', { id })
  t.match(everything.body, { count: 50, total: 60 })
  t.strictSame((await query('history', { id: ` ${id} ` })).body, everything.body, 'blanks around the id do not count')
  t.strictSame((await query('history', { id, offset: '', count: ' ' })).body, everything.body, 'blank counts as absent')
  t.strictSame((await query('history', { id, sort: '{"_createdAt":1}', query: '{}', fields: '{}' })).body, everything.body, 'what Rocket.Chat knows besides is ignored')
  const twice = await fetch(`${url}/api/v1/integrations.history?count=1&id=x&count=2&id=${id}&count=`, { headers: credentials(admin) })
  t.match(await twice.json(), { count: 50, total: 60 }, 'of a repeated parameter the last counts')
  for (const field of ['offset', 'count']) {
    for (const value of ['-1', '1.5', 'x', '1e3', '9'.repeat(30)]) {
      invalid(t, await query('history', { id, [field]: value }), `/${field}`, new RegExp(`^/${field} must (be an integer|not be less than 0)$`), `${field}=${value}`)
    }
  }
  for (const absent of [{}, { id: '' }, { id: ' ' }]) {
    invalid(t, await query('history', unchecked<Record<string, string>>(absent)), '/id', "must have required property 'id'", JSON.stringify(absent))
  }
  invalid(t, await query('history', { id: 'x'.repeat(5000) }), '/id', /^\/id must not be longer than/, 'a long id')
  invalid(t, await query('history', { id, cuont: '1' }), '/cuont', "/cuont is not a field of this request; did you mean 'count'?", 'unknown')

  t.strictSame((await query('history', { id: 'unknown' })).body, empty, 'an unknown id: as in Rocket.Chat')
  t.strictSame((await query('history', { id, offset: '3' }, owner)).body, { ...empty, offset: 3 }, 'one that is not the caller\'s: the same')
  const refused = await query('history', { id }, guest)
  t.equal(refused.status, 403)
  t.strictSame(refused.body, { success: false, error: 'User does not have the permissions required for this action [error-unauthorized]' })
  t.equal((await query('history', { id: 'unknown' }, guest)).status, 403)
  t.equal((await fetch(`${url}/api/v1/integrations.history?id=${id}`)).status, 401)
}

async function clearing (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const { create, query, send, url } = await start(t, newStore, history)
  const [{ _id: integrationId }, { _id: other }] = [incoming(t, await create(incomingBody)), outgoing(t, await create(outgoingBody))]
  for (const id of [integrationId, other]) await fill(history, id, 3)
  const cleared = await send('clearHistory', { integrationId: ` ${integrationId} ` })
  t.equal(cleared.status, 200)
  t.strictSame(cleared.body, { success: true })
  t.strictSame((await query('history', { id: integrationId })).body, empty)
  t.match((await query('history', { id: other })).body, { total: 3 }, 'the other one is kept')
  t.match((await query('get', { integrationId })).body, { integration: { _id: integrationId } }, 'the integration is kept')
  t.strictSame((await send('clearHistory', { integrationId })).body, { success: true }, 'also when there is nothing to clear')
  await fill(history, integrationId, 1)
  t.match((await query('history', { id: integrationId })).body, { total: 1 }, 'and it goes on')

  t.strictSame((await send('clearHistory', { integrationId: 'unknown' })).body, notFound)
  t.strictSame((await send('clearHistory', { integrationId }, owner)).body, notFound, 'not the caller\'s: as unknown')
  t.match((await send('clearHistory', { integrationId: 'unknown' }, guest)).body, { errorType: 'not_authorized', details: { permissions: { length: 4 } } })
  invalid(t, await send('clearHistory', {}), '/integrationId', "must have required property 'integrationId'", 'none')
  invalid(t, await send('clearHistory', { integrationId: ' ' }), '/integrationId', '/integrationId must not be blank', 'blank')
  invalid(t, await send('clearHistory', { integrationId: 5 }), '/integrationId', '/integrationId must be a string', 'a number')
  invalid(t, await send('clearHistory', { integrationId, historyId: 'x' }), '/historyId', /^\/historyId is not a field of this request/, 'another field')
  const form = await fetch(`${url}/api/v1/integrations.clearHistory`, {
    method: 'POST', headers: { ...credentials(admin), 'content-type': 'text/plain' }, body: JSON.stringify({ integrationId })
  })
  t.equal(form.status, 415)
  t.match((await query('history', { id: integrationId })).body, { total: 1 }, 'a request that was refused cleared nothing')
}

async function removal (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const { create, query, send } = await start(t, newStore, history)
  const created = await create(outgoingBody)
  const { _id: integrationId, type } = outgoing(t, created)
  await history.append(entryOf(integrationId, 'entry', { data: 'what happened' }), patient)
  const shown = [
    created,
    await create({ ...outgoingBody, name: 'another' }),
    await query('get', { integrationId }),
    await query('list', {}),
    await send('update', { type, integrationId, name: 'new' }),
    await send('regenerateToken', { integrationId }),
    await send('remove', { type, integrationId })
  ]
  for (const { status, text } of shown) {
    t.equal(status, 200)
    t.notMatch(text, /what happened|history/i)
  }
  t.strictSame((await query('history', { id: integrationId })).body, empty)
  t.strictSame((await send('clearHistory', { integrationId })).body, notFound)
  await until('it is cleared', async () => (await history.list(integrationId, { offset: 0, count: 1 }, patient)).total === 0)
}

async function rooms (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const asked: string[] = []
  const shared = workspace()
  const { create, query } = await start(t, newStore, history, {
    directory: {
      ...shared.directory,
      isMember (userId, roomId, call) {
        asked.push(roomId)
        return shared.directory.isMember(userId, roomId, call)
      }
    }
  })
  const own = [incoming(t, await create(ownBody, owner)), outgoing(t, await create({ ...outgoingBody, username: owner.username }, owner))]
  for (const { _id: id } of own) {
    const appended = ['secretId', 'teamId', 'secretId', undefined].map((roomId, number) =>
      entryOf(id, String(number), { data: `said in ${roomId}`, status: 200, ...(roomId !== undefined && { roomId }) }))
    for (const entry of appended) await history.append(entry, patient)
    asked.length = 0
    const [, team, , none] = appended
    const hidden = (_id: string): HistoryEntry => entryOf(id, _id, { roomId: 'secretId', status: 200, truncated: ['data'] })
    t.strictSame(entriesOf(await query('history', { id }, owner)), [none, hidden('2'), team, hidden('0')])
    t.strictSame(asked.sort(), ['secretId', 'teamId'])
    asked.length = 0
    t.strictSame(entriesOf(await query('history', { id }, admin)), appended.toReversed(), 'with the full permission: everything')
    t.strictSame(asked, [])
  }
}

test('without a history every history is empty, and clearing succeeds', async (t) => {
  const { create, query, send, url } = await startClient(t, { history: false, messenger: { post: () => ({ _id: 'message' }) } })
  const { _id, type, token } = incoming(t, await create(incomingBody))
  t.equal((await fetch(`${url}/hooks/${_id}/${token}`, { method: 'POST', body: '{"text":"hello"}' })).status, 200)
  t.strictSame((await query('history', { id: _id })).body, empty)
  t.strictSame((await send('clearHistory', { integrationId: _id })).body, { success: true })
  t.strictSame((await send('clearHistory', { integrationId: 'unknown' })).body, notFound)
  t.equal((await query('history', { id: _id }, guest)).status, 403)
  t.equal((await send('remove', { type, integrationId: _id })).status, 200)
})

test('by default the history is kept in memory, and holds what senders did without the token', async (t) => {
  const { create, query, send, url } = await startClient(t, { messenger: { post: () => ({ _id: 'message' }) } })
  const { _id: id, type, token } = incoming(t, await create(incomingBody))
  const post = async (body: string): Promise<number> => (await fetch(`${url}/hooks/${id}/${token}`, { method: 'POST', body })).status
  t.equal(await post(JSON.stringify({ text: `to /hooks/${id}/${token}`, headers: { Authorization: 'a credential' } })), 200)
  t.equal(await post('{'), 400)
  const { body, text } = await query('history', { id })
  t.match(body, {
    history: [
      { type: 'incoming-webhook', integration: { _id: id }, status: 400, data: '{', error: String, finished: true },
      { status: 200, data: { text: `to /hooks/${id}/***`, headers: { Authorization: '***' } }, messages: [{ channel: '#general', _id: 'message' }] }
    ],
    total: 2
  })
  t.notOk(text.includes(token))
  t.strictSame((await send('clearHistory', { integrationId: id })).body, { success: true })
  t.strictSame((await query('history', { id })).body, empty)
  t.equal((await send('remove', { type, integrationId: id })).status, 200)
})

test("the host's own code reads and clears under the same rules, also without management routes", async (t) => {
  const history = new MemoryHistory()
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), history, managementRoutes: false })
  t.equal((await app.inject({ url: '/api/v1/integrations.history?id=x', headers: credentials(admin) })).statusCode, 404)
  const { integrations } = app
  const { _id: id } = await integrations.create(owner, ownBody)
  const entry = entryOf(id, '1', { roomId: 'secretId', data: 'secret' })
  history.append(entry, patient)
  t.strictSame(await integrations.history(admin, { id }), { history: [entry], offset: 0, items: 1, count: 1, total: 1 })
  t.match(await integrations.history(owner, { id, count: 1 }), { history: [{ _id: '1', truncated: ['data'] }] })
  t.match(await integrations.history(admin, unchecked({ id, offset: '1' })), { history: [], offset: 1, total: 1 }, 'texts are taken as in HTTP')
  await t.rejects(integrations.history(guest, { id }), { code: 'error-unauthorized' })
  await t.rejects(integrations.history(unchecked(null), { id }), TypeError)
  await t.rejects(integrations.history(admin, unchecked(undefined)), { code: 'invalid-params' })
  await t.rejects(integrations.history(admin, unchecked({ get id () { return id } })), { code: 'invalid-params' })
  await t.rejects(integrations.clearHistory(guest, { integrationId: id }), { code: 'not_authorized' })
  await t.rejects(integrations.clearHistory(unchecked({}), { integrationId: id }), TypeError)
  await t.rejects(integrations.clearHistory(admin, { integrationId: 'unknown' }), { code: 'error-integration-not-found' })
  t.equal(history.list(id, { offset: 0, count: 1 }).total, 1)
  t.equal(await integrations.clearHistory(owner, { integrationId: id }), undefined)
  t.equal(history.list(id, { offset: 0, count: 1 }).total, 0)
})
