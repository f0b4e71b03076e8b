import { test } from 'tap'
import { ChatServer, people, refusal, roomIds } from '../../support/chat.ts'

const id = /^[0-9a-f]{24}$/

test('makes channels and groups', async (t) => {
  const server = await ChatServer.start(t)
  for (const [path, field, type] of [['channels.create', 'channel', 'c'], ['groups.create', 'group', 'p']] as const) {
    const { status, body } = await server.post('guest', path, { name: `a-${type}`, members: ['dana', 'gus'] })
    t.equal(status, 200)
    const room = Object(body[field])
    t.match(room._id, id)
    t.strictSame(room, {
      _id: room._id, t: type, name: `a-${type}`, u: { _id: people.guest._id, username: 'gus' }, ts: room.ts, msgs: 0, usersCount: 2
    })
    t.strictSame(await server.post('guest', path, { name: `a-${type}` }), refusal(
      `A channel with name 'a-${type}' exists [error-duplicate-channel-name]`, 'error-duplicate-channel-name'))
    t.equal((await server.post('developer', 'chat.postMessage', { roomId: room._id, text: 'x' })).status, 200)
  }
  for (const name of ['', 'a b', '<b>', 'ä', 'x'.repeat(101)]) {
    t.strictSame(await server.post('guest', 'channels.create', { name }), refusal(
      `${name} is not a valid room name [error-invalid-room-name]`, 'error-invalid-room-name'))
  }
  t.match(await server.post('guest', 'channels.create', { name: 'GENERAL' }), refusal(
    "A channel with name 'GENERAL' exists [error-duplicate-channel-name]", 'error-duplicate-channel-name'), 'the _id of another room')
  t.strictSame(await server.post('guest', 'channels.create', { name: 'x', members: ['nobody'] }), refusal('Invalid user [error-invalid-user]', 'error-invalid-user'))
  t.match(await server.post('guest', 'channels.create', {}), { status: 400, body: { success: false, errorType: 'invalid-params', error: /name/ } })
})

test('joins and leaves channels', async (t) => {
  const server = await ChatServer.start(t)
  const channel = Object((await server.post('admin', 'channels.create', { name: 'lobby' })).body['channel'])
  const members = async (): Promise<unknown> => (await server.get('admin', 'channels.members', { roomName: 'lobby' })).body['members']

  t.match(await server.post('guest', 'channels.join', { roomId: channel._id }), { status: 200, body: { success: true, channel: { _id: channel._id, usersCount: 2 } } })
  t.match(await server.post('guest', 'channels.join', { roomName: 'lobby' }), { status: 200, body: { channel: { usersCount: 2 } } }, 'once')
  t.strictSame(await members(), [people.admin, people.guest])
  t.match(await server.post('admin', 'channels.leave', { roomId: channel._id }), { status: 200, body: { success: true, channel: { usersCount: 1 } } })
  t.strictSame(await members(), [people.guest])
  t.strictSame(await server.post('admin', 'channels.leave', { roomId: channel._id }), refusal('You are not in this room [error-user-not-in-room]', 'error-user-not-in-room'))
  for (const action of ['join', 'leave', 'archive']) {
    for (const roomName of ['operations', 'dana-gus', 'nowhere']) {
      t.match(await server.post('admin', `channels.${action}`, { roomName }), { status: 400, body: { errorType: 'error-room-not-found' } })
    }
    t.match(await server.post('admin', `channels.${action}`, {}), { status: 400, body: { errorType: 'error-room-param-not-provided' } })
  }
})

test('archives channels', async (t) => {
  const server = await ChatServer.start(t)
  const channel = Object((await server.post('guest', 'channels.create', { name: 'lobby' })).body['channel'])
  const message = Object((await server.post('guest', 'chat.postMessage', { channel: '#lobby', text: 'x' })).body['message'])
  for (const roomName of ['lobby', 'general']) {
    t.strictSame(await server.post('developer', 'channels.archive', { roomName }), refusal('Not authorized [error-not-authorized]', 'error-not-authorized'))
  }
  t.strictSame(await server.post('guest', 'channels.archive', { roomName: 'lobby' }), { status: 200, body: { success: true } }, 'by its creator')
  t.strictSame(await server.post('admin', 'channels.archive', { roomName: 'general' }), { status: 200, body: { success: true } }, 'by a holder of archive-room')

  for (const [caller, action] of [['guest', 'archive'], ['admin', 'join'], ['guest', 'leave']] as const) {
    t.strictSame(await server.post(caller, `channels.${action}`, { roomId: channel._id }), refusal(
      'The channel, lobby, is archived [error-room-archived]', 'error-room-archived'))
  }
  t.strictSame(await server.post('guest', 'chat.postMessage', { channel: '#lobby', text: 'y' }), refusal('room_is_archived'))
  t.strictSame(await server.post('guest', 'chat.update', { roomId: channel._id, msgId: message._id, text: 'y' }), refusal('room_is_archived'))
  t.match(await server.get('admin', 'channels.messages', { roomName: 'lobby' }), { status: 200, body: { total: 1 } }, 'still to be read')
  t.match(await server.get('admin', 'channels.members', { roomName: 'lobby' }), { status: 200, body: { total: 1 } })
})

test('lists members', async (t) => {
  const server = await ChatServer.start(t)
  t.strictSame(await server.get('guest', 'channels.members', { roomId: roomIds.general, offset: '1', count: '2' }), {
    status: 200, body: { members: [people.bot, people.developer], count: 2, offset: 1, total: 4, success: true }
  })
  t.strictSame(await server.get('admin', 'groups.members', { roomName: 'operations' }), {
    status: 200, body: { members: [people.admin, people.bot], count: 2, offset: 0, total: 2, success: true }
  })
  t.match(await server.get('guest', 'groups.members', { roomName: 'operations' }), { status: 400, body: { errorType: 'error-room-not-found' } })
  t.match(await server.get('guest', 'channels.members', { roomName: 'operations' }), { status: 400, body: { errorType: 'error-room-not-found' } })
})
