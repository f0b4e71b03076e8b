import { type Static, Type } from '@sinclair/typebox'

/** One message that was posted, or the reason why it was not. */
export const PostedSchema = Type.Union([
  Type.Object({ channel: Type.String(), _id: Type.String() }),
  Type.Object({ channel: Type.String(), error: Type.String() })
])

/** Answer to a request that was served. Open: a script may add fields. */
export const HookSuccessSchema = Type.Object({
  success: Type.Literal(true),
  ok: Type.Optional(Type.Unknown({ description: 'True, for senders that expect the answer of Slack; a script may change the value.' })),
  messages: Type.Optional(Type.Array(PostedSchema, { description: 'With ?wait=true: the messages.' }))
}, {
  title: 'Success of an incoming webhook',
  description: 'The request was served.',
  examples: [{ success: true, ok: true }]
})

/** Answer to a request that was served. */
export type HookSuccess = Static<typeof HookSuccessSchema>

/** Answer to a request that was refused or failed. Open: a script may add fields. */
export const HookFailureSchema = Type.Object({
  success: Type.Literal(false),
  error: Type.String({ description: 'The reason, for a person.' }),
  errorType: Type.Optional(Type.String({ description: 'The reason, for a program.' })),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown()))
}, {
  title: 'Failure of an incoming webhook',
  description: 'The request was refused or failed.',
  examples: [{ success: false, error: 'Invalid integration id or token provided.' }]
})

/** Answer to a request that was refused or failed. */
export type HookFailure = Static<typeof HookFailureSchema>

/** Answer to a request with `separateResponse`: one entry for each destination. */
export const HookResponsesSchema = Type.Object({
  responses: Type.Array(Type.Union([
    Type.Object({ channel: Type.String(), message: Type.Object({ _id: Type.String() }) }),
    Type.Object({ channel: Type.String(), error: Type.String() })
  ])),
  success: Type.Boolean({ description: 'False when nothing was posted.' }),
  error: Type.Optional(Type.String({ description: 'The first reason, when nothing was posted.' }))
}, {
  title: 'Separate responses of an incoming webhook',
  description: 'One entry for each destination.',
  examples: [{ responses: [{ channel: '#general', message: { _id: 'aobEdbYhXfu5hkeqG' } }], success: true }]
})

/** Answer to a request with `separateResponse`. */
export type HookResponses = Static<typeof HookResponsesSchema>

/** Answer to a sender for Mattermost whose request was refused or failed. */
export const MattermostFailureSchema = Type.Object({
  id: Type.String({ description: 'The reason, for a program.' }),
  message: Type.String({ description: 'The reason, for a person.' }),
  status_code: Type.Integer()
}, { title: 'Failure, for Mattermost', description: 'The request was refused or failed.' })

/** Answer to a sender for Discord that asked for the message with `?wait=true`. */
export const DiscordMessageSchema = Type.Object({
  id: Type.String({ description: 'The _id of the message.' }),
  content: Type.String({ description: 'The text of the message.' }),
  channel_id: Type.String(),
  timestamp: Type.String()
}, { title: 'Message, for Discord', description: 'The message that was posted.' })

/** Answer to a sender for Discord whose request was refused or failed. Open: a rate limit says more. */
export const DiscordFailureSchema = Type.Object({
  code: Type.Integer({ description: 'A code of Discord; 0 for every failure that Discord does not know.' }),
  message: Type.String({ description: 'The reason, for a person.' })
}, { title: 'Failure, for Discord', description: 'The request was refused or failed.' })
