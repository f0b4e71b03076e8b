import type { Test } from 'tap'
import type { User } from '../../../../lib/index.ts'
import { eventNames } from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { incoming, outgoing, refused } from '../../../support/expect.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { members } from '../../../support/workspace.ts'

onEachStore('meaning of a create', async (t, newStore) => {
  await t.test('events', (t) => events(t, newStore))
  await t.test('events without a channel', (t) => eventsWithoutChannel(t, newStore))
  await t.test('target room', (t) => targetRoom(t, newStore))
  await t.test('user to post as', (t) => postAs(t, newStore))
  await t.test('scripts', (t) => scripts(t, newStore))
  await t.test('refused scripts', (t) => refusedScripts(t, newStore))
  await t.test('of several mistakes the first in order is reported', (t) => order(t, newStore))
})

// Contract section 2.4.
async function events (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const event of eventNames) {
    t.equal(outgoing(t, await create({ ...outgoingBody, event })).event, event)
  }
  for (const event of ['', 'sendmessage', ' sendMessage', 'constructor', '__proto__', 'toString', 'roomDeleted']) {
    refused(t, await create({ ...outgoingBody, event }), 'error-invalid-event-type', 'Invalid event type', { field: 'event', event }, event)
  }
}

async function eventsWithoutChannel (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const event of ['roomArchived', 'roomCreated', 'userCreated']) {
    for (const channel of ['', '#nowhere', 'nonsense', ['#general', '#secret']]) {
      const sent = await create({ ...outgoingBody, event, channel, targetRoom: '#general' })
      t.strictSame(outgoing(t, sent).channel, [], `${event} ${JSON.stringify(channel)}`)
    }
    refused(t, await create({ ...outgoingBody, event }, members.owner), 'error-invalid-permissions',
      'Invalid permission for required Integration creation.', { field: 'event', event, permission: 'manage-outgoing-integrations' }, event)
  }
  refused(t, await create({ ...outgoingBody, impersonateUser: true }, members.owner), 'error-invalid-permissions',
    'Invalid permission for required Integration creation.', { field: 'impersonateUser', permission: 'manage-outgoing-integrations' },
    'speaking as other people')
  t.equal(outgoing(t, await create({ ...outgoingBody, impersonateUser: true })).impersonateUser, true)
  t.equal(outgoing(t, await create({ ...outgoingBody, impersonateUser: false }, members.owner)).impersonateUser, false)
  for (const event of ['sendMessage', 'fileUploaded', 'roomJoined', 'roomLeft']) {
    outgoing(t, await create({ ...outgoingBody, event }, members.owner))
    refused(t, await create({ ...outgoingBody, event, channel: '' }), 'error-invalid-channel', 'Invalid channel', { field: 'channel' }, event)
  }
}

async function targetRoom (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const body = { ...outgoingBody, event: 'userCreated' }
  for (const [fields, target] of [
    [{ channel: '', targetRoom: '#general' }, '#general'],
    [{ channel: '#team', targetRoom: '@guest' }, '@guest'],
    [{ channel: '#general' }, '#general'],
    [{ channel: ['@guest'] }, '@guest'],
    [{ channel: '#general', targetRoom: '' }, '#general'],
    [{ channel: '#general', targetRoom: null }, '#general']
  ] as const) {
    const integration = outgoing(t, await create({ ...body, ...fields }))
    t.match(integration, { targetRoom: target, channel: [] }, JSON.stringify(fields))
  }
  for (const channel of ['', '#general,#team', 'all_public_channels', 'general', []]) {
    refused(t, await create({ ...body, channel }), 'error-invalid-targetRoom', 'Invalid Target Room', { field: 'targetRoom' }, `no target: ${JSON.stringify(channel)}`)
  }
  refused(t, await create({ ...body, channel: '#nowhere' }), 'error-invalid-room', 'Invalid room', { field: 'targetRoom', channel: '#nowhere' }, 'from channel')

  for (const event of ['userCreated', 'sendMessage', 'roomCreated']) {
    const send = (targetRoom: string): ReturnType<typeof create> => create({ ...outgoingBody, event, targetRoom })
    t.equal(outgoing(t, await send(' #team ')).targetRoom, '#team', event)
    refused(t, await send('#nowhere'), 'error-invalid-room', 'Invalid room', { field: 'targetRoom', channel: '#nowhere' }, event)
    for (const bare of ['team', 'teamId', 'guest', 'guestId']) t.equal(outgoing(t, await send(bare)).targetRoom, bare, 'a room, else a user, as it was sent')
    refused(t, await send('nowhere'), 'error-invalid-room', 'Invalid room', { field: 'targetRoom', channel: 'nowhere' }, event)
    refused(t, await send('all_public_channels'), 'error-invalid-targetRoom', 'Invalid Target Room', { field: 'targetRoom', channel: 'all_public_channels' }, event)
  }
  const own = { ...outgoingBody, targetRoom: '#secret' }
  refused(t, await create(own, members.owner), 'error-invalid-channel', 'Invalid Channel', { field: 'targetRoom', channel: '#secret' }, 'own, not a member')
  for (const targetRoom of ['#team', 'team', 'owner', 'rocket.cat']) {
    t.equal(outgoing(t, await create({ ...own, targetRoom }, members.owner)).targetRoom, targetRoom)
  }
  for (const targetRoom of ['secret', 'nowhere', 'guest']) {
    refused(t, await create({ ...own, targetRoom }, members.owner), 'error-invalid-channel', 'Invalid Channel', { field: 'targetRoom', channel: targetRoom }, 'own, none of its')
  }
  t.notOk('targetRoom' in outgoing(t, await create(outgoingBody)), 'other events have none by themselves')
}

// Contract section 2.5.
async function postAs (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const body of [incomingBody, outgoingBody]) {
    for (const username of ['', ' ', '\t']) {
      refused(t, await create({ ...body, username }), 'error-invalid-username', 'Invalid username', { field: 'username' }, 'blank')
    }
    refused(t, await create({ ...body, username: 'nobody' }), 'error-invalid-user', 'Invalid user', { field: 'username', username: 'nobody' }, 'unknown')

    const create200 = async (username: string, user: User = members.admin): Promise<unknown> =>
      Reflect.get(Object((await create({ ...body, username }, user)).body), 'integration')
    t.match(await create200('guest'), { username: 'guest', userId: 'guestId' }, 'full: any user')
    t.match(await create200('guestId'), { username: 'guest', userId: 'guestId' }, 'by _id: the username is stored')
    t.match(await create200('owner', members.owner), { username: 'owner', userId: 'ownerId' }, 'own: itself')
    t.match(await create200('rocket.cat', members.owner), { userId: 'rocket.cat' }, 'own: a bot')
    refused(t, await create({ ...body, username: 'guest' }, members.owner), 'error-user-lacks-message-impersonate-permission',
      'The user to post as lacks the permission message-impersonate',
      { field: 'username', username: 'guest', permission: 'message-impersonate' }, 'own: somebody else')
    t.match(await create({ ...body, channel: '@rocket.cat' }, members.owner), { status: 200 }, 'own: direct with the user to post as')
  }
}

// Contract section 2.6.
async function scripts (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const script = 'class Script { process_incoming_request({ request }) { return { content: { text: request.content.text } } } }'
  t.match(incoming(t, await create({ ...incomingBody, scriptEnabled: true, script })), { script, scriptEnabled: true, scriptError: undefined })

  const broken = 'class Script { process('
  const answer = incoming(t, await create({ ...incomingBody, scriptEnabled: true, script: broken }))
  t.match(answer, { script: broken, scriptError: { name: 'SyntaxError', message: String } }, 'stored with its error')
  t.strictSame(Object.keys(answer.scriptError ?? {}), ['name', 'message'], 'no stack')
  t.notOk('scriptError' in incoming(t, await create({ ...incomingBody, scriptEnabled: false, script: broken })), 'not enabled, not checked')
  t.notOk('script' in incoming(t, await create({ ...incomingBody, scriptEnabled: true })), 'enabled without a script')

  Reflect.deleteProperty(globalThis, 'scriptRan')
  for (const running of ['globalThis.scriptRan = true', '(() => { globalThis.scriptRan = true })()', 'class A { static { globalThis.scriptRan = true } }']) {
    t.notOk('scriptError' in outgoing(t, await create({ ...outgoingBody, scriptEnabled: true, script: running })))
  }
  t.equal(Reflect.get(globalThis, 'scriptRan'), undefined, 'nothing is executed')
}

async function refusedScripts (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore(), scripts: 'refuse' })
  incoming(t, await create(incomingBody))
  incoming(t, await create({ ...incomingBody, script: '' }))
  const reason = 'Scripts are disabled on this server'
  refused(t, await create({ ...incomingBody, script: '1' }), 'error-scripts-disabled', reason, { field: 'script' }, 'script')
  refused(t, await create({ ...outgoingBody, script: '1', scriptEnabled: true }), 'error-scripts-disabled', reason, { field: 'script' }, 'enabled script')
  refused(t, await create({ ...outgoingBody, scriptEnabled: true }), 'error-scripts-disabled', reason, { field: 'scriptEnabled' }, 'enabled, no script')
}

async function order (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore(), scripts: 'refuse' })
  // Each step mends the first mistake of the one before it.
  const steps: Array<[object, string, typeof members[keyof typeof members]]> = [
    [{ type: 'nonsense' }, 'Invalid integration type.', members.guest],
    [{ type: 'webhook-outgoing', name: 5 }, '/name must be a string', members.guest],
    [{ name: 'x', urls: ['nonsense'] }, '/urls/0 must be an absolute http or https URL', members.guest],
    [{ urls: [''] }, 'Unauthorized [not_authorized]', members.guest],
    [{ event: 'nonsense' }, 'Invalid event type [error-invalid-event-type]', members.owner],
    [{ event: 'sendMessage' }, 'Invalid urls [error-invalid-urls]', members.owner],
    [{ urls: ['http://a.example'] }, 'Invalid channel [error-invalid-channel]', members.owner],
    [{ channel: '#nowhere,nonsense' }, 'Invalid channel. Start with @ or # [error-invalid-channel-start-with-chars]', members.owner],
    [{ channel: '#nowhere', targetRoom: 'ALL_direct_messages' }, 'Invalid Target Room [error-invalid-targetRoom]', members.owner],
    [{ targetRoom: 'nonsense', impersonateUser: true }, 'Invalid permission for required Integration creation. [error-invalid-permissions]', members.owner],
    [{ impersonateUser: false }, 'Invalid Channel [error-invalid-channel]', members.owner],
    [{ channel: '#general' }, 'Invalid Channel [error-invalid-channel]', members.owner],
    [{ targetRoom: '' }, 'Invalid username [error-invalid-username]', members.owner],
    [{ username: 'nobody' }, 'Invalid user [error-invalid-user]', members.owner],
    [{ username: 'guest' }, 'The user to post as lacks the permission message-impersonate [error-user-lacks-message-impersonate-permission]', members.owner],
    [{ username: 'rocket.cat' }, 'Scripts are disabled on this server [error-scripts-disabled]', members.owner]
  ]
  let body: object = { ...outgoingBody, event: 'nonsense', channel: '', username: '', targetRoom: 'nonsense', script: '1' }
  for (const [change, error, user] of steps) {
    body = { ...body, ...change }
    t.match((await create(body, user)).body, { success: false, error }, error)
  }
  const { status } = await create({ ...body, script: null }, members.owner)
  t.equal(status, 200)
}
