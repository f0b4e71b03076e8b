import type { Test } from 'tap'
import { type Change, EncryptedStore } from '../../../../lib/index.ts'
import type { OutgoingIntegration, OutgoingIntegrationView } from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing } from '../../../support/expect.ts'
import { outgoingRecord, patient } from '../../../support/integrations.ts'
import { captureLog } from '../../../support/log.ts'
import { found } from '../../../support/store-with.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { until } from '../../../support/until.ts'
import { members } from '../../../support/workspace.ts'

const type = 'webhook-outgoing'
const form = /^whsec_[A-Za-z0-9+/]{43}=$/
const day = 24 * 60 * 60 * 1000

onEachStore('the secret of an outgoing webhook', async (t, newStore) => {
  await t.test('is made with the integration, shown where the token is, and told nowhere else', (t) => shown(t, newStore))
  await t.test('may be sent back as it was read', (t) => echo(t, newStore))
  await t.test('is renewed alone', (t) => renewed(t, newStore))
  await t.test('an integration of an earlier version gets one at its next write', (t) => earlier(t, newStore))
  await t.test('a former secret is forgotten when it signs nothing any longer', (t) => former(t, newStore))
  await t.test('an integration that is on was not switched off', (t) => switchedOff(t, newStore))
})

/** Changes an outgoing webhook, and returns what is answered. */
async function change (t: Test, { send }: Client, name: 'update' | 'regenerateToken', body: object): Promise<OutgoingIntegrationView> {
  return outgoing(t, await send(name, body))
}

async function shown (t: Test, newStore: NewStore): Promise<void> {
  const log = captureLog()
  const changes: Change[] = []
  const raw = newStore()
  const keys = [Buffer.alloc(32, 7)]
  const client = await startClient(t, {
    store: new EncryptedStore(raw, { keys, workspace: 'test' }), onChange: (change) => { changes.push(change) }
  }, { logger: log.logger })
  const { create, query, send } = client
  const created = outgoing(t, await create(outgoingBody))
  const { _id: integrationId, secret = '' } = created
  t.match(secret, form)
  t.equal(Buffer.from(secret.slice('whsec_'.length), 'base64').length, 32)
  t.not(outgoing(t, await create(outgoingBody)).secret, secret, 'each integration has its own')
  t.strictSame(outgoing(t, await query('get', { integrationId })), created)
  t.ok((await query('list', {})).text.includes(secret))
  t.notOk('secret' in incoming(t, await create(incomingBody)), 'an incoming webhook has none')

  t.notMatch(JSON.stringify(await raw.find(integrationId, patient)), secret.slice(10, 30), 'a store keeps it encrypted')
  const { secret: renewed = '' } = await change(t, client, 'regenerateToken', { integrationId, secret: true })
  t.notMatch(JSON.stringify(await raw.find(integrationId, patient)), new RegExp([secret, renewed].map((text) => text.slice(10, 30)).join('|').replaceAll('+', '\\+')), 'both of them')
  const removed = await send('remove', { type, integrationId })
  t.match(removed.body, { integration: { secret: renewed } })
  t.notMatch(removed.text, /previousSecret|until/)
  await until('all changes are told', () => changes.length === 5)
  t.match(changes.map(({ action }) => action), ['created', 'created', 'created', 'secret-regenerated', 'removed'])
  t.notMatch(JSON.stringify(changes), /whsec_|ecret"/)
  t.notMatch(log.text(), /whsec_/)
}

async function echo (t: Test, newStore: NewStore): Promise<void> {
  const client = await startClient(t, { store: newStore() })
  const { create, send } = client
  const created = outgoing(t, await create(outgoingBody))
  const integrationId = created._id
  const { secret } = await change(t, client, 'update', { ...created, integrationId, name: 'sent back' })
  t.equal(secret, created.secret)
  for (const blank of [null, '']) t.equal((await change(t, client, 'update', { type, integrationId, secret: blank })).secret, secret, 'blank means nothing')
  t.equal((await change(t, client, 'update', { type, integrationId, token: 'another token' })).secret, secret, 'a new token leaves it')
  for (const wrong of ['whsec_AAAA', `${secret} `, 5, {}]) {
    const reply = await send('update', { type, integrationId, secret: wrong })
    invalid(t, reply, '/secret', '/secret is set by the server: leave it out or send it as it was read', JSON.stringify(wrong))
    t.notMatch(reply.text, 'whsec_')
  }
  invalid(t, await create({ ...outgoingBody, secret }), '/secret', /^\/secret is not a field of a webhook-outgoing integration/, 'in a create')
  const hook = incoming(t, await create(incomingBody))
  invalid(t, await send('update', { type: hook.type, integrationId: hook._id, secret }), '/secret', /^\/secret is set by the server/, 'of an incoming webhook')
}

async function renewed (t: Test, newStore: NewStore): Promise<void> {
  const store = newStore()
  const client = await startClient(t, { store })
  const { create, send, query } = client
  const before = outgoing(t, await create(outgoingBody))
  const integrationId = before._id
  const after = await change(t, client, 'regenerateToken', { integrationId, secret: true })
  t.match(after.secret, form)
  t.not(after.secret, before.secret)
  t.ok(after._updatedAt > before._updatedAt)
  const by = { _id: 'adminId', username: 'admin' }
  t.strictSame(after, { ...before, secret: after.secret, _updatedAt: after._updatedAt, _updatedBy: by }, 'nothing else: the token stays')
  t.strictSame(outgoing(t, await query('get', { integrationId })), after)
  const { previousSecret } = await stored(store, integrationId)
  t.equal(previousSecret?.secret, before.secret)
  const left = Date.parse(previousSecret?.until ?? '') - Date.now()
  t.ok(left <= day && left > day - 60_000, 'for 24 hours')

  const again = await change(t, client, 'regenerateToken', { integrationId, secret: true })
  t.match(await stored(store, integrationId), { secret: again.secret, previousSecret: { secret: after.secret } })
  const { secret, token } = await change(t, client, 'regenerateToken', { integrationId, secret: false })
  t.equal(secret, again.secret, 'a new token leaves the secret')
  t.not(token, again.token)
  t.match(await stored(store, integrationId), { previousSecret: { secret: after.secret } }, 'and the former one')
  await change(t, client, 'update', { type, integrationId, name: 'new' })
  t.match(await stored(store, integrationId), { name: 'new', secret, previousSecret: { secret: after.secret } }, 'so does an update')

  t.strictSame((await send('regenerateToken', { integrationId, secret: true }, members.owner)).body, { success: false, error: 'No integration found.' })
  t.match((await send('regenerateToken', { integrationId, secret: true }, members.guest)).body, { errorType: 'not_authorized' })
  invalid(t, await send('regenerateToken', { integrationId, secret: 'yes' }), '/secret', '/secret must be true or false', 'a text')
  const { _id: hook, token: hookToken } = incoming(t, await create(incomingBody))
  invalid(t, await send('regenerateToken', { integrationId: hook, secret: true }), '/secret',
    '/secret does not belong to an incoming webhook: leave it out for a new token', 'an incoming webhook')
  t.match((await query('get', { integrationId: hook })).body, { integration: { token: hookToken } })
}

async function earlier (t: Test, newStore: NewStore): Promise<void> {
  const store = newStore()
  const client = await startClient(t, { store })
  const ids = { userId: 'rocket.cat', _createdBy: { _id: 'adminId', username: 'admin' } }
  for (const [_id, write] of [
    ['updated', () => change(t, client, 'update', { type, integrationId: 'updated', name: 'new' })],
    ['regenerated', () => change(t, client, 'regenerateToken', { integrationId: 'regenerated' })],
    ['renewed', () => change(t, client, 'regenerateToken', { integrationId: 'renewed', secret: true })]
  ] as const) {
    await store.insert(outgoingRecord({ _id, ...ids }), {}, patient)
    t.notOk('secret' in outgoing(t, await client.query('get', { integrationId: _id })), _id)
    const { secret } = await write()
    t.match(secret, form, _id)
    t.notOk('previousSecret' in await stored(store, _id), `${_id}: there was none before`)
    t.equal((await stored(store, _id)).secret, secret)
  }
}

async function former (t: Test, newStore: NewStore): Promise<void> {
  const store = newStore()
  const client = await startClient(t, { store })
  const ids = { userId: 'rocket.cat', _createdBy: { _id: 'adminId', username: 'admin' } }
  const integrationId = 'old'
  const previousSecret = { secret: 'whsec_former', until: new Date(Date.now() - 1000).toISOString() }
  await store.insert(outgoingRecord({ _id: integrationId, ...ids, secret: 'whsec_present', previousSecret }), {}, patient)
  t.equal((await change(t, client, 'update', { type, integrationId, name: 'new' })).secret, 'whsec_present')
  t.notOk('previousSecret' in await stored(store, integrationId))
}

async function switchedOff (t: Test, newStore: NewStore): Promise<void> {
  const store = newStore()
  const client = await startClient(t, { store })
  const ids = { userId: 'rocket.cat', _createdBy: { _id: 'adminId', username: 'admin' } }
  const integrationId = 'off'
  const reason = { at: '2017-01-06T13:23:46.018Z', reason: 'the receiver has answered 410' }
  await store.insert(outgoingRecord({ _id: integrationId, ...ids, switchedOff: reason }), {}, patient)
  t.notOk('switchedOff' in await change(t, client, 'update', { type, integrationId, name: 'new' }), 'it is not answered')
  await change(t, client, 'regenerateToken', { integrationId, secret: true })
  t.strictSame((await stored(store, integrationId)).switchedOff, reason, 'still off')
  await change(t, client, 'update', { type, integrationId, enabled: true })
  t.notOk('switchedOff' in await stored(store, integrationId))
}

async function stored (store: ReturnType<NewStore>, id: string): Promise<OutgoingIntegration> {
  const integration = await found(store, id)
  if (integration?.type !== 'webhook-outgoing') throw new Error(`there is no outgoing webhook ${id}`)
  return integration
}
