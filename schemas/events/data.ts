import { type Static, type TNull, type TOptional, type TObject, type TSchema, type TUndefined, type TUnion, Type } from '@sinclair/typebox'
import type { EventName } from '../outgoing.ts'

/** A field that may be left out. `null` counts as absent: databases answer it for an empty column. */
function optional<T extends TSchema> (schema: T): TOptional<TUnion<[T, TNull, TUndefined]>> {
  return Type.Optional(Type.Union([schema, Type.Null(), Type.Undefined()]))
}

const time = Type.Union([Type.Date(), Type.String()], { description: 'A Date, or a text that Date.parse understands.' })

/** A user, as the host tells of it. Open: other properties are not read. */
export const EventUserSchema = Type.Object({
  _id: Type.String({ minLength: 1 }),
  username: Type.String({ minLength: 1 }),
  name: optional(Type.String({ description: 'The name that is displayed.' })),
  type: optional(Type.String({ description: 'The kind of the account. `bot` marks the account of a program.' })),
  createdAt: optional(time)
})

/** A user, as the host tells of it. */
export type EventUser = Static<typeof EventUserSchema>

/** A room, as the host tells of it. Open: other properties are not read. */
export const EventRoomSchema = Type.Object({
  _id: Type.String({ minLength: 1 }),
  name: optional(Type.String({ description: 'The name without a leading #.' })),
  type: Type.String({ minLength: 1, description: 'c: public; p: private; d: direct; any other room counts as private.' }),
  users: optional(Type.Array(EventUserSchema, {
    description: 'The participants of a direct room. Without them, only all_direct_messages fits. Not read for any other room.', maxItems: 1000
  })),
  createdAt: optional(time)
})

/** A room, as the host tells of it. */
export type EventRoom = Static<typeof EventRoomSchema>

/** A message, as the host tells of it. Open: other properties are not read. */
export const EventMessageSchema = Type.Object({
  _id: Type.String({ minLength: 1 }),
  text: Type.String({ description: 'May be empty.' }),
  timestamp: time,
  alias: optional(Type.String({ description: 'The name that is displayed instead of that of the user.' })),
  tmid: optional(Type.String({ description: 'The _id of the message that this one answers.' })),
  editedAt: optional(time),
  bot: optional(Type.Union([
    Type.Boolean(),
    Type.Object({ i: optional(Type.String({ description: 'The _id of the integration that made the message: it triggers none.' })) })
  ], { description: 'Whether a program wrote the message. The host gives the mark of a message of an integration back as it got it.' }))
})

/** A message, as the host tells of it. */
export type EventMessage = Static<typeof EventMessageSchema>

const ofMessage = Type.Object({ room: EventRoomSchema, user: EventUserSchema, message: EventMessageSchema })

const ofRoom = Type.Object({ room: EventRoomSchema, user: EventUserSchema })

/** What the host tells with each event. */
export const eventDataSchemas = {
  sendMessage: ofMessage,
  fileUploaded: ofMessage,
  roomArchived: ofRoom,
  roomCreated: ofRoom,
  roomJoined: ofRoom,
  roomLeft: ofRoom,
  userCreated: Type.Object({ user: EventUserSchema })
} as const satisfies Record<EventName, TObject>

/** What the host tells with each event, by the name of the event. */
export type EventData = { readonly [E in EventName]: Static<typeof eventDataSchemas[E]> }
