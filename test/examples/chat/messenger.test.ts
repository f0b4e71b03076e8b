import { test } from 'tap'
import type { Chat } from '../../../examples/chat/chat.ts'
import { messengerOf } from '../../../examples/chat/messenger.ts'
import type { PostRequest } from '../../../lib/index.ts'
import { ChatServer, people, roomIds } from '../../support/chat.ts'
import { patient } from '../../support/integrations.ts'

const integration = { _id: 'i1', name: 'testHook', type: 'webhook-incoming' } as const

function post (as: PostRequest['as'], to: PostRequest['to'], message: Partial<PostRequest['message']> = {}): PostRequest {
  return { as, to, integration, message: { text: 'Hello', parseUrls: true, groupable: false, bot: { i: 'i1' }, ...message } }
}

const general = { room: { _id: roomIds.general } }

function messageCount (chat: Chat): number {
  return Object.values(roomIds).reduce((sum, id) => sum + (chat.findRoomById(id)?.messageCount ?? 0), 0)
}

test('posts what an integration says', async (t) => {
  const { chat, get } = await withMessenger(t)
  const { _id } = await messengerOf(chat).post(post(people.bot, general, {
    alias: 'Grafana', avatar: 'https://a.example/b.png', attachments: [{ title: 'x' }], threadId: 'm0', customFields: { a: 1 }
  }), patient)
  t.match(await get(), {
    body: {
      messages: [{
        _id, msg: 'Hello', u: people.bot, alias: 'Grafana', avatar: 'https://a.example/b.png', attachments: [{ title: 'x' }], tmid: 'm0', customFields: { a: 1 }, bot: { i: 'i1' }
      }]
    }
  })
})

test('check and post keep the same rules', async (t) => {
  const { chat } = await withMessenger(t)
  const messenger = messengerOf(chat)
  const archived = chat.create(people.admin, { type: 'c', name: 'old', members: [] })
  chat.archive(people.admin, archived)
  const cases: ReadonlyArray<readonly [code: string, post: PostRequest]> = [
    ['error-not-allowed', post(people.guest, { room: { _id: roomIds.operations } })],
    ['error-not-allowed', post(people.bot, { room: { _id: roomIds.direct } })],
    ['room_is_archived', post(people.bot, { room: archived })],
    ['error-invalid-room', post(people.bot, { room: { _id: 'nowhere' } })],
    ['error-invalid-user', post(people.bot, { user: { _id: 'nobody', username: 'nobody' } })],
    ['error-invalid-user', post({ _id: 'nobody', username: 'nobody' }, general)],
    ['error-no-message', post(people.bot, general, { text: '' })],
    ['error-message-size-exceeded', post(people.bot, general, { text: 'x'.repeat(100_000) })]
  ]
  for (const [code, wanted] of cases) {
    t.throws(() => messenger.check?.(wanted, patient), { name: 'PostRefusedError', refusal: code })
    t.throws(() => messenger.post(wanted, patient), { name: 'PostRefusedError', refusal: code })
  }
  t.equal(messageCount(chat), 0)
})

test('check changes nothing, post joins and opens', async (t) => {
  const { chat } = await withMessenger(t)
  const messenger = messengerOf(chat)
  const room = chat.create(people.guest, { type: 'c', name: 'lobby', members: [] })
  const wanted = [post(people.bot, { room }), post(people.bot, { user: people.guest })]
  for (const each of wanted) await messenger.check?.(each, patient)
  t.equal(chat.isMember('rocket.cat', room._id), false)
  t.equal(chat.findDirectRoom('rocket.cat', people.guest._id), undefined)
  for (const each of wanted) await messenger.post(each, patient)
  t.equal(chat.isMember('rocket.cat', room._id), true)
  t.match(chat.findDirectRoom(people.guest._id, 'rocket.cat'), { type: 'd', messageCount: 1 })
})

async function withMessenger (t: Parameters<typeof ChatServer.start>[0]): Promise<{ chat: Chat, get: () => ReturnType<ChatServer['get']> }> {
  const server = await ChatServer.start(t)
  return { chat: server.chat, get: () => server.get('admin', 'channels.messages', { roomName: 'general' }) }
}
