import { test } from 'tap'
import { adaptersOf } from '../../examples/adapters.ts'
import { Chat } from '../../examples/chat/chat.ts'
import type { Workspace } from '../../examples/workspace.ts'

test('finds an _id before a name', async (t) => {
  const workspace: Workspace = {
    roles: { bot: ['message-impersonate'] },
    users: [{ _id: 'u1', username: 'u2', roles: ['bot', 'constructor'] }, { _id: 'u2', username: 'bea', authToken: 'very-secret', roles: [] }],
    rooms: [{ _id: 'r1', name: 'r2', type: 'c', members: ['u1'] }, { _id: 'r2', name: 'lobby', type: 'p', members: [] }]
  }
  const { directory, hasPermission } = adaptersOf(workspace, new Chat(workspace))
  t.strictSame(await directory.findUser('u2'), { _id: 'u2', username: 'bea' }, 'without its token')
  t.match(await directory.findUser('bea'), { _id: 'u2' })
  t.equal(await directory.findUser('constructor'), undefined)
  t.match(await directory.findRoom('r2'), { _id: 'r2' })
  t.match(await directory.findRoom('lobby'), { _id: 'r2' })
  t.equal(await directory.findRoom('nowhere'), undefined)
  t.equal(await directory.isMember('u1', 'r1'), true)
  t.equal(await directory.isMember('u1', 'r2'), false)
  t.equal(await directory.isMember('u1', 'nowhere'), false)
  t.equal(await hasPermission({ _id: 'u1', username: 'u2' }, 'message-impersonate'), true)
  t.equal(await hasPermission({ _id: 'u1', username: 'u2' }, 'manage-incoming-integrations'), false)
  t.equal(await hasPermission({ _id: 'u3', username: 'u2' }, 'message-impersonate'), false)
})

test('sees what happens in the chat later', async (t) => {
  const workspace: Workspace = {
    roles: {}, users: [{ _id: 'u1', username: 'ann', roles: [] }, { _id: 'u2', username: 'bea', roles: [] }], rooms: []
  }
  const chat = new Chat(workspace)
  const { directory } = adaptersOf(workspace, chat)
  t.equal(await directory.findRoom('lobby'), undefined)
  const [ann, bea] = workspace.users
  if (ann === undefined || bea === undefined) throw new Error('no users')
  const room = chat.create(ann, { type: 'c', name: 'lobby', members: [] })
  t.strictSame(await directory.findRoom('lobby'), { _id: room._id, name: 'lobby', type: 'c' })
  t.equal(await directory.isMember('u1', room._id), true)
  t.equal(await directory.isMember('u2', room._id), false)
  chat.join(bea, room)
  t.equal(await directory.isMember('u2', room._id), true)
  chat.leave(bea, room)
  t.equal(await directory.isMember('u2', room._id), false)
})
