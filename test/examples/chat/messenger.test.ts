import { join } from 'node:path'
import { test } from 'tap'
import { Chat } from '../../../examples/chat/chat.ts'
import { messengerOf } from '../../../examples/chat/messenger.ts'
import { readWorkspace } from '../../../examples/workspace.ts'
import type { PostRequest } from '../../../lib/index.ts'
import { messengerContract, type MessengerUnderTest } from '../../../lib/testing.ts'
import { patient } from '../../support/integrations.ts'
import { ChatServer, people, roomIds } from '../../support/chat.ts'
import { root } from '../../support/root.ts'
import { runContract } from '../../support/run-contract.ts'

test('keeps the contract of messengers', async (t) => {
  const workspace = await readWorkspace(join(root, 'examples/workspace.json'))
  const create = (): MessengerUnderTest => {
    const chat = new Chat(workspace)
    const archived = chat.create(people.admin, { type: 'c', name: 'old', members: [] })
    chat.archive(people.admin, archived)
    return {
      messenger: messengerOf(chat),
      as: people.bot,
      room: { _id: roomIds.general },
      partner: people.guest,
      forbidden: [
        { as: people.guest, to: { room: { _id: roomIds.operations } }, refusal: 'error-not-allowed' },
        { to: { room: { _id: roomIds.direct } }, refusal: 'error-not-allowed' },
        { to: { room: { _id: archived._id } }, refusal: 'room_is_archived' },
        { to: { room: { _id: 'nowhere' } }, refusal: 'error-invalid-room' },
        { to: { user: { _id: 'nobody', username: 'nobody' } }, refusal: 'error-invalid-user' },
        { as: { _id: 'nobody', username: 'nobody' }, refusal: 'error-invalid-user' },
        { text: '', refusal: 'error-no-message' },
        { text: 'x'.repeat(100_000), refusal: 'error-message-size-exceeded' }
      ],
      messagesIn (target) {
        const room = 'room' in target ? chat.findRoomById(target.room._id) : chat.findDirectRoom(people.bot._id, target.user._id)
        return (room?.timeline.newest(0, 1000) ?? []).map(({ _id, u, msg, bot }) => ({ _id, userId: u._id, text: msg, bot }))
      }
    }
  }
  await runContract(t, (test) => messengerContract({ test, create, remembersDeliveries: true }))
})

const integration = { _id: 'i1', name: 'testHook', type: 'webhook-incoming' } as const

function requestTo (to: PostRequest['to'], message: Partial<PostRequest['message']> = {}): PostRequest {
  return { as: people.bot, to, integration, message: { text: 'Hello', parseUrls: true, groupable: false, bot: { i: 'i1' }, ...message } }
}

test('posts every part that an integration sends', async (t) => {
  const server = await ChatServer.start(t)
  const parts = {
    alias: 'Grafana', avatar: 'https://a.example/b.png', attachments: [{ title: 'x' }], customFields: { a: 1 }
  }
  const posted = await messengerOf(server.chat).post(requestTo({ room: { _id: roomIds.general } }, { ...parts, threadId: 'm0' }), patient)
  t.match(await server.get('admin', 'channels.messages', { roomName: 'general' }), {
    body: { messages: [{ ...parts, _id: posted._id, msg: 'Hello', u: people.bot, tmid: 'm0', bot: { i: 'i1' } }] }
  })
})

test('check changes nothing, post joins and opens', async (t) => {
  const { chat } = await ChatServer.start(t)
  const messenger = messengerOf(chat)
  const room = chat.create(people.guest, { type: 'c', name: 'lobby', members: [] })
  const requests = [requestTo({ room }), requestTo({ user: people.guest })]
  for (const request of requests) await messenger.check?.(request, patient)
  t.equal(chat.isMember('rocket.cat', room._id), false)
  t.equal(chat.findDirectRoom('rocket.cat', people.guest._id), undefined)
  for (const request of requests) await messenger.post(request, patient)
  t.equal(chat.isMember('rocket.cat', room._id), true)
  t.match(chat.findDirectRoom(people.guest._id, 'rocket.cat'), { type: 'd', messageCount: 1 })
})

test('an error that is no refusal of the chat stays what it is', async (t) => {
  const { chat } = await ChatServer.start(t)
  const error = new Error('no room left on the disk')
  chat.post = () => { throw error }
  await t.rejects(async () => await messengerOf(chat).post(requestTo({ room: { _id: roomIds.general } }), patient), error)
})
