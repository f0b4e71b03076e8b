import type { Test } from 'tap'
import type { Change, Integration, IntegrationStore } from '../../../../lib/index.ts'
import { type IntegrationView, internalFields, type OutgoingInput } from '../../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'
import { type Client, type Reply, startClient } from '../../../support/client.ts'
import { incoming, invalid, outgoing, refused } from '../../../support/expect.ts'
import { follow } from '../../../support/follower.ts'
import { integrationOf, patient, withoutIds } from '../../../support/integrations.ts'
import { type NewStore, onEachStore } from '../../../support/stores.ts'
import { until } from '../../../support/until.ts'
import { credentials, members, workspace } from '../../../support/workspace.ts'

const { admin, owner } = members

// Contract, second part: what `channel` and `targetRoom` name is resolved when it is written.
// A renamed room keeps its integrations; a new room with the old name inherits nothing.
onEachStore('ids, not names', async (t, newStore) => {
  await t.test('a create notes what each name stands for', (t) => noted(t, newStore))
  await t.test('a renamed room keeps its integrations', (t) => renamedRoom(t, newStore))
  await t.test('a new room with the old name inherits nothing', (t) => newRoom(t, newStore))
  await t.test('a room that is gone is not replaced by another one', (t) => removedRoom(t, newStore))
  await t.test('a target room', (t) => targetRoom(t, newStore))
  await t.test('records of earlier versions', (t) => oldRecord(t, newStore))
  await t.test('a caller with its own integrations only', (t) => ownOnly(t, newStore))
  await t.test('a renamed user', (t) => renamedUser(t, newStore))
  await t.test('answers and changes have no ids, the feed has them', (t) => notReturned(t, newStore))
})

interface Place {
  readonly _id: string
  name: string
}

/** A host whose rooms and users change while it runs. */
interface World extends Client {
  readonly store: IntegrationStore
  readonly rooms: Place[]
  readonly users: Place[]
  /** The rooms that the owner is a member of, by `_id`. */
  readonly joined: Set<string>
  readonly changes: Change[]
  /** Gives a room another name, and its name to a new room. */
  replaceRoom (_id: string): void
  /** Changes an integration, by default as the administrator. */
  update (integration: IntegrationView, fields: object, user?: typeof admin | typeof owner): Promise<Reply>
  /** The ids that the store has of an integration. */
  idsOf (integration: IntegrationView): Promise<{ channelIds?: readonly string[], targetRoomId?: string }>
  /** Makes a record what an earlier version left behind. */
  forgetIds (integration: IntegrationView): Promise<void>
}

async function start (t: Test, newStore: NewStore): Promise<World> {
  const store = newStore()
  const rooms: Place[] = [{ _id: 'r1', name: 'general' }, { _id: 'r2', name: 'team' }, { _id: 'r3', name: 'secret' }]
  const users: Place[] = Object.values(members).map(({ _id, username }) => ({ _id, name: username }))
  const joined = new Set(['r1', 'r2'])
  const changes: Change[] = []
  const find = (places: readonly Place[], key: string): Place | undefined =>
    places.find(({ _id }) => _id === key) ?? places.find(({ name }) => name === key)
  const client = await startClient(t, {
    ...workspace(),
    store,
    directory: {
      findRoom: (key) => find(rooms, key),
      findUser: (key) => {
        const user = find(users, key)
        return user && { _id: user._id, username: user.name }
      },
      isMember: (userId, roomId) => userId === owner._id && joined.has(roomId)
    },
    onChange: (change) => { changes.push(change) }
  })
  const stored = async ({ _id }: IntegrationView): Promise<Integration> => {
    const found = await store.find(_id, patient)
    if (found === null) throw new Error('it is there')
    return found.integration
  }
  return {
    ...client,
    store,
    rooms,
    users,
    joined,
    changes,
    replaceRoom (_id) {
      for (const room of rooms.filter((room) => room._id === _id)) {
        rooms.push({ _id: `new-${_id}`, name: room.name })
        room.name = `old-${room.name}`
      }
    },
    update: ({ type, _id: integrationId }, fields, user = admin) => client.send('update', { type, integrationId, ...fields }, user),
    async idsOf (integration) {
      const record = await stored(integration)
      return Object.fromEntries(internalFields.flatMap((field) => field in record ? [[field, Reflect.get(record, field)]] : []))
    },
    async forgetIds (integration) {
      const found = await store.find(integration._id, patient)
      if (found === null) throw new Error('it is there')
      await store.replace(found, withoutIds(found.integration), patient)
    }
  }
}

/** An integration of each type with the same channels. */
async function makeBoth (t: Test, { create }: World, channel: string, user: typeof admin | typeof owner = admin): Promise<IntegrationView[]> {
  return [
    incoming(t, await create({ ...incomingBody, channel }, user)),
    outgoing(t, await create({ ...outgoingBody, channel }, user))
  ]
}

function accepted (t: Test, reply: Reply, name: string): IntegrationView {
  t.equal(reply.status, 200, reply.status === 200 ? name : `${name}: ${reply.text}`)
  return integrationOf(reply.body)
}

async function noted (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { create, idsOf } = world
  for (const integration of await makeBoth(t, world, ' #general, #r1,@guest , @guestId,ALL_PUBLIC_channels')) {
    t.strictSame(integration.channel, ['#general', '#r1', '@guest', '@guestId', 'all_public_channels'])
    t.strictSame(await idsOf(integration), { channelIds: ['#r1', '#r1', '@guestId', '@guestId', 'all_public_channels'] })
  }
  const channelIds = ['#r1']
  const targets: Array<[Partial<OutgoingInput>, object]> = [
    [{ targetRoom: '#team' }, { channelIds, targetRoomId: '#r2' }],
    [{ targetRoom: '@guest' }, { channelIds, targetRoomId: '@guestId' }],
    // Without # or @: a room or, if there is none, a user.
    [{ targetRoom: 'team' }, { channelIds, targetRoomId: '#r2' }],
    [{ targetRoom: 'guest' }, { channelIds, targetRoomId: '@guestId' }],
    [{ event: 'userCreated', channel: '#team' }, { targetRoomId: '#r2' }],
    [{ event: 'userCreated', targetRoom: 'secret' }, { targetRoomId: '#r3' }],
    [{ event: 'roomCreated' }, {}]
  ]
  for (const [fields, ids] of targets) {
    t.strictSame(await idsOf(outgoing(t, await create({ ...outgoingBody, ...fields }))), ids, JSON.stringify(fields))
  }
}

async function renamedRoom (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { idsOf, update, rooms } = world
  for (const integration of await makeBoth(t, world, '#general,#team')) {
    const [room] = rooms
    if (room !== undefined) room.name = `renamed for ${integration.type}`
    for (const fields of [
      { username: 'guest' }, { enabled: false }, { enabled: true }, { channel: integration.channel, username: 'rocket.cat' }, { script: 'let a' },
      { name: 'light' }
    ]) {
      const after = accepted(t, await update(integration, fields), `${integration.type} ${JSON.stringify(fields)}`)
      t.strictSame(after.channel, ['#general', '#team'], 'the texts stay')
      t.strictSame(await idsOf(integration), { channelIds: ['#r1', '#r2'] })
    }
    if (room !== undefined) room.name = 'general'
  }
}

async function newRoom (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { idsOf, update, replaceRoom } = world
  const integrations = await makeBoth(t, world, '#general,all_public_channels')
  replaceRoom('r1')
  for (const integration of integrations) {
    const send = async (fields: object): Promise<readonly string[] | undefined> => {
      accepted(t, await update(integration, fields), `${integration.type} ${JSON.stringify(fields)}`)
      return (await idsOf(integration)).channelIds
    }
    t.strictSame(await send({ username: 'guest' }), ['#r1', 'all_public_channels'])
    t.strictSame(await send({ channel: '#team,#general' }), ['#r2', '#r1'], 'an entry that stays, at another place')
    t.strictSame(await send({ channel: '#general,#old-general' }), ['#r1', '#r1'], 'an entry that is new is looked up by its name')
    t.strictSame(await send({ channel: '#team' }), ['#r2'])
    t.strictSame(await send({ channel: '#general' }), ['#new-r1'], 'an entry that was away is new')
  }
}

async function removedRoom (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { idsOf, update, rooms, send } = world
  const integrations = await makeBoth(t, world, '#general,#team')
  rooms.shift()
  // Neither has the id of the room that is gone: one has its name, and one has the id as its name.
  rooms.push({ _id: 'r4', name: 'general' }, { _id: 'r5', name: 'r1' })
  for (const integration of integrations) {
    for (const fields of [{ username: 'guest' }, { enabled: !integration.enabled, channel: '#general' }]) {
      refused(t, await update(integration, fields), 'error-invalid-room', 'Invalid room', { field: 'channel', channel: '#general' },
        `${integration.type} ${JSON.stringify(fields)}`)
    }
    // What needs no room is not asked about the room.
    for (const fields of [{ name: 'light' }, { script: 'let a' }]) {
      accepted(t, await update(integration, fields), JSON.stringify(fields))
      t.strictSame(await idsOf(integration), { channelIds: ['#r1', '#r2'] })
    }
    accepted(t, await send('regenerateToken', { integrationId: integration._id }), 'a new token')
    t.strictSame(await idsOf(integration), { channelIds: ['#r1', '#r2'] })
    accepted(t, await update(integration, { channel: '#team', username: 'guest' }), 'without the room')
    t.strictSame(await idsOf(integration), { channelIds: ['#r2'] })
  }
}

async function targetRoom (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { create, idsOf, update, replaceRoom } = world
  const explicit = outgoing(t, await create({ ...outgoingBody, targetRoom: 'team' }))
  const taken = outgoing(t, await create({ ...outgoingBody, event: 'userCreated', channel: '#team' }))
  const watching = outgoing(t, await create({ ...outgoingBody, channel: '#team' }))
  t.equal(taken.targetRoom, '#team')
  replaceRoom('r2')

  for (const fields of [{ username: 'guest' }, { targetRoom: 'team', enabled: true }, { channel: '#general', targetRoom: ' team ' }]) {
    accepted(t, await update(explicit, fields), JSON.stringify(fields))
    t.match(await idsOf(explicit), { targetRoomId: '#r2' }, 'the same text')
  }
  accepted(t, await update(explicit, { targetRoom: '#team' }), 'another text')
  t.match(await idsOf(explicit), { targetRoomId: '#new-r2' })
  accepted(t, await update(explicit, { targetRoom: '' }), 'no target')
  t.strictSame(await idsOf(explicit), { channelIds: ['#r1'] })

  for (const fields of [{ username: 'guest' }, { channel: '#team', enabled: true }, { name: 'light' }, { script: 'let a' }]) {
    accepted(t, await update(taken, fields), `taken from channel: ${JSON.stringify(fields)}`)
    t.strictSame(await idsOf(taken), { targetRoomId: '#r2' })
  }
  accepted(t, await update(taken, { channel: '#general' }), 'another channel')
  t.strictSame(await idsOf(taken), { targetRoomId: '#r1' })

  accepted(t, await update(watching, { event: 'userCreated' }), 'the channel of before becomes the target')
  t.strictSame(await idsOf(watching), { targetRoomId: '#r2' })
  accepted(t, await update(watching, { event: 'sendMessage', channel: '#team' }), 'and is a new channel afterwards')
  t.strictSame(await idsOf(watching), { channelIds: ['#new-r2'], targetRoomId: '#r2' })
}

async function oldRecord (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { create, idsOf, forgetIds, update, send, store } = world
  const ids = { 'webhook-incoming': { channelIds: ['#r1', '#r2'] }, 'webhook-outgoing': { channelIds: ['#r1', '#r2'], targetRoomId: '#r1' } }
  for (const integration of [
    incoming(t, await create({ ...incomingBody, channel: '#general,#team' }, owner)),
    outgoing(t, await create({ ...outgoingBody, channel: '#general,#team', targetRoom: '#general' }, owner))
  ]) {
    const integrationId = integration._id
    const after = async (fields: object, user: typeof admin | typeof owner): Promise<object> => {
      await forgetIds(integration)
      accepted(t, await update(integration, fields, user), JSON.stringify(fields))
      return await idsOf(integration)
    }
    for (const user of [admin, owner]) t.strictSame(await after({ name: user.username }, user), {}, 'nothing is looked up')
    t.strictSame(await after({ script: 'let a' }, admin), {}, 'with the full permission nothing is looked up')
    t.strictSame(await after({ script: 'let b' }, owner), ids[integration.type], 'the membership is looked up')
    t.strictSame(await after({ username: 'rocket.cat', enabled: false }, admin), {}, 'nothing that is looked up has changed')
    t.strictSame(await after({ enabled: true }, admin), ids[integration.type])
    await forgetIds(integration)
    accepted(t, await send('regenerateToken', { integrationId }), 'a new token')
    t.strictSame(await idsOf(integration), {})
    accepted(t, await send('regenerateToken', { integrationId }, owner), 'a new token')
    t.strictSame(await idsOf(integration), ids[integration.type])

    // Another program changed the names and knows nothing of the ids.
    const found = await store.find(integrationId, patient)
    if (found === null) throw new Error('it is there')
    await store.replace(found, { ...found.integration, channel: ['#team'] }, patient)
    accepted(t, await update(integration, { enabled: false }), 'switched off')
    accepted(t, await update(integration, { enabled: true }), 'switched on')
    t.match(await idsOf(integration), { channelIds: ['#r2'] })
  }
}

async function ownOnly (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { idsOf, update, send, replaceRoom, joined } = world
  const integrations = await makeBoth(t, world, '#team', owner)
  replaceRoom('r2')
  for (const integration of integrations) {
    const integrationId = integration._id
    const deeds = [
      () => update(integration, { username: 'owner', script: 'let a' }, owner),
      () => update(integration, { skipTranspile: true }, owner),
      () => send('regenerateToken', { integrationId }, owner)
    ]
    for (const deed of deeds) accepted(t, await deed(), 'a member of the renamed room')
    accepted(t, await update(integration, { username: 'rocket.cat', script: '', skipTranspile: false }, owner), 'as before')
    t.strictSame(await idsOf(integration), { channelIds: ['#r2'] })

    joined.delete('r2')
    joined.add('new-r2')
    for (const deed of deeds) {
      refused(t, await deed(), 'error-invalid-channel', 'Invalid Channel', { field: 'channel', channel: '#team' }, 'a member of the new room only')
    }
    accepted(t, await update(integration, { channel: '#new-r2' }, owner), 'moved to the new room')
    t.strictSame(await idsOf(integration), { channelIds: ['#new-r2'] })
    joined.delete('new-r2')
    joined.add('r2')
  }
}

async function renamedUser (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { idsOf, update, users } = world
  const integrations = await makeBoth(t, world, '@guest')
  for (const user of users.filter(({ _id }) => _id === 'guestId')) user.name = 'renamed'
  users.push({ _id: 'u2', name: 'guest' })
  for (const integration of integrations) {
    accepted(t, await update(integration, { username: 'owner' }), integration.type)
    t.strictSame(await idsOf(integration), { channelIds: ['@guestId'] })
    accepted(t, await update(integration, { channel: '@guest,@guestId' }), 'an entry more')
    t.strictSame(await idsOf(integration), { channelIds: ['@guestId', '@guestId'] })
  }
}

async function notReturned (t: Test, newStore: NewStore): Promise<void> {
  const world = await start(t, newStore)
  const { create, query, send, post, update, idsOf, store, changes } = world
  const follower = follow(t, store, ['webhook-incoming', 'webhook-outgoing'])
  await until('the feed is live', () => follower.isLive)
  const replies: Reply[] = []
  const made: IntegrationView[] = []
  for (const body of [incomingBody, { ...outgoingBody, targetRoom: '#team' }]) {
    const headers = { ...credentials(admin), 'content-type': 'application/json', 'idempotency-key': body.type }
    const first = await post(JSON.stringify(body), headers)
    replies.push(first, await post(JSON.stringify(body), headers))
    made.push(accepted(t, first, body.type))
  }
  for (const integration of made) {
    const { type, _id: integrationId } = integration
    const target = type === 'webhook-outgoing' && { targetRoomId: '#r2' }
    t.strictSame(await idsOf(integration), { channelIds: ['#r1'], ...target })
    await until('the feed has it', () => follower.state.has(integrationId))
    t.match(follower.state.get(integrationId)?.integration, { channelIds: ['#r1'], ...target })
    replies.push(
      await create({ ...(type === 'webhook-incoming' ? incomingBody : outgoingBody) }),
      await query('get', { integrationId }),
      await query('list', {}),
      await query('list', { sort: '{"username":1}' }),
      await update(integration, { name: 'renamed' }),
      await update(integration, { channel: '#team' }),
      await send('regenerateToken', { integrationId }),
      await update(integration, { username: 'nobody' }),
      await send('remove', { type, integrationId })
    )
  }
  for (const { text } of replies) t.notMatch(text, /#r\d|targetRoomId|channelIds/)
  t.equal(replies.filter(({ status }) => status !== 200).length, 2, 'the unknown users')
  for (const fields of [{ channelIds: ['#r3'] }, { targetRoomId: '#r3' }]) {
    for (const body of [incomingBody, outgoingBody]) {
      invalid(t, await create({ ...body, ...fields }), `/${Object.keys(fields)[0]}`, /is not a field of/, 'no client sets them')
    }
  }
  await until('every change is told', () => changes.length === 12)
  t.notMatch(JSON.stringify(changes), /#r\d|targetRoomId|channelIds/)
}
