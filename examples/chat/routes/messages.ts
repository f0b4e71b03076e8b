import { Type } from '@sinclair/typebox'
import type { Chat, Draft } from '../chat.ts'
import { AttachmentSchema, MessageSchema } from '../records.ts'
import { RefusedError } from '../refused-error.ts'
import { callerOf } from './caller.ts'
import { findDestination } from './destination.ts'
import { replies } from './envelope.ts'
import { findRoom, roomFields } from './find-room.ts'
import { countOf, pageFields, pageReplyFields } from './page-of.ts'
import type { TypedContext } from './schema-types.ts'

const PostSchema = Type.Object({
  channel: Type.Optional(Type.String({ description: '#room, @user, or an _id or name without a prefix' })),
  roomId: Type.Optional(Type.String({ description: '_id of a room; instead of channel' })),
  text: Type.Optional(Type.String()),
  alias: Type.Optional(Type.String({ description: 'Shown instead of the username; the account stays visible.' })),
  avatar: Type.Optional(Type.String({ description: 'URL of a picture' })),
  emoji: Type.Optional(Type.String({ description: 'Shown as the picture, for example :ghost:' })),
  attachments: Type.Optional(Type.Array(AttachmentSchema, { maxItems: 100 })),
  tmid: Type.Optional(Type.String({ description: '_id of the message that this one replies to' })),
  parseUrls: Type.Optional(Type.Boolean({ description: 'Default: true without attachments.' })),
  groupable: Type.Optional(Type.Boolean({ description: 'Default: false.' })),
  customFields: Type.Optional(Type.Object({}, { additionalProperties: true }))
})

const UpdateSchema = Type.Object({ roomId: Type.String(), msgId: Type.String(), text: Type.String() })

const messageRoutes = [{ prefix: 'channels', type: 'c' }, { prefix: 'groups', type: 'p' }, { prefix: 'im', type: 'd' }] as const

/** Posting, editing and reading messages. */
export function addMessageRoutes (app: TypedContext, chat: Chat, schema: object): void {
  app.post('/chat.postMessage', {
    schema: {
      ...schema,
      summary: 'Post a message',
      body: PostSchema,
      response: replies({ ts: Type.Integer({ description: 'milliseconds since 1970' }), channel: Type.String(), message: MessageSchema })
    }
  }, async (request) => {
    const { channel, roomId, text = '', tmid, attachments, parseUrls = !attachments, groupable = false, ...rest } = request.body
    const destination = channel || roomId
    if (!destination) throw new RefusedError('invalid-params', 'The body must have "channel" or "roomId"')
    const draft: Draft = { ...rest, text, threadId: tmid, attachments, parseUrls, groupable }
    const message = chat.post(callerOf(request), findDestination(chat, destination), draft)
    return { ts: Date.now(), channel: destination, message, success: true as const }
  })

  app.post('/chat.update', {
    schema: { ...schema, summary: 'Edit a message of your own', body: UpdateSchema, response: replies({ message: MessageSchema }) }
  }, async (request) => {
    const { roomId, msgId, text } = request.body
    const message = chat.edit(callerOf(request), chat.findRoomById(roomId), msgId, text)
    return { message, success: true as const }
  })

  for (const { prefix, type } of messageRoutes) {
    app.get(`/${prefix}.messages`, {
      schema: {
        ...schema,
        summary: 'Read messages, newest first',
        querystring: Type.Object({ ...roomFields, ...pageFields }),
        response: replies({ messages: Type.Array(MessageSchema), ...pageReplyFields })
      }
    }, async (request) => {
      const { query } = request
      const { timeline } = findRoom(chat, callerOf(request), type, query)
      const messages = timeline.newest(query.offset, countOf(query))
      return { messages, count: messages.length, offset: query.offset, total: timeline.size, success: true as const }
    })
  }
}
