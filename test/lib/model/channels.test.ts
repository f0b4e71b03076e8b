import { test } from 'tap'
import type { Grant } from '../../../lib/model/access.ts'
import { channelsOf, type NamedChannel, requireChannels, targetRoomOf } from '../../../lib/model/channels.ts'
import { callsOf } from '../../support/calls.ts'
import { incomingRecord, outgoingRecord } from '../../support/integrations.ts'
import { members, workspace } from '../../support/workspace.ts'

const { admin, owner, bot } = members

/** The ids of channels, and the calls of the directory that it took. */
async function idsOf (channels: readonly NamedChannel[], grant: Grant = 'full'): Promise<{ ids: readonly string[], asked: string[] }> {
  const asked: string[] = []
  const { directory } = workspace()
  const calls = callsOf({
    directory: {
      findUser: (key) => { asked.push(`user ${key}`); return directory.findUser(key) },
      findRoom: (key) => { asked.push(`room ${key}`); return directory.findRoom(key) },
      isMember: (userId, roomId) => { asked.push(`member ${roomId}`); return directory.isMember(userId, roomId) }
    }
  })
  const request = { type: 'webhook-outgoing', caller: grant === 'full' ? admin : owner, grant, postAs: bot } as const
  return { ids: await requireChannels(calls, request, 'channel', channels), asked }
}

function names (...texts: string[]): NamedChannel[] {
  return texts.map((text) => ({ text, id: undefined }))
}

test('names are resolved to ids, in their order', async (t) => {
  const texts = ['#general', '#GENERAL', '@guest', '@guestId', 'all_private_groups', 'team', 'rocket.cat']
  const { ids } = await idsOf(names(...texts))
  t.strictSame(ids, ['#GENERAL', '#GENERAL', '@guestId', '@guestId', 'all_private_groups', '#teamId', '@rocket.cat'])
  t.strictSame(await idsOf(names('#general'), 'own'), { ids: ['#GENERAL'], asked: ['room general', 'member GENERAL'] })
  t.strictSame(await idsOf([]), { ids: [], asked: [] })
})

test('what has an id is looked up by the id, with as many calls as a name takes', async (t) => {
  const channels = [
    { text: '#before', id: '#GENERAL' }, { text: '@before', id: '@ownerId' }, { text: 'before', id: '#teamId' },
    { text: 'all_public_channels', id: 'all_public_channels' }
  ]
  t.strictSame(await idsOf(channels, 'own'), {
    ids: ['#GENERAL', '@ownerId', '#teamId', 'all_public_channels'],
    asked: ['room GENERAL', 'user ownerId', 'room teamId', 'member GENERAL', 'member teamId']
  })
})

test('an id is the id of one thing, and not the name of another one', async (t) => {
  const invalidRoom = { code: 'error-invalid-room', details: { field: 'channel', channel: '#before' } }
  const invalidChannel = { ...invalidRoom, code: 'error-invalid-channel' }
  for (const id of ['#goneId', '#general', '@gone', '@owner']) {
    await t.rejects(idsOf([{ text: '#before', id }]), invalidRoom, id)
    await t.rejects(idsOf([{ text: '#before', id }], 'own'), invalidChannel, `${id}, own`)
  }
})

test('a wrong id in a store opens nothing', async (t) => {
  for (const id of ['', '#', '@', ' ', '#secretId', '@guestId', 'all_private_groups', 'secretId']) {
    await t.rejects(idsOf([{ text: '#general', id }], 'own'), { code: 'error-invalid-channel' }, JSON.stringify(id))
  }
})

test('a record has an id for each name, or says nothing', (t) => {
  const channel = ['#a', '@b']
  const unknown = [{ text: '#a', id: undefined }, { text: '@b', id: undefined }]
  t.strictSame(channelsOf({ channel, channelIds: ['#1', '@2'] }), [{ text: '#a', id: '#1' }, { text: '@b', id: '@2' }])
  t.strictSame(channelsOf({ channel }), unknown, 'a record of an earlier version')
  for (const channelIds of [[], ['#1'], ['#1', '@2', '#3']]) t.strictSame(channelsOf({ channel, channelIds }), unknown)

  t.strictSame(targetRoomOf(outgoingRecord({ targetRoom: '#a', targetRoomId: '#1' })), { text: '#a', id: '#1' })
  t.strictSame(targetRoomOf(outgoingRecord({ targetRoom: '#a' })), { text: '#a', id: undefined })
  t.equal(targetRoomOf(outgoingRecord({ targetRoomId: '#1' })), undefined)
  t.equal(targetRoomOf(incomingRecord()), undefined)
  t.end()
})
