import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations, { type Change } from '../../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { incoming, outgoing, refused } from '../../../support/expect.ts'
import { onEachStore } from '../../../support/stores.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { members, workspace } from '../../../support/workspace.ts'

const { admin, owner } = members

onEachStore('what is easily got wrong in managing', async (t, newStore) => {
  await t.test('the guard speaks first, whoever changed what', async (t) => {
    const colleague = { ...admin, _id: 'colleagueId', username: 'colleague' }
    const client = await startClient(t, { store: newStore(), ...workspace(colleague) })
    const first = outgoing(t, await client.create(outgoingBody))
    const second = outgoing(t, await client.send('update', { type: first.type, integrationId: first._id, name: 'mine' }))
    const third = outgoing(t, await client.send('update', { type: first.type, integrationId: first._id, name: 'theirs' }, colleague))
    for (const read of [first, second]) {
      t.equal((await client.send('update', { ...read, integrationId: first._id, enabled: true })).status, 409)
    }
    t.equal((await client.send('update', { ...third, integrationId: first._id, enabled: true })).status, 200)
    const posted = incoming(t, await client.create(incomingBody))
    await client.send('regenerateToken', { integrationId: posted._id })
    t.equal((await client.send('update', { ...posted, integrationId: posted._id, enabled: false })).status, 409)
  })

  await t.test('who knows no targetRoom moves the integration with channel', async (t) => {
    const client = await startClient(t, { store: newStore() })
    const { _id: integrationId, type } = outgoing(t, await client.create({ ...outgoingBody, event: 'userCreated' }))
    const update = { ...outgoingBody, event: 'userCreated', integrationId }
    t.equal(outgoing(t, await client.send('update', { ...update, channel: '#secret' })).targetRoom, '#secret')
    refused(t, await client.send('update', { ...update, channel: '#nowhere' }), 'error-invalid-room', 'Invalid room',
      { field: 'targetRoom', channel: '#nowhere' }, 'a room that is not there')
    t.equal(outgoing(t, await client.send('update', { type, integrationId, name: 'x' })).targetRoom, '#secret', 'nothing else moves it')
    t.equal(outgoing(t, await client.send('update', { ...update, targetRoom: '#team', channel: '#general' })).targetRoom, '#team')
    t.equal(outgoing(t, await client.send('update', { type, integrationId, channel: '' })).targetRoom, '#team')
  })

  await t.test('a user as channel is checked again when another one posts', async (t) => {
    const client = await startClient(t, { store: newStore() })
    const { _id: integrationId, type } = incoming(t, await client.create({ ...incomingBody, channel: '@rocket.cat' }, owner))
    refused(t, await client.send('update', { type, integrationId, username: owner.username }, owner), 'error-invalid-channel',
      'Invalid Channel', { field: 'channel', channel: '@rocket.cat' }, 'as in a create')
  })

  await t.test('a script that was accepted once may be sent back', async (t) => {
    const store = newStore()
    const before = await startClient(t, { store })
    const record = incoming(t, await before.create({ ...incomingBody, script: 'x'.repeat(2000) }))
    const after = await startClient(t, { store, maxScriptLength: 1000 })
    t.equal((await after.send('update', { ...record, integrationId: record._id, enabled: false })).status, 200)
    t.equal((await after.send('update', { type: record.type, integrationId: record._id, script: 'y'.repeat(2000) })).status, 400)
  })

  await t.test('a capital sigma is a sigma wherever it stands', async (t) => {
    const client = await startClient(t, { store: newStore() })
    await client.create({ ...incomingBody, name: 'ΜΟΥΣΕΙΟ' })
    for (const name of ['ΜΟΥ', 'ΜΟΥΣ', 'μους', 'ΕΙΟ']) t.match((await client.query('list', { name })).body, { total: 1 }, name)
  })

  await t.test('names sort by their text, then by time', async (t) => {
    const client = await startClient(t, { store: newStore() })
    for (const name of ['ab', 'a', 'A', 'ab', 'a b']) {
      await client.create({ ...incomingBody, name })
      // Those of one millisecond sort by their _id, which is random.
      await sleep(5)
    }
    const { body } = await client.query('list', { sort: '{"name":1}' })
    t.match(body, { integrations: [{ name: 'a' }, { name: 'A' }, { name: 'a b' }, { name: 'ab' }, { name: 'ab' }] })
  })

  await t.test('blanks around an _id mean nothing', async (t) => {
    const client = await startClient(t, { store: newStore() })
    const { _id } = incoming(t, await client.create(incomingBody))
    t.equal((await client.query('get', { integrationId: ` ${_id} `, createdBy: '' })).status, 200)
    t.equal((await client.send('regenerateToken', { integrationId: ` ${_id}` })).status, 200)
  })

  await t.test('nobody is not everybody', async (t) => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(chatIntegrations, { ...workspace(), hasPermission: (_, permission) => permission.startsWith('manage-own'), store: newStore() })
    await app.ready()
    for (const user of [undefined, null, {}, { username: 'bob' }, { _id: 'x' }, { _id: '', username: 'bob' }]) {
      await t.rejects(app.integrations.list(unchecked(user)), { name: 'TypeError', message: 'the user must have an _id and a username' })
      await t.rejects(app.integrations.create(unchecked(user), incomingBody), { name: 'TypeError' })
    }
  })

  await t.test('what onChange does with a change reaches nobody', async (t) => {
    const changes: Change[] = []
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(chatIntegrations, {
      ...workspace(), store: newStore(), onChange: (change) => { changes.push(change); change.integration.channel.push('#oops') }
    })
    await app.ready()
    // A user of the host, with all that the host knows of it.
    const user = { ...admin, passwordHash: 'SECRET', hasRole: () => true }
    const created = await app.integrations.create(user, outgoingBody)
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    t.equal(changes.length, 1)
    t.strictSame(created.channel, ['#general'])
    t.strictSame(changes[0]?.by, { _id: admin._id, username: admin.username })
  })
})

test('get tells whoever may manage only its own nothing about others', async (t) => {
  const outgoingOwner = { ...owner, _id: 'outgoingOwnerId', username: 'outgoing.owner', permissions: ['manage-own-outgoing-integrations'] } as const
  const client = await startClient(t, workspace(outgoingOwner))
  const { _id: integrationId, _createdBy } = incoming(t, await client.create(incomingBody))
  const unknown = await client.query('get', { integrationId: 'unknown' }, outgoingOwner)
  for (const query of [{ integrationId }, { integrationId, createdBy: _createdBy._id }, { integrationId, createdBy: 'other' }]) {
    t.equal((await client.query('get', query, outgoingOwner)).text, unknown.text)
  }
})
