import { type Static, Type } from '@sinclair/typebox'
import { ExplanationSchema } from './explain.ts'
import { HistoryEntryViewSchema } from './history.ts'
import { IntegrationViewSchema } from './integration.ts'
import { IntegrationStatusSchema } from './status.ts'

/** Answer that carries one integration. */
export const IntegrationReplySchema = Type.Object({
  integration: IntegrationViewSchema,
  success: Type.Literal(true)
}, {
  title: 'Success',
  description: 'The integration as it is returned.'
})

/** Answer that carries one integration. */
export type IntegrationReply = Static<typeof IntegrationReplySchema>

/** The fields of every page, besides its list. */
const pageFields = {
  offset: Type.Integer({ description: 'How many were left out.' }),
  items: Type.Integer({ description: 'How many are in this page.' }),
  count: Type.Integer({ description: 'How many are in this page.' }),
  total: Type.Integer({ description: 'How many there are in all.' }),
  success: Type.Literal(true)
}

/** Answer of `integrations.list`. */
export const IntegrationListReplySchema = Type.Object({
  integrations: Type.Array(IntegrationViewSchema),
  ...pageFields
}, {
  title: 'Page of a list',
  description: 'Integrations that the caller may manage.'
})

/** Answer of `integrations.list`. */
export type IntegrationListReply = Static<typeof IntegrationListReplySchema>

/** Answer of `integrations.history`. */
export const HistoryReplySchema = Type.Object({
  history: Type.Array(HistoryEntryViewSchema),
  ...pageFields
}, {
  title: 'Page of a history',
  description: 'Entries of the history of one integration, newest first.'
})

/** Answer of `integrations.history`. */
export type HistoryReply = Static<typeof HistoryReplySchema>

/** Answer of `integrations.status`. */
export const StatusReplySchema = Type.Object({
  status: IntegrationStatusSchema,
  success: Type.Literal(true)
}, {
  title: 'Status',
  description: 'Whether an integration works.'
})

/** Answer of `integrations.status`. */
export type StatusReply = Static<typeof StatusReplySchema>

/** Answer of `integrations.explain`. */
export const ExplainReplySchema = Type.Object({
  success: Type.Literal(true),
  explanation: ExplanationSchema
}, { title: 'Explanation', description: 'What would happen.' })

/** Answer of `integrations.explain`. */
export type ExplainReply = Static<typeof ExplainReplySchema>

/** Answer of `integrations.clearHistory` and `integrations.replayOutgoing`. */
export const DoneReplySchema = Type.Object({
  success: Type.Literal(true)
}, {
  title: 'Done',
  description: 'What was asked for is done.',
  examples: [{ success: true }]
})

/** Answer of `integrations.clearHistory` and `integrations.replayOutgoing`. */
export type DoneReply = Static<typeof DoneReplySchema>

/** Answer to a request whose caller is not known. */
export const UnauthenticatedReplySchema = Type.Object({
  success: Type.Literal(false),
  status: Type.Literal('error'),
  error: Type.String(),
  message: Type.String()
}, {
  title: 'Not logged in',
  description: 'The credentials are missing, incomplete or wrong.',
  examples: [{
    success: false,
    status: 'error',
    error: 'You must be logged in to do this.',
    message: 'You must be logged in to do this.'
  }]
})

/** Answer to a request whose caller is not known. */
export type UnauthenticatedReply = Static<typeof UnauthenticatedReplySchema>

/** One error of a body or a query. */
export const InvalidFieldSchema = Type.Object({
  path: Type.String({ description: 'JSON pointer to the field; empty for the whole body.' }),
  message: Type.String({ description: 'What was expected.' })
})

/** One error of a body or a query. */
export type InvalidField = Static<typeof InvalidFieldSchema>

/** Answer to any other request that did not succeed. */
export const FailureReplySchema = Type.Object({
  success: Type.Literal(false),
  error: Type.String({ description: 'What is wrong, for a person.' }),
  errorType: Type.Optional(Type.String({ description: 'What is wrong, for a program.' })),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown(), {
    description: 'Which field, channel, user, permission or limit is at fault.'
  }))
}, {
  title: 'Failure',
  description: 'Why the request was refused or failed.',
  examples: [{
    success: false,
    error: 'Invalid room [error-invalid-room]',
    errorType: 'error-invalid-room',
    details: { field: 'channel', channel: '#nowhere' }
  }]
})

/** Answer to any other request that did not succeed. */
export type FailureReply = Static<typeof FailureReplySchema>
