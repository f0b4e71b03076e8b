import { type Static, type TObject, Type } from '@sinclair/typebox'
import type { EventName } from '../outgoing.ts'
import { TimestampSchema } from '../primitives.ts'

const text = (description: string) => Type.String({ description })

/** A user, as receivers are told of it. */
export const SentUserSchema = Type.Object({
  _id: Type.String(),
  username: Type.String(),
  name: Type.Optional(Type.String()),
  type: Type.Optional(Type.String()),
  createdAt: Type.Optional(TimestampSchema)
}, { additionalProperties: false })

/** A user, as receivers are told of it. */
export type SentUser = Static<typeof SentUserSchema>

/** A room, as receivers are told of it. */
export const SentRoomSchema = Type.Object({
  _id: Type.String(),
  name: Type.Optional(Type.String()),
  type: Type.String(),
  users: Type.Optional(Type.Array(SentUserSchema)),
  createdAt: Type.Optional(TimestampSchema)
}, { additionalProperties: false })

/** A room, as receivers are told of it. */
export type SentRoom = Static<typeof SentRoomSchema>

/** A message, as receivers are told of it. */
export const SentMessageSchema = Type.Object({
  _id: Type.String(),
  text: Type.String(),
  timestamp: TimestampSchema,
  alias: Type.Optional(Type.String()),
  tmid: Type.Optional(Type.String()),
  editedAt: Type.Optional(TimestampSchema),
  bot: Type.Optional(Type.Boolean())
}, { additionalProperties: false })

/** A message, as receivers are told of it. */
export type SentMessage = Static<typeof SentMessageSchema>

const common = {
  token: text('The token of the integration.'),
  bot: Type.Boolean({ description: 'Whether a program wrote the message, or, for events without a message, whether the user is a bot.' }),
  trigger_word: Type.Optional(text('The trigger word that the message fits.'))
}

const channel = {
  channel_id: text('The _id of the room.'),
  channel_name: Type.Optional(text('The name of the room; absent for a room without a name.'))
}

const person = {
  user_id: text('The _id of the user that caused the event.'),
  user_name: text('The username of the user that caused the event.')
}

const message = {
  ...channel,
  message_id: text('The _id of the message.'),
  timestamp: TimestampSchema,
  ...person,
  text: text('The text of the message.'),
  siteUrl: text('The address of the chat; empty when it is not known.'),
  alias: Type.Optional(text('The name that is displayed instead of that of the user.')),
  tmid: Type.Optional(text('The _id of the message that this one answers.')),
  isEdited: Type.Optional(Type.Literal(true))
}

const closed = { additionalProperties: false }

const ofRoom = Type.Object({ ...common, timestamp: TimestampSchema, ...channel, ...person, user: SentUserSchema, room: SentRoomSchema }, closed)

/** What receivers are sent for each event: the JSON body of the request. */
export const payloadSchemas = {
  sendMessage: Type.Object({ ...common, ...message }, closed),
  fileUploaded: Type.Object({ ...common, ...message, user: SentUserSchema, room: SentRoomSchema, message: SentMessageSchema }, closed),
  roomArchived: ofRoom,
  roomCreated: Type.Object({
    ...common, ...channel, timestamp: TimestampSchema, ...person, owner: SentUserSchema, room: SentRoomSchema
  }, closed),
  roomJoined: ofRoom,
  roomLeft: ofRoom,
  userCreated: Type.Object({ ...common, timestamp: TimestampSchema, ...person, user: SentUserSchema }, closed)
} as const satisfies Record<EventName, TObject>

/** What receivers are sent for an event. */
export type Payload<E extends EventName = EventName> = Static<typeof payloadSchemas[E]>

/** What receivers are sent for an event, without the token of the integration. */
export type PayloadWithoutToken<E extends EventName = EventName> = E extends EventName ? Omit<Payload<E>, 'token'> : never
