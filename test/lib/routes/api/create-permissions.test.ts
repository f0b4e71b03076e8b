import type { Test } from 'tap'
import type { User } from '../../../../lib/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { callers, holds } from '../../../support/callers.ts'
import { startClient } from '../../../support/client.ts'
import { incoming, outgoing, refused } from '../../../support/expect.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { members, workspace } from '../../../support/workspace.ts'

type Answer = 'ok' | 'not_authorized' | 'error-invalid-room' | 'error-invalid-channel' | 'error-invalid-channel-start-with-chars'

/** What contract 2.3 grants for each kind of channel: [full, own] for incoming, [full, own] for outgoing. */
const kinds: Readonly<Record<string, { incoming: [Answer, Answer], outgoing: [Answer, Answer] }>> = {
  '#team': { incoming: ['ok', 'ok'], outgoing: ['ok', 'ok'] },
  '#teamId': { incoming: ['ok', 'ok'], outgoing: ['ok', 'ok'] },
  '#secret': { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'error-invalid-channel'] },
  '#nowhere': { incoming: ['error-invalid-room', 'error-invalid-channel'], outgoing: ['error-invalid-room', 'error-invalid-channel'] },
  '#': { incoming: ['error-invalid-room', 'error-invalid-channel'], outgoing: ['error-invalid-room', 'error-invalid-channel'] },
  '@self': { incoming: ['ok', 'ok'], outgoing: ['ok', 'ok'] },
  '@rocket.cat': { incoming: ['ok', 'ok'], outgoing: ['ok', 'ok'] },
  '@guest': { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'error-invalid-channel'] },
  '@guestId': { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'error-invalid-channel'] },
  '@nobody': { incoming: ['error-invalid-room', 'error-invalid-channel'], outgoing: ['error-invalid-room', 'error-invalid-channel'] },
  '@': { incoming: ['error-invalid-room', 'error-invalid-channel'], outgoing: ['error-invalid-room', 'error-invalid-channel'] },
  all_public_channels: { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'ok'] },
  All_Public_Channels: { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'ok'] },
  all_private_groups: { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'error-invalid-channel'] },
  all_direct_messages: { incoming: ['ok', 'error-invalid-channel'], outgoing: ['ok', 'error-invalid-channel'] },
  general: {
    incoming: ['error-invalid-channel-start-with-chars', 'error-invalid-channel-start-with-chars'],
    outgoing: ['error-invalid-channel-start-with-chars', 'error-invalid-channel-start-with-chars']
  },
  '': { incoming: ['error-invalid-channel', 'error-invalid-channel'], outgoing: ['error-invalid-channel', 'error-invalid-channel'] }
}

/** The shared workspace with the callers. They are members of #team and of no other room. */
function matrixWorkspace (): ReturnType<typeof workspace> {
  const shared = workspace(...callers)
  return {
    ...shared,
    directory: {
      ...shared.directory,
      isMember: (userId, roomId) => roomId === 'teamId' && userId.startsWith('caller')
    }
  }
}

onEachStore('permissions of a create', async (t, newStore) => {
  await t.test('matrix: 16 sets of permissions × 2 types × every kind of channel', (t) => matrix(t, newStore))
  await t.test('reasons and details', (t) => reasons(t, newStore))
  await t.test('nothing about users and rooms is learnt without permission', (t) => permissionFirst(t, newStore))
  await t.test('own cannot tell a private room from none', (t) => noProbing(t, newStore))
  await t.test('lists of channels', (t) => lists(t, newStore))
})

async function matrix (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore(), ...matrixWorkspace() })
  for (const caller of callers) {
    for (const [channel, { incoming, outgoing }] of Object.entries(kinds)) {
      const named = channel === '@self' ? `@${caller.username}` : channel
      for (const [body, [full, own]] of [[incomingBody, incoming], [outgoingBody, outgoing]] as const) {
        const direction = body.type.slice('webhook-'.length)
        const expected = holds(caller, `manage-${direction}-integrations`)
          ? full
          : holds(caller, `manage-own-${direction}-integrations`) ? own : 'not_authorized'
        const { status, body: answer } = await create({ ...body, channel: named }, caller)
        const name = `[${caller.permissions.join(' ')}] ${body.type} ${channel}`
        if (expected === 'ok') {
          const stored = named.toLowerCase().startsWith('all_') ? named.toLowerCase() : named
          t.match(answer, { success: true, integration: { channel: [stored] } }, name)
        } else {
          t.equal(status, 400, name)
          t.match(answer, { success: false, errorType: expected }, name)
        }
      }
    }
  }
}

async function reasons (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  refused(t, await create(incomingBody, members.guest), 'not_authorized', 'Unauthorized', {
    permissions: ['manage-incoming-integrations', 'manage-own-incoming-integrations']
  }, 'incoming')
  refused(t, await create(outgoingBody, members.guest), 'not_authorized', 'Unauthorized', {
    permissions: ['manage-outgoing-integrations', 'manage-own-outgoing-integrations']
  }, 'outgoing')
  const send = (channel: unknown, user: User = members.admin): ReturnType<typeof create> => create({ ...incomingBody, channel }, user)
  for (const blank of ['', '  ', ', ,', [], ['', ' ']]) {
    refused(t, await send(blank), 'error-invalid-channel', 'Invalid channel', { field: 'channel' }, `blank: ${JSON.stringify(blank)}`)
    const sent = await create({ ...outgoingBody, channel: blank })
    refused(t, sent, 'error-invalid-channel', 'Invalid channel', { field: 'channel' }, `blank, outgoing: ${JSON.stringify(blank)}`)
  }
  refused(t, await send('#general,team'), 'error-invalid-channel-start-with-chars', 'Invalid channel. Start with @ or #',
    { field: 'channel', channel: 'team' }, 'form')
  refused(t, await send('#general,#nowhere'), 'error-invalid-room', 'Invalid room', { field: 'channel', channel: '#nowhere' }, 'unknown')
  refused(t, await send('#secret', members.owner), 'error-invalid-channel', 'Invalid Channel', { field: 'channel', channel: '#secret' }, 'forbidden')
}

async function permissionFirst (t: Test, newStore: NewStore): Promise<void> {
  const asked: string[] = []
  const { create } = await startClient(t, {
    store: newStore(),
    directory: {
      findUser: (name) => { asked.push(name); return null },
      findRoom: (name) => { asked.push(name); return null },
      isMember: () => false
    }
  })
  const expected = await create(incomingBody, members.guest)
  for (const body of [
    { ...incomingBody, channel: '#nowhere' },
    { ...incomingBody, channel: '' },
    { ...incomingBody, channel: 'general' },
    { ...incomingBody, username: 'nobody' },
    { ...incomingBody, username: '' }
  ]) t.equal((await create(body, members.guest)).text, expected.text)
  const expectedOutgoing = await create(outgoingBody, members.guest)
  t.equal((await create({ ...outgoingBody, event: 'unknown' }, members.guest)).text, expectedOutgoing.text)
  t.strictSame(asked, [])

  const malformed = await create({ ...outgoingBody, urls: ['nonsense'] }, members.guest)
  t.match(malformed.body, { errorType: 'invalid-params' }, 'only the form of the body goes before the permission')
}

async function noProbing (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  for (const body of [incomingBody, outgoingBody]) {
    const answers = ['#secret', '#nowhere', '#', '@guest', '@nobody'].map(async (channel) => {
      const { status, text } = await create({ ...body, channel }, members.owner)
      return [status, text.replaceAll(JSON.stringify(channel), '"X"')]
    })
    const [first, ...rest] = await Promise.all(answers)
    for (const answer of rest) t.strictSame(answer, first)
  }
}

async function lists (t: Test, newStore: NewStore): Promise<void> {
  const { create } = await startClient(t, { store: newStore() })
  const send = (channel: unknown): ReturnType<typeof create> => create({ ...incomingBody, channel })
  for (const channel of [' #general , @guest,, #general,ALL_PUBLIC_CHANNELS,all_public_channels', [' #general ', '@guest', '', '#general', 'All_Public_Channels']]) {
    t.strictSame(incoming(t, await send(channel)).channel, ['#general', '@guest', 'all_public_channels'])
  }
  const echoed = incoming(t, await send('#general,#team'))
  t.strictSame(incoming(t, await send(echoed.channel)).channel, echoed.channel, 'what was read can be sent back')

  const directory = { ...workspace().directory, findRoom: (name: string) => ({ _id: name }) }
  const large = await startClient(t, { store: newStore(), directory })
  const rooms = Array.from({ length: 101 }, (_, i) => `#room-${i}`)
  t.equal(incoming(t, await large.create({ ...incomingBody, channel: rooms.slice(1) })).channel.length, 100)
  for (const body of [incomingBody, outgoingBody]) {
    const { body: answer } = await large.create({ ...body, channel: rooms.join(',') })
    t.match(answer, { errorType: 'invalid-params', error: '/channel must not have more than 100 entries' })
  }
  t.strictSame(outgoing(t, await large.create({ ...outgoingBody, event: 'roomCreated', channel: rooms })).channel, [],
    'the channel of an event that uses none is not looked at')
}
