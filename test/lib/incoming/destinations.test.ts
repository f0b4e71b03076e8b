import { test } from 'tap'
import { type Destination, findDestinations } from '../../../lib/incoming/destinations.ts'
import type { Failed, NotPosted } from '../../../lib/incoming/outcome.ts'
import { Authorities } from '../../../lib/model/authority.ts'
import type { Ports } from '../../../lib/guard/ports.ts'
import type { IncomingIntegration } from '../../../schemas/index.ts'
import { callsOf } from '../../support/calls.ts'
import { hookRecord, watched } from '../../support/ports.ts'
import { type Member, members, workspace } from '../../support/workspace.ts'

const { admin, owner, guest, bot } = members
const postAs = { _id: bot._id, username: bot.username }
const general = { channel: '#general', id: '#GENERAL', target: { room: { _id: 'GENERAL' } } }
const { directory, hasPermission } = workspace()

type Found = ReadonlyArray<Destination | NotPosted> | Failed

function find (integration: IncomingIntegration, asked: readonly string[] = [], ports: Partial<Ports> = {}, authorities = new Authorities()): Promise<Found> {
  return findDestinations(callsOf(ports), { integration, postAs, authorities, asked })
}

/** An integration of this user that lets a payload choose. */
function openHook ({ _id, username }: Pick<Member, '_id' | 'username'>): IncomingIntegration {
  return hookRecord({ overrideDestinationChannelEnabled: true, _createdBy: { _id, username } })
}

function refusal (code: string, error: string = code): object {
  return { kind: 'failed', status: 400, code, error }
}

test('the destinations of the integration, in order', async (t) => {
  const integration = hookRecord({ channel: ['#team', '@owner', '#general', '@rocket.cat', '#secretId'], _createdBy: { _id: 'gone', username: 'gone' } })
  t.strictSame(await find(integration), [
    { channel: '#team', id: '#teamId', target: { room: { _id: 'teamId' } } },
    { channel: '@owner', id: '@ownerId', target: { user: { _id: 'ownerId', username: 'owner' } } },
    general,
    { channel: '@rocket.cat', id: '@rocket.cat', target: { user: postAs } },
    { channel: '#secretId', id: '#secretId', target: { room: { _id: 'secretId' } } }
  ], 'nobody needs to answer for them')
})

test('a hundred destinations are looked up side by side', async (t) => {
  let waiting = 0
  let most = 0
  const findRoom = async (name: string): Promise<{ _id: string }> => {
    most = Math.max(most, ++waiting)
    await new Promise((resolve) => setImmediate(resolve))
    waiting--
    return { _id: name }
  }
  const channel = Array.from({ length: 100 }, (_, index) => `#room${index}`)
  const found = await find(hookRecord({ channel }), [], { directory: { ...directory, findRoom } })
  t.match(found, channel.map((name) => ({ channel: name })))
  t.equal(most, 100)
})

test('a room or user of the integration that is gone', async (t) => {
  t.strictSame(await find(hookRecord({ channel: ['#general', '#gone', '@gone'] })), [
    general, { channel: '#gone', error: 'invalid-channel' }, { channel: '@gone', error: 'invalid-channel' }
  ])
})

test('the ids that were found at the time of writing count, not the names', async (t) => {
  const rooms = [{ _id: 'r1', name: 'renamed' }, { _id: 'r2', name: 'ops' }]
  const users = [{ _id: 'u1', username: 'renamed' }, { _id: 'u2', username: 'alice' }]
  const moved = {
    ...directory,
    findRoom: (key: string) => rooms.find(({ _id, name }) => key === _id || key === name),
    findUser: (key: string) => users.find(({ _id, username }) => key === _id || key === username)
  }
  t.strictSame(await find(hookRecord({ channel: ['#ops', '@alice'], channelIds: ['#r1', '@u1'] }), [], { directory: moved }), [
    { channel: '#ops', id: '#r1', target: { room: { _id: 'r1' } } },
    { channel: '@alice', id: '@u1', target: { user: { _id: 'u1', username: 'renamed' } } }
  ], 'a renamed room keeps its integration, and a new one with its name gets nothing')
  rooms.splice(0, 1, { _id: 'r9', name: 'r1' })
  users.splice(0, 1, { _id: 'u9', username: 'u1' })
  t.strictSame(await find(hookRecord({ channel: ['#ops', '@alice'], channelIds: ['#r1', '@u1'] }), [], { directory: moved }), [
    { channel: '#ops', error: 'invalid-channel' }, { channel: '@alice', error: 'invalid-channel' }
  ], 'nor does one that is named like the id')
})

test('a scope posts nowhere', async (t) => {
  t.strictSame(await find(hookRecord({ channel: ['all_public_channels', '#general'] })), [general])
  for (const channel of [['all_public_channels'], ['all_private_groups', 'all_direct_messages'], []]) {
    t.strictSame(await find(hookRecord({ channel })), refusal('error-invalid-channel'), channel.join())
  }
})

test('a payload may choose only where the integration allows it', async (t) => {
  const calls: string[] = []
  const ports = { directory: watched('directory', directory, calls) }
  t.strictSame(await find(hookRecord(), ['#general'], ports), refusal('error-not-allowed', 'overriding destination channel is disabled for this integration'))
  t.strictSame(calls, [], 'nothing is looked up')
})

test('with the full permission: a room or user, by id or name, with and without a prefix', async (t) => {
  t.strictSame(await find(openHook(admin), ['#general', 'general', 'GENERAL', '#secret', '@guest', 'guest', 'guestId', '#team', 'rocket.cat']), [
    general,
    { ...general, channel: 'general' },
    { ...general, channel: 'GENERAL' },
    { channel: '#secret', id: '#secretId', target: { room: { _id: 'secretId' } } },
    { channel: '@guest', id: '@guestId', target: { user: { _id: 'guestId', username: 'guest' } } },
    { channel: 'guest', id: '@guestId', target: { user: { _id: 'guestId', username: 'guest' } } },
    { channel: 'guestId', id: '@guestId', target: { user: { _id: 'guestId', username: 'guest' } } },
    { channel: '#team', id: '#teamId', target: { room: { _id: 'teamId' } } },
    { channel: 'rocket.cat', id: '@rocket.cat', target: { user: postAs } }
  ], 'membership is not asked for')
  t.strictSame(await find(openHook(admin), ['#nowhere', '@nobody', 'nothing', '#', '@', '#@general']), [
    { channel: '#nowhere', error: 'invalid-channel' },
    { channel: '@nobody', error: 'invalid-channel' },
    { channel: 'nothing', error: 'invalid-channel' },
    { channel: '#', error: 'invalid-channel' },
    { channel: '@', error: 'invalid-channel' },
    { channel: '#@general', error: 'invalid-channel' }
  ])
})

test('with own only: rooms of the creator, the creator and the posting user', async (t) => {
  const allowed = await find(openHook(owner), ['#general', 'team', '@owner', '@rocket.cat', 'ownerId'])
  t.match(allowed, [general, { id: '#teamId' }, { id: '@ownerId' }, { id: '@rocket.cat' }, { id: '@ownerId' }])
  const asked = ['#secret', 'secret', '#nowhere', '@guest', '@nobody', 'nothing', '#', '']
  t.strictSame(await find(openHook(owner), asked), asked.map((channel) => ({ channel, error: 'error-not-allowed' })))
})

test('with own only, the calls do not tell what exists', async (t) => {
  const callsFor = async (asked: string): Promise<string[]> => {
    const calls: string[] = []
    await find(openHook(owner), [asked], { directory: watched('directory', directory, calls), hasPermission: watched('auth', { hasPermission }, calls).hasPermission })
    // The name that was asked for, and the id that it may have.
    return calls.map((call) => call.replaceAll(/secret(Id)?|nowhere|guest(Id)?|nobody/g, 'x'))
  }
  for (const [forbidden, unknown] of [['#secret', '#nowhere'], ['@guest', '@nobody'], ['secret', 'nowhere'], ['guest', 'nobody'], ['#secretId', '#nowhere']] as const) {
    t.strictSame(await callsFor(forbidden), await callsFor(unknown), forbidden)
  }
  t.strictSame((await callsFor('secret')).slice(-3), ['directory.findRoom("x")', 'directory.isMember("ownerId", "x")', 'directory.findUser("x")'])
})

test('scopes cannot be chosen', async (t) => {
  t.strictSame(await find(openHook(admin), ['all_public_channels', 'ALL_Direct_messages', '#general']), [
    { channel: 'all_public_channels', error: 'error-invalid-channel' }, { channel: 'ALL_Direct_messages', error: 'error-invalid-channel' }, general
  ])
})

test('nobody answers for the integration: nothing can be chosen, and nothing is looked up', async (t) => {
  for (const creator of [{ _id: 'gone', username: 'gone' }, guest]) {
    const calls: string[] = []
    const found = await find(openHook(creator), ['#general', '#secret'], { directory: watched('directory', directory, calls) })
    t.strictSame(found, { ...refusal('error-not-allowed'), details: { reason: 'creator-gone' } })
    t.strictSame(calls, [`directory.findUser("${creator._id}")`])
  }
})

test('the permission of now counts, a minute at most after it has changed', async (t) => {
  let now = 0
  let isRevoked = false
  const authorities = new Authorities(() => now)
  const ports: Partial<Ports> = { hasPermission: (user, permission) => !isRevoked && hasPermission(user, permission) }
  t.match(await find(openHook(admin), ['#secret'], ports, authorities), [{ id: '#secretId' }])
  isRevoked = true
  now = 60_000
  t.match(await find(openHook(admin), ['#secret'], ports, authorities), refusal('error-not-allowed'))
})

test('a membership is asked for every time', async (t) => {
  const authorities = new Authorities()
  let isMember = true
  const ports = { directory: { ...directory, isMember: () => isMember } }
  t.match(await find(openHook(owner), ['#team'], ports, authorities), [{ id: '#teamId' }])
  isMember = false
  t.strictSame(await find(openHook(owner), ['#team'], ports, authorities), [{ channel: '#team', error: 'error-not-allowed' }])
})

test('more than a hundred destinations are refused, and names that no room has', async (t) => {
  const asked = Array.from({ length: 101 }, (_, index) => `#room${index}`)
  const calls: string[] = []
  t.strictSame(await find(openHook(admin), asked, { directory: watched('directory', directory, calls) }), refusal('error-invalid-channel'))
  t.strictSame(await find(openHook(admin), ['#general', 'x'.repeat(1001)], { directory: watched('directory', directory, calls) }), refusal('error-invalid-channel'))
  t.strictSame(calls, [])
  t.equal(Object.keys(await find(openHook(admin), asked.slice(1))).length, 100)
  t.match(await find(openHook(admin), ['x'.repeat(1000)]), [{ error: 'invalid-channel' }])
})

test('a directory that fails is a failure, not an unknown room', async (t) => {
  const fail = async (): Promise<never> => { throw new Error('away') }
  await t.rejects(find(hookRecord(), [], { directory: { ...directory, findRoom: fail } }), { code: 'error-service-unavailable' })
  await t.rejects(find(openHook(owner), ['#team'], { directory: { ...directory, isMember: fail } }), { code: 'error-service-unavailable' })
})
