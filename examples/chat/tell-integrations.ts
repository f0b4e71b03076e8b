import type { Integrations } from 'fastify-chat-integrations'
import type { Chat } from './chat.ts'
import type { ChatUser, Message } from './records.ts'
import type { Room } from './room.ts'

/** Tells the plugin everything that happens in the chat: outgoing webhooks are called. */
export function tellIntegrations (chat: Chat, { emit }: Pick<Integrations, 'emit'>): void {
  // Nobody waits for the promises: they never reject, and the log tells of what was dropped.
  const onMessage = ({ room, user, message }: { room: Room, user: ChatUser, message: Message }): void => {
    emit('sendMessage', { room: roomOf(chat, room), user, message: { ...message, text: message.msg, timestamp: message.ts } })
  }
  chat.on('messagePosted', onMessage)
  chat.on('messageEdited', onMessage)
  for (const event of ['roomCreated', 'roomJoined', 'roomLeft', 'roomArchived'] as const) {
    chat.on(event, ({ room, user }) => { emit(event, { room: roomOf(chat, room), user }) })
  }
}

function roomOf (chat: Chat, room: Room) {
  const { _id, type, name, createdAt } = room
  return { _id, type, name, createdAt, ...(type === 'd' && { users: chat.membersOf(room) }) }
}
