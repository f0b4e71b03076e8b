import { Type } from '@sinclair/typebox'
import type { Chat } from '../chat.ts'
import { RoomSchema, UserSchema } from '../records.ts'
import { callerOf } from './caller.ts'
import { replies } from './envelope.ts'
import { findRoom, roomFields } from './find-room.ts'
import { countOf, pageFields, pageReplyFields } from './page-of.ts'
import type { TypedContext } from './schema-types.ts'

const CreateSchema = Type.Object({
  name: Type.String({ description: 'Letters, digits, "_", "." and "-"' }),
  members: Type.Array(Type.String(), { default: [], maxItems: 1000, description: 'Usernames; the caller is a member anyway.' })
})

const KeySchema = Type.Object(roomFields)

/** Making, joining, leaving and archiving rooms, and reading their members. */
export function addRoomRoutes (app: TypedContext, chat: Chat, schema: object): void {
  app.post('/channels.create', {
    schema: { ...schema, summary: 'Make a public channel', body: CreateSchema, response: replies({ channel: RoomSchema }) }
  }, async (request) => {
    const room = chat.create(callerOf(request), { ...request.body, type: 'c' })
    return { channel: room.toRecord(), success: true as const }
  })

  app.post('/groups.create', {
    schema: { ...schema, summary: 'Make a private group', body: CreateSchema, response: replies({ group: RoomSchema }) }
  }, async (request) => {
    const room = chat.create(callerOf(request), { ...request.body, type: 'p' })
    return { group: room.toRecord(), success: true as const }
  })

  for (const action of ['join', 'leave'] as const) {
    app.post(`/channels.${action}`, {
      schema: { ...schema, summary: `${action === 'join' ? 'Join' : 'Leave'} a channel`, body: KeySchema, response: replies({ channel: RoomSchema }) }
    }, async (request) => {
      const user = callerOf(request)
      const room = findRoom(chat, user, 'c', request.body)
      chat[action](user, room)
      return { channel: room.toRecord(), success: true as const }
    })
  }

  app.post('/channels.archive', {
    schema: { ...schema, summary: 'Close a channel to new messages', body: KeySchema, response: replies({}) }
  }, async (request) => {
    const user = callerOf(request)
    chat.archive(user, findRoom(chat, user, 'c', request.body))
    return { success: true as const }
  })

  for (const { prefix, type } of [{ prefix: 'channels', type: 'c' }, { prefix: 'groups', type: 'p' }] as const) {
    app.get(`/${prefix}.members`, {
      schema: {
        ...schema,
        summary: 'Read the members, in the order of joining',
        querystring: Type.Object({ ...roomFields, ...pageFields }),
        response: replies({ members: Type.Array(UserSchema), ...pageReplyFields })
      }
    }, async (request) => {
      const { query } = request
      const all = chat.membersOf(findRoom(chat, callerOf(request), type, query))
      const members = all.slice(query.offset, query.offset + countOf(query))
      return { members, count: members.length, offset: query.offset, total: all.length, success: true as const }
    })
  }
}
