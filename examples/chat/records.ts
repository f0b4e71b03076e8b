import { type Static, Type } from '@sinclair/typebox'

/** A user in a record. */
export const UserSchema = Type.Object({
  _id: Type.String(),
  username: Type.String(),
  name: Type.Optional(Type.String())
})

/** A user as records and events show one: without token and roles. */
export type ChatUser = Static<typeof UserSchema>

/** An attachment. Further fields are kept and given back as they came. */
export const AttachmentSchema = Type.Object({
  title: Type.Optional(Type.String()),
  title_link: Type.Optional(Type.String()),
  author_name: Type.Optional(Type.String()),
  text: Type.Optional(Type.String()),
  color: Type.Optional(Type.String({ description: 'Colour of the bar beside the attachment, in CSS form.' })),
  image_url: Type.Optional(Type.String()),
  fields: Type.Optional(Type.Array(Type.Object({
    title: Type.Optional(Type.String()),
    value: Type.Optional(Type.String()),
    short: Type.Optional(Type.Boolean())
  }, { additionalProperties: true })))
}, { additionalProperties: true })

// Given back as they came: a serializer that knows the fields could change their values.
const anyObject = Type.Unsafe<Readonly<Record<string, unknown>>>({ type: 'object', additionalProperties: true })

/** A message, with the names of Rocket.Chat. */
export const MessageSchema = Type.Object({
  _id: Type.String(),
  rid: Type.String({ description: '_id of the room' }),
  msg: Type.String(),
  ts: Type.String({ description: 'ISO 8601' }),
  u: UserSchema,
  _updatedAt: Type.String({ description: 'ISO 8601' }),
  alias: Type.Optional(Type.String({ description: 'Shown instead of the username; the account stays in u.' })),
  avatar: Type.Optional(Type.String()),
  emoji: Type.Optional(Type.String()),
  attachments: Type.Optional(Type.Array(anyObject)),
  tmid: Type.Optional(Type.String({ description: '_id of the message that this one replies to' })),
  bot: Type.Optional(Type.Object({ i: Type.String({ description: '_id of the integration that made the message' }) })),
  editedAt: Type.Optional(Type.String({ description: 'ISO 8601' })),
  editedBy: Type.Optional(UserSchema),
  parseUrls: Type.Boolean(),
  groupable: Type.Boolean(),
  customFields: Type.Optional(anyObject)
})

/** A message, with the names of Rocket.Chat. */
export type Message = Readonly<Static<typeof MessageSchema>>

/** The type of a room: `c` public channel, `p` private group, `d` direct conversation. */
export const RoomTypeSchema = Type.Union([Type.Literal('c'), Type.Literal('p'), Type.Literal('d')])

/** The type of a room: `c` public channel, `p` private group, `d` direct conversation. */
export type RoomType = Static<typeof RoomTypeSchema>

/** A room as a reply shows it, with the names of Rocket.Chat. */
export const RoomSchema = Type.Object({
  _id: Type.String(),
  t: RoomTypeSchema,
  name: Type.Optional(Type.String({ description: 'A direct conversation may have none.' })),
  u: Type.Optional(Type.Object({ _id: Type.String(), username: Type.String() }, { description: 'creator; absent in rooms of the workspace file' })),
  ts: Type.String({ description: 'ISO 8601' }),
  msgs: Type.Integer({ description: 'Messages posted so far; only the last 1,000 are kept.' }),
  usersCount: Type.Integer(),
  lm: Type.Optional(Type.String({ description: 'Time of the last message, ISO 8601' })),
  archived: Type.Optional(Type.Boolean())
})

/** A room as a reply shows it, with the names of Rocket.Chat. */
export type RoomRecord = Readonly<Static<typeof RoomSchema>>
