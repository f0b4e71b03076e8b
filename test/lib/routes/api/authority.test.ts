import type { Test } from 'tap'
import type { Permission } from '../../../../lib/index.ts'
import type { Integration, OutgoingInput } from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../../support/client.ts'
import { incoming, outgoing, refused } from '../../../support/expect.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const { admin, owner, bot } = members
const ownOnly: readonly Permission[] = ['manage-own-incoming-integrations', 'manage-own-outgoing-integrations']

// Contract 3.2: a caller that lost a permission or a room cannot switch on,
// redirect or re-arm an integration that was made with it.
onEachStore('what a caller may do now decides', async (t, newStore) => {
  await t.test('a creator that may manage only its own by now', (t) => demoted(t, newStore))
  await t.test('a creator that was thrown out of a room', (t) => thrownOut(t, newStore))
  await t.test('a user to post as that may no longer be used', (t) => postAs(t, newStore))
  await t.test('a host that refuses scripts by now', (t) => scripts(t, newStore))
  await t.test('changes that lead out of what is forbidden', (t) => wayOut(t, newStore))
  await t.test('full alone is enough for everything', (t) => full(t, newStore))
  await t.test('a user that was renamed stays the same user', (t) => renamed(t, newStore))
})

/** A host whose permissions and rooms change while it runs. */
async function start (t: Test, newStore: NewStore): Promise<Client & {
  /** What the creator may do; at first everything. */
  permissions: Set<Permission>
  /** The rooms that the creator is a member of, by `_id`. */
  rooms: Set<string>
  bots: Set<string>
}> {
  const permissions = new Set<Permission>(admin.permissions)
  const rooms = new Set(['GENERAL', 'teamId', 'secretId'])
  const bots = new Set<string>([bot._id])
  const shared = workspace()
  const client = await startClient(t, {
    ...shared,
    store: newStore(),
    hasPermission: (user, permission) => permission === 'message-impersonate'
      ? bots.has(user._id)
      : user._id === owner._id ? permissions.has(permission) : shared.hasPermission(user, permission),
    directory: { ...shared.directory, isMember: (userId, roomId) => userId === owner._id && rooms.has(roomId) }
  })
  return { ...client, permissions, rooms, bots }
}

function demote (permissions: Set<Permission>): void {
  permissions.clear()
  for (const permission of ownOnly) permissions.add(permission)
}

/** Each switches on, redirects or re-arms an outgoing webhook. */
const attacks = [
  { enabled: true }, { urls: ['http://evil.example'] }, { event: 'fileUploaded' }, { token: 'mine' }, { script: 'let a' }, { scriptEnabled: true },
  { username: owner.username }, { triggerWords: 'a' }, { triggerWordAnywhere: true }, { runOnEdits: true }, { skipTranspile: true },
  { targetRoom: '#general' }, { enabled: false, urls: ['http://evil.example'] }, { name: 'new', script: 'let b' },
  { channel: ['#general', 'all_private_groups', '#secret'] }
]

/** What its creator may do with an integration whatever else it may. */
const harmless = [
  { name: 'renamed' }, { alias: 'al' }, { alias: '' }, { avatar: '/a.png' }, { emoji: ':x:' },
  { retryFailedCalls: true }, { retryCount: 7, retryDelay: 'powers-of-two' }, { enabled: false },
  { enabled: false, name: 'off', alias: 'x', retryFailedCalls: false }, {}
]

async function attack (t: Test, client: Client, integration: Integration, check: (reply: Reply, name: string) => void): Promise<void> {
  const { _id: integrationId, type } = integration
  const stored = async (): Promise<string> => (await client.query('get', { integrationId })).text
  const before = await stored()
  for (const fields of attacks) check(await client.send('update', { type, integrationId, ...fields }, owner), JSON.stringify(fields))
  check(await client.send('regenerateToken', { integrationId }, owner), 'a new token')
  t.equal(await stored(), before, 'nothing has changed')

  // Everything as it is, in the way in which clients of Rocket.Chat send it.
  const echo = await client.send('update', { ...integration, integrationId, _updatedAt: null }, owner)
  t.equal(echo.status, 200, `sent back as it is: ${echo.text}`)
  for (const fields of harmless) {
    const reply = await client.send('update', { type, integrationId, ...fields }, owner)
    t.equal(reply.status, 200, `${JSON.stringify(fields)}: ${reply.text}`)
  }
  check(await client.send('update', { type, integrationId, enabled: true }, owner), 'once it is off, it stays off')
}

async function demoted (t: Test, newStore: NewStore): Promise<void> {
  const client = await start(t, newStore)
  const { create, send, permissions, rooms } = client
  const make = async (fields: Partial<OutgoingInput>): Promise<Integration> =>
    outgoing(t, await create({ ...outgoingBody, enabled: false, ...fields }, owner))
  const wide = await make({ channel: 'all_private_groups' })
  const speaking = await make({ impersonateUser: true })
  const global = await make({ event: 'userCreated', channel: '#team' })
  const guest = incoming(t, await create({ ...incomingBody, channel: '@guest' }, owner))
  demote(permissions)
  rooms.delete('secretId')

  await attack(t, client, wide, (reply, name) => refused(t, reply, 'error-invalid-channel', 'Invalid Channel',
    { field: 'channel', channel: 'all_private_groups' }, name))
  for (const [integration, details] of [
    [speaking, { field: 'impersonateUser', permission: 'manage-outgoing-integrations' }],
    [global, { field: 'event', event: 'userCreated', permission: 'manage-outgoing-integrations' }]
  ] as const) {
    const update = { type: integration.type, integrationId: integration._id }
    for (const fields of [{ enabled: true }, { urls: ['http://evil.example'] }, { token: 'mine' }, { script: 'let a' }]) {
      refused(t, await send('update', { ...update, ...fields }, owner), 'error-invalid-permissions',
        'Invalid permission for required Integration creation.', details, `${details.field} ${JSON.stringify(fields)}`)
    }
    refused(t, await send('regenerateToken', { integrationId: integration._id }, owner), 'error-invalid-permissions',
      'Invalid permission for required Integration creation.', details, `${details.field}: a new token`)
    t.equal((await send('update', { ...update, name: 'x', enabled: false }, owner)).status, 200)
    t.equal((await send('remove', update, owner)).status, 200, 'it can be removed')
  }
  const details = { field: 'channel', channel: '@guest' }
  refused(t, await send('regenerateToken', { integrationId: guest._id }, owner), 'error-invalid-channel', 'Invalid Channel', details, 'incoming')
  refused(t, await send('update', { type: guest.type, integrationId: guest._id, overrideDestinationChannelEnabled: true }, owner),
    'error-invalid-channel', 'Invalid Channel', details, 'incoming: anywhere')

  permissions.clear()
  t.match((await send('update', { type: wide.type, integrationId: wide._id, enabled: false }, owner)).body, { errorType: 'not_authorized' },
    'without any permission nothing is left')
}

async function thrownOut (t: Test, newStore: NewStore): Promise<void> {
  const client = await start(t, newStore)
  const { create, send, permissions, rooms } = client
  demote(permissions)
  const reading = outgoing(t, await create({ ...outgoingBody, channel: '#general,#secret' }, owner))
  const target = outgoing(t, await create({ ...outgoingBody, targetRoom: '#secret' }, owner))
  const posting = incoming(t, await create({ ...incomingBody, channel: '#secret' }, owner))
  rooms.delete('secretId')

  await attack(t, client, reading, (reply, name) => {
    const channel = name.includes('all_private_groups') ? 'all_private_groups' : '#secret'
    refused(t, reply, 'error-invalid-channel', 'Invalid Channel', { field: 'channel', channel }, name)
  })
  for (const [integration, field] of [[target, 'targetRoom'], [posting, 'channel']] as const) {
    const { _id: integrationId, type } = integration
    const details = { field, channel: '#secret' }
    refused(t, await send('regenerateToken', { integrationId }, owner), 'error-invalid-channel', 'Invalid Channel', details, `${field}: a new token`)
    refused(t, await send('update', { type, integrationId, script: 'let a' }, owner), 'error-invalid-channel', 'Invalid Channel', details, `${field}: a script`)
    t.equal((await send('update', { type, integrationId, enabled: false, name: 'x' }, owner)).status, 200)
  }
  rooms.add('secretId')
  for (const { _id: integrationId, type } of [reading, target, posting]) {
    t.equal((await send('update', { type, integrationId, enabled: true, script: 'let a' }, owner)).status, 200, 'back in the room')
    t.equal((await send('regenerateToken', { integrationId }, owner)).status, 200)
  }
}

async function postAs (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, permissions, bots } = await start(t, newStore)
  demote(permissions)
  const { _id: integrationId, type } = outgoing(t, await create(outgoingBody, owner))
  bots.clear()
  const details = { field: 'username', username: bot.username, permission: 'message-impersonate' }
  const reason = 'The user to post as lacks the permission message-impersonate'
  for (const fields of [{ enabled: true }, { urls: ['http://b.example'] }, { channel: '#team' }]) {
    refused(t, await send('update', { type, integrationId, ...fields }, owner), 'error-user-lacks-message-impersonate-permission',
      reason, details, JSON.stringify(fields))
  }
  refused(t, await send('regenerateToken', { integrationId }, owner), 'error-user-lacks-message-impersonate-permission', reason, details, 'a new token')
  t.equal((await send('update', { type, integrationId, name: 'x' }, owner)).status, 200)
  t.equal((await send('update', { type, integrationId, username: owner.username, enabled: true }, owner)).status, 200, 'as itself')
}

async function scripts (t: Test, newStore: NewStore): Promise<void> {
  const store = newStore()
  const before = await startClient(t, { store })
  const { _id: integrationId, type } = incoming(t, await before.create({ ...incomingBody, enabled: false, script: 'let a', scriptEnabled: true }))
  const { send } = await startClient(t, { store, scripts: 'refuse' })
  const reason = 'Scripts are disabled on this server'
  for (const fields of [{ enabled: true }, { channel: '#team' }, { script: 'let b' }, { username: 'guest' }, { scriptEnabled: false }]) {
    refused(t, await send('update', { type, integrationId, ...fields }), 'error-scripts-disabled', reason, { field: 'script' }, JSON.stringify(fields))
  }
  refused(t, await send('update', { type, integrationId, script: '' }), 'error-scripts-disabled', reason, { field: 'scriptEnabled' }, 'still enabled')
  refused(t, await send('regenerateToken', { integrationId }), 'error-scripts-disabled', reason, { field: 'script' }, 'a new token')
  t.equal((await send('update', { type, integrationId, name: 'x', alias: 'y', script: 'let a', scriptEnabled: true })).status, 200)
  t.equal((await send('update', { type, integrationId, script: '', scriptEnabled: false, enabled: true })).status, 200, 'without the script')
}

async function wayOut (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, permissions, rooms } = await start(t, newStore)
  const { _id: integrationId, type } = outgoing(t, await create({
    ...outgoingBody, channel: 'all_private_groups,#secret,#general', targetRoom: '#secret', impersonateUser: true
  }, owner))
  demote(permissions)
  rooms.delete('secretId')
  const update = async (fields: object): Promise<Reply> => await send('update', { type, integrationId, ...fields }, owner)
  const steps = { impersonateUser: false, channel: '#general', targetRoom: null }
  for (const left of Object.keys(steps)) {
    const fields = Object.fromEntries(Object.entries(steps).filter(([name]) => name !== left))
    t.equal((await update({ ...fields, enabled: true })).status, 400, `${left} is left`)
  }
  const mended = outgoing(t, await update({ ...steps, enabled: true }))
  t.match(mended, { enabled: true, channel: ['#general'], impersonateUser: false, targetRoom: undefined })
  t.equal((await update({ urls: ['http://b.example'] })).status, 200, 'and what is left is its own')
  for (const fields of [{ impersonateUser: true }, { event: 'roomCreated' }, { channel: '#secret' }, { targetRoom: 'secret' }, { channel: 'all_direct_messages' }]) {
    t.equal((await update(fields)).status, 400, JSON.stringify(fields))
  }
}

async function full (t: Test, newStore: NewStore): Promise<void> {
  const { create, send, permissions, rooms } = await start(t, newStore)
  permissions.clear()
  permissions.add('manage-outgoing-integrations')
  rooms.clear()
  const { _id: integrationId, type } = outgoing(t, await create({ ...outgoingBody, channel: 'all_direct_messages,#secret' }, owner))
  for (const fields of [...attacks, { impersonateUser: true, event: 'roomCreated' }]) {
    const reply = await send('update', { type, integrationId, ...fields }, owner)
    t.equal(reply.status, 200, `${JSON.stringify(fields)}: ${reply.text}`)
  }
  t.equal((await send('regenerateToken', { integrationId }, owner)).status, 200)
}

async function renamed (t: Test, newStore: NewStore): Promise<void> {
  const users = [{ _id: 'first', username: 'deploy' }]
  const shared = workspace()
  const client = await startClient(t, {
    ...shared,
    store: newStore(),
    directory: {
      ...shared.directory,
      findUser: (key) => users.find(({ _id }) => _id === key) ?? users.find(({ username }) => username === key)
    }
  })
  const { _id: integrationId, type } = incoming(t, await client.create({ ...incomingBody, enabled: false, username: 'deploy' }))
  users.splice(0, 1, { _id: 'first', username: 'renamed' }, { _id: 'second', username: 'deploy' })
  t.match(incoming(t, await client.send('update', { type, integrationId, enabled: true })), { userId: 'first' }, 'not the one that has the name by now')
  users.shift()
  refused(t, await client.send('update', { type, integrationId, channel: '#team' }), 'error-invalid-user', 'Invalid user',
    { field: 'username', username: 'deploy' }, 'the user is gone')
  t.equal((await fetch(`${client.url}/api/v1/integrations.get?integrationId=${integrationId}`, { headers: credentials(admin) })).status, 200)
}
