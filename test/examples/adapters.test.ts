import Fastify from 'fastify'
import { test } from 'tap'
import { adaptersOf } from '../../examples/adapters.ts'
import { Chat } from '../../examples/chat/chat.ts'
import type { Workspace } from '../../examples/workspace.ts'
import { authContract, directoryContract, permissionContract } from '../../lib/testing.ts'
import { runContract } from '../support/run-contract.ts'

const ann = { _id: 'u1', username: 'ann' }
const bea = { _id: 'u2', username: 'bea' }
// Names that are the _id of another user or room, and a role that every object has.
const namesake = { _id: 'u3', username: 'u1' }
const workspace: Workspace = {
  roles: { bot: ['message-impersonate'] },
  users: [
    { ...namesake, roles: [] },
    { ...ann, authToken: 'token-of-ann', roles: ['bot', 'constructor'] },
    { ...bea, authToken: 'token-of-bea', roles: [] }
  ],
  rooms: [
    { _id: 'r2', name: 'r1', type: 'c', members: ['u2'] },
    { _id: 'r1', name: 'lobby', type: 'p', members: ['u1'] }
  ]
}

test('keep the contracts of adapters', async (t) => {
  const { authenticate, hasPermission, directory } = adaptersOf(workspace, new Chat(workspace))
  await runContract(t, (test) => {
    directoryContract({
      test,
      create: () => ({
        directory, room: { _id: 'r1', name: 'lobby' }, member: ann, stranger: bea, namesake, roomNamesake: { _id: 'r2', name: 'r1' }
      })
    })
    permissionContract({
      test,
      create: () => ({ hasPermission, holders: [{ user: ann, permissions: ['message-impersonate'] }, { user: bea, permissions: [] }] })
    })
    authContract({
      test,
      create: () => ({
        app: Fastify(),
        authenticate,
        accounts: [
          { user: ann, headers: { 'x-user-id': 'u1', 'x-auth-token': 'token-of-ann' } },
          { user: bea, headers: { 'x-user-id': 'u2', 'x-auth-token': 'token-of-bea' } }
        ],
        // A user without a token cannot log in.
        refused: [{ 'x-user-id': 'u3', 'x-auth-token': '' }, { 'x-user-id': 'u3', 'x-auth-token': 'undefined' }]
      })
    })
  })
})

test('find a user without its token', async (t) => {
  const { directory } = adaptersOf(workspace, new Chat(workspace))
  t.strictSame(await directory.findUser('ann'), ann)
})

test('see what happens in the chat later', async (t) => {
  const chat = new Chat(workspace)
  const { directory } = adaptersOf(workspace, chat)
  t.equal(await directory.findRoom('garden'), undefined)
  const room = chat.create(ann, { type: 'c', name: 'garden', members: [] })
  t.strictSame(await directory.findRoom('garden'), { _id: room._id, name: 'garden', type: 'c' })
  t.equal(await directory.isMember('u1', room._id), true)
  t.equal(await directory.isMember('u2', room._id), false)
  chat.join(bea, room)
  t.equal(await directory.isMember('u2', room._id), true)
  chat.leave(bea, room)
  t.equal(await directory.isMember('u2', room._id), false)
})
