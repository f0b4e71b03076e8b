import { type Static, Type } from '@sinclair/typebox'
import { IntegrationIdSchema, TimestampSchema } from './primitives.ts'

/** Bounds of the history. */
export const historyLimits = {
  /** So many entries are listed at once at most. */
  page: 100,
  /** Bytes of an entry at most, as JSON in UTF-8. */
  entry: 32 * 1024
} as const

/** The kinds of entries: a call of an incoming webhook, or one attempt of a delivery. */
export const historyTypes = ['incoming-webhook', 'outgoing-webhook'] as const

/** The kind of an entry. */
export type HistoryType = typeof historyTypes[number]

/** The names of the functions of `console` that scripts have. */
export const consoleLevels = ['log', 'info', 'warn', 'error', 'debug'] as const

/** One line that a script wrote. */
export const ConsoleLineSchema = Type.Object({
  level: Type.Union(consoleLevels.map((level) => Type.Literal(level)), {
    description: 'The function of console that wrote the line.'
  }),
  text: Type.String({ description: 'The arguments, separated by blanks; objects as JSON.' })
}, { description: 'One line that the script wrote.' })

/** One line that a script wrote. */
export type ConsoleLine = Static<typeof ConsoleLineSchema>

/** One message with its outcome. */
export const HistoryMessageSchema = Type.Object({
  channel: Type.String({ description: 'Where to: #room or @user, or an _id of either.' }),
  _id: Type.Optional(Type.String({ description: 'The _id of the message that was posted.' })),
  error: Type.Optional(Type.String({ description: 'The code of the reason why it was not posted.' }))
}, { description: 'One message with its outcome.' })

/** One message with its outcome. */
export type HistoryMessage = Static<typeof HistoryMessageSchema>

/** The reason why a receiver was not reached. */
export const HttpErrorSchema = Type.Object({
  code: Type.Optional(Type.String({ description: 'The error, for a program.', examples: ['ECONNREFUSED'] })),
  message: Type.String({ description: 'The error, for a person.' })
}, { description: 'Why the receiver was not reached.' })

/** The reason why a receiver was not reached. */
export type HttpError = Static<typeof HttpErrorSchema>

/** The fields of an entry that are stored and returned. */
const shownFields = {
  _id: Type.String({ description: 'Identifier of the entry.', minLength: 1 }),
  _createdAt: TimestampSchema,
  _updatedAt: TimestampSchema,
  type: Type.Union(historyTypes.map((type) => Type.Literal(type)), {
    description: 'A call of an incoming webhook, or one attempt of a delivery.'
  }),
  integration: Type.Object({ _id: IntegrationIdSchema }, { description: 'The integration that the entry belongs to.' }),
  step: Type.String({ description: 'The last step that was reached.', examples: ['after-http-call'] }),
  event: Type.Optional(Type.String({ description: 'The event that led to the delivery.', examples: ['sendMessage'] })),
  url: Type.Optional(Type.String({ description: 'The URL that was called.' })),
  triggerWord: Type.Optional(Type.String({ description: 'The trigger word that fitted.' })),
  roomId: Type.Optional(Type.String({ description: 'The _id of the room that the bodies come from.' })),
  data: Type.Optional(Type.Unknown({ description: 'The payload that arrived, or that the receiver is sent.' })),
  httpCallData: Type.Optional(Type.Unknown({ description: 'The body that was sent, where a script changed it.' })),
  httpResult: Type.Optional(Type.String({ description: 'The body that was answered, as text.' })),
  httpError: Type.Optional(HttpErrorSchema),
  error: Type.Optional(Type.String({ description: 'Why it failed; absent while nothing has failed.' })),
  finished: Type.Optional(Type.Boolean({ description: 'Whether nothing more follows for this entry.' })),
  ranPrepareScript: Type.Optional(Type.Boolean({ description: 'Whether the script prepared the request.' })),
  attempt: Type.Optional(Type.Integer({ description: 'The number of the attempt; the first one is 1.', minimum: 1 })),
  status: Type.Optional(Type.Integer({ description: 'The HTTP status that the receiver, or this server, answered.' })),
  duration: Type.Optional(Type.Number({ description: 'How long it took, in milliseconds.', minimum: 0 })),
  webhookId: Type.Optional(Type.String({ description: 'The webhook-id of the delivery, the same in all its attempts.' })),
  console: Type.Optional(Type.Array(ConsoleLineSchema, { description: 'The lines that the script wrote.' })),
  messages: Type.Optional(Type.Array(HistoryMessageSchema, { description: 'The messages with their outcomes.' })),
  notes: Type.Optional(Type.Array(Type.String(), {
    description: 'Parts that could not be used, and the reasons; none repeats a value.'
  })),
  nextAttemptAt: Type.Optional(TimestampSchema),
  truncated: Type.Optional(Type.Array(Type.String(), {
    description: 'The names of the fields that are not complete; absent when all are.',
    examples: [['data']]
  }))
}

/** The fields of an entry that are stored and never returned. A delivery that is sent again is made of them. */
const internalFields = {
  lane: Type.Optional(Type.String({
    description: 'Which URL of the integration was called. Tells nothing of the URL, which may hold credentials.'
  })),
  roomType: Type.Optional(Type.String({ description: 'The type of the room of the event.' }))
}

/**
 * One entry of the history of an integration, as a history keeps it. Open, so
 * that a reader tolerates fields of a later version.
 */
export const HistoryEntrySchema = Type.Object({ ...shownFields, ...internalFields }, {
  title: 'Entry of the history, as it is stored',
  description: 'An entry of the history with the fields that the server keeps for itself.'
})

/** One entry of the history of an integration, as a history keeps it. */
export type HistoryEntry = Static<typeof HistoryEntrySchema>

/** One entry of the history of an integration, as it is returned. Open, as the stored one. */
export const HistoryEntryViewSchema = Type.Object(shownFields, {
  $id: 'HistoryEntry',
  title: 'Entry of the history',
  description: 'One call of an incoming webhook, or one attempt to deliver an event, with its outcome.',
  examples: [{
    _id: 'h7aKq2ZWzoBP8msi9',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _updatedAt: '2017-01-06T13:23:46.402Z',
    type: 'outgoing-webhook',
    integration: { _id: '3aazpZ2WzoBP8msi9' },
    step: 'url-response-sent-message',
    event: 'sendMessage',
    url: 'http://text2gif.guggy.com/guggify',
    triggerWord: '!guggy',
    roomId: 'GENERAL',
    data: { token: '***', bot: false, trigger_word: '!guggy', channel_id: 'GENERAL', text: '!guggy hello' },
    httpResult: '{"text":"hello"}',
    finished: true,
    ranPrepareScript: false,
    attempt: 1,
    status: 200,
    duration: 384,
    webhookId: 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
    messages: [{ channel: '#general', _id: 'fq7Pk2ZWzoBP8msi9' }]
  }]
})

/** One entry of the history of an integration, as it is returned. */
export type HistoryEntryView = Static<typeof HistoryEntryViewSchema>
