import type { Test } from 'tap'
import type { HistoryEntry, OutgoingIntegration } from '../../../../lib/index.ts'
import { InProcessQueue, type Job, type User } from '../../../../lib/index.ts'
import { laneOf } from '../../../../lib/model/lane.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing } from '../../../support/expect.ts'
import { entryOf } from '../../../support/history.ts'
import { patient } from '../../../support/integrations.ts'
import { httpReceiver } from '../../../support/outgoing-host.ts'
import { type NewHistory, type NewStore, onEachStore } from '../../../support/stores.ts'
import { until } from '../../../support/until.ts'
import { members } from '../../../support/workspace.ts'

const { owner, guest } = members
const url = outgoingBody.urls[0]
const at = (minute: number): string => `2026-07-16T12:${String(minute).padStart(2, '0')}:00.000Z`

onEachStore('status and replay', async (t, newStore, newHistory) => {
  await t.test('the status', (t) => status(t, newStore, newHistory))
  await t.test('of which failures it tells', (t) => who(t, newStore, newHistory))
  await t.test('errors of scripts', (t) => reasons(t, newStore, newHistory))
  await t.test('a delivery is sent again', (t) => replay(t, newStore, newHistory))
  await t.test('what cannot be sent again', (t) => refused(t, newStore, newHistory))
})

/** A queue that keeps what is added, and hands out nothing. */
function idleQueue (): InProcessQueue & { readonly added: Job[] } {
  const added: Job[] = []
  const queue = new InProcessQueue()
  const add = queue.add.bind(queue)
  return Object.assign(queue, {
    added,
    add (jobs: readonly Job[], call: Parameters<typeof add>[1]) {
      added.push(...jobs)
      return add(jobs, call)
    },
    process: () => {}
  })
}

function delivery ({ _id, urls }: OutgoingIntegration, name: string, changes: Partial<HistoryEntry> = {}): HistoryEntry {
  return entryOf(_id, name, {
    type: 'outgoing-webhook',
    step: 'after-http-call',
    event: 'sendMessage',
    lane: laneOf(_id, urls[0] ?? ''),
    url: urls[0] ?? '',
    roomId: 'GENERAL',
    roomType: 'c',
    data: { bot: false, user_id: 'guestId', user_name: 'guest', channel_id: 'GENERAL', text: 'deploy now' },
    finished: true,
    ...changes
  })
}

async function statusOf (client: Client, integrationId: string): Promise<unknown> {
  const { body, status } = await client.query('status', { integrationId })
  if (status !== 200) throw new Error(JSON.stringify(body))
  return Reflect.get(Object(body), 'status')
}

async function status (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const client = await startClient(t, { store: newStore(), history, outgoing: {}, queue: idleQueue() })
  const integration = outgoing(t, await client.create({ ...outgoingBody, enabled: true }))
  const { _id } = integration
  t.strictSame(await statusOf(client, _id), { state: 'ok', since: integration._updatedAt })
  const append = (name: string, minute: number, changes: Partial<HistoryEntry> = {}): unknown =>
    history.append(delivery(integration, name, { _createdAt: at(minute), _updatedAt: at(minute), ...changes }), patient)
  await append('1', 1)
  t.strictSame(await statusOf(client, _id), { state: 'ok', since: at(1), lastSuccessAt: at(1) })
  await append('2', 2, { error: 'the receiver answered 500', finished: false })
  await append('3', 3, { error: 'the receiver answered 502' })
  t.strictSame(await statusOf(client, _id), {
    state: 'failing', since: at(2), reason: 'the receiver answered 502', lastSuccessAt: at(1), lastFailureAt: at(3)
  })
  await append('4', 4, { step: 'integration-disabled', error: 'the integration is switched off' })
  t.match(await statusOf(client, _id), { state: 'failing', lastFailureAt: at(3) }, 'what was not wanted tells nothing')
  await append('5', 5)
  t.match(await statusOf(client, _id), { state: 'ok', since: at(5), lastSuccessAt: at(5), lastFailureAt: at(3) })
  const off = await client.send('update', { type: 'webhook-outgoing', integrationId: _id, enabled: false })
  t.match(await statusOf(client, _id), { state: 'disabled', since: Reflect.get(Object(Reflect.get(Object(off.body), 'integration')), '_updatedAt') })

  const hook = incoming(t, await client.create(incomingBody))
  await history.append(entryOf(hook._id, '1', { error: 'error-no-message', _updatedAt: at(1) }), patient)
  t.match(await statusOf(client, hook._id), { state: 'failing', since: at(1), reason: 'error-no-message' })
}

/** The error of a script may hold what was said in a room that the caller has left. */
async function reasons (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const client = await startClient(t, { store: newStore(), history, outgoing: {}, queue: idleQueue() })
  const integration = outgoing(t, await client.create({ ...outgoingBody, username: owner.username, enabled: true }, owner))
  const { _id } = integration
  const error = 'threw: Error: what was said; nothing was sent'
  const step = 'execute-script-error-running-prepare_outgoing_request'
  const reasonOf = async (user: Pick<User, '_id'>): Promise<unknown> => {
    const { body } = await client.query('status', { integrationId: _id }, user)
    return Reflect.get(Object(Reflect.get(Object(body), 'status')), 'reason')
  }
  await history.append(delivery(integration, '1', { step, error, roomId: 'secretId', roomType: 'p' }), patient)
  t.equal(await reasonOf(members.admin), error)
  t.equal(await reasonOf(owner), undefined)
  t.match((await client.query('status', { integrationId: _id }, owner)).body, { status: { state: 'failing' } })
  await history.append(delivery(integration, '2', { step, error, roomId: 'teamId', roomType: 'p' }), patient)
  t.equal(await reasonOf(owner), error)
  await history.append(delivery(integration, '3', { error: 'the receiver answered 500', roomId: 'secretId', roomType: 'p' }), patient)
  t.equal(await reasonOf(owner), 'the receiver answered 500')
}

async function who (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const receiver = await httpReceiver(t, (_request, response) => { response.statusCode = 410; response.end() })
  const client = await startClient(t, {
    store: newStore(), history: newHistory(), outgoing: { allow: ['127.0.0.1:*'] }
  })
  const mine = { ...outgoingBody, username: owner.username, enabled: true }
  const { _id } = outgoing(t, await client.create(mine, owner))
  t.equal((await client.query('status', { integrationId: _id }, owner)).status, 200, 'its creator')
  t.match((await client.query('status', { integrationId: _id }, guest)).body, { success: false })
  t.not((await client.query('status', { integrationId: _id }, guest)).status, 200)
  t.match((await client.query('status', { integrationId: 'unknown' })).body, { success: false, error: 'The integration does not exists.' })
  invalid(t, await client.query('status', {}), '/integrationId', "must have required property 'integrationId'", 'none')
  t.strictSame(receiver.received, [])
}

async function replay (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const receiver = await httpReceiver(t)
  const history = newHistory()
  const client = await startClient(t, { store: newStore(), history, outgoing: { allow: ['127.0.0.1:*'] } })
  const integration = outgoing(t, await client.create({ ...outgoingBody, enabled: true, urls: [`${receiver.url}/again`] }))
  const { _id: integrationId } = integration
  await history.append(delivery(integration, 'failed', { error: 'the receiver answered 500', webhookId: 'msg_before' }), patient)
  const reply = await client.send('replayOutgoing', { integrationId, historyId: 'failed' })
  t.strictSame([reply.status, reply.body], [200, { success: true }])
  await until('it is delivered', () => receiver.received.length === 1)
  const [request] = receiver.received
  t.strictSame(JSON.parse(request?.body ?? ''), {
    token: integration.token, bot: false, user_id: 'guestId', user_name: 'guest', channel_id: 'GENERAL', text: 'deploy now'
  })
  t.match(request?.headers['webhook-id'], /^msg_\w{22}$/, 'a new one')
  t.match(request?.headers['webhook-signature'], /^v1,/)
}

async function refused (t: Test, newStore: NewStore, newHistory: NewHistory): Promise<void> {
  const history = newHistory()
  const queue = idleQueue()
  const client = await startClient(t, { store: newStore(), history, outgoing: {}, queue })
  const integration = outgoing(t, await client.create({ ...outgoingBody, enabled: true }))
  const { _id: integrationId } = integration
  const hook = incoming(t, await client.create(incomingBody))
  await history.append(delivery(integration, 'good'), patient)
  const wrong: ReadonlyArray<readonly [Partial<HistoryEntry>, string]> = [
    [{ truncated: ['data'] }, 'history-data-must-be-defined'],
    [{ data: null }, 'history-data-must-be-defined'],
    [{ data: { text: 'no user' } }, 'history-data-must-be-defined'],
    [{ event: 'nonsense' }, 'history-data-must-be-defined'],
    [{ lane: 'another' }, 'error-invalid-integration-history'],
    [{ type: 'incoming-webhook' }, 'error-invalid-integration-history']
  ]
  for (const [index, [changes, errorType]] of wrong.entries()) {
    await history.append(delivery(integration, `wrong-${index}`, changes), patient)
    const reply = await client.send('replayOutgoing', { integrationId, historyId: `wrong-${index}` })
    t.match([reply.status, reply.body], [400, { success: false, errorType }], JSON.stringify(changes))
  }
  const answers: ReadonlyArray<readonly [object, string, { _id: string }?]> = [
    [{ integrationId, historyId: 'unknown' }, 'error-invalid-integration-history'],
    [{ integrationId: 'unknown', historyId: 'good' }, 'error-invalid-integration'],
    [{ integrationId, historyId: 'good' }, 'error-invalid-integration', owner],
    [{ integrationId, historyId: 'good' }, 'not_authorized', guest],
    [{ integrationId: hook._id, historyId: 'good' }, 'integration-type-must-be-outgoing']
  ]
  for (const [body, errorType, user] of answers) t.match((await client.send('replayOutgoing', body, user)).body, { success: false, errorType }, JSON.stringify(body))
  t.strictSame(queue.added, [], 'nothing of this was queued')
  t.equal((await client.send('replayOutgoing', { integrationId, historyId: 'good' })).status, 200)
  t.match(queue.added, [{ url, integrationId, room: { _id: 'GENERAL', type: 'c' }, user: { _id: 'guestId' } }])
  t.notOk(JSON.stringify(queue.added).includes(integration.token))
  await queue.close(patient)
  t.equal((await client.send('replayOutgoing', { integrationId, historyId: 'good' })).status, 503, 'the queue takes nothing')
  await client.send('update', { type: 'webhook-outgoing', integrationId, enabled: false })
  t.match((await client.send('replayOutgoing', { integrationId, historyId: 'good' })).body, { errorType: 'error-invalid-integration', error: /switched off/ })

  const without = await startClient(t, { store: newStore(), history, outgoing: false })
  const other = outgoing(t, await without.create({ ...outgoingBody, enabled: true }))
  t.match((await without.send('replayOutgoing', { integrationId: other._id, historyId: 'good' })).body, { errorType: 'error-outgoing-disabled', error: /outgoing/ })
}
