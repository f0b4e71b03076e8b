export { echoFields, ignoredFields, retryDelays, scriptEngines } from './fields.ts'
export { limits, rawLimits } from './limits.ts'
export {
  IncomingInputSchema, type IncomingInput,
  IncomingUpdateSchema, type IncomingUpdate,
  IncomingIntegrationSchema, type IncomingIntegration,
  IncomingIntegrationViewSchema, type IncomingIntegrationView
} from './incoming.ts'
export {
  eventNames, EventNameSchema, type EventName,
  OutgoingInputSchema, type OutgoingInput,
  OutgoingUpdateSchema, type OutgoingUpdate,
  OutgoingIntegrationSchema, type OutgoingIntegration,
  OutgoingIntegrationViewSchema, type OutgoingIntegrationView
} from './outgoing.ts'
export {
  integrationTypes, type IntegrationType,
  inputSchemas, integrationSchemas, integrationViewSchemas, updateSchemas,
  IntegrationInputSchema, type IntegrationInput,
  IntegrationUpdateSchema, type IntegrationUpdate,
  IntegrationSchema, type Integration,
  IntegrationViewSchema, type IntegrationView
} from './integration.ts'
export { type FollowedIntegration, internalFields, type PublicIntegration, publicFields, secretFields } from './public.ts'
export {
  type ConsoleLine, HistoryEntrySchema, type HistoryEntry, HistoryEntryViewSchema, type HistoryEntryView, type HistoryMessage, type HistoryType, historyTypes, type HttpError
} from './history.ts'
export {
  type DeliveryExplanation, ExplainSchema, type Explain, ExplanationSchema, type Explanation, type IncomingExplanation, type OutgoingExplanation
} from './explain.ts'
export { integrationStates, type IntegrationState, IntegrationStatusSchema, type IntegrationStatus } from './status.ts'
export {
  ClearHistorySchema, type ClearHistory,
  CreateHeadersSchema,
  GetQuerySchema, type GetQueryString,
  HistoryQuerySchema, type HistoryQueryString,
  IntegrationRemoveSchema, type IntegrationRemove, removeSchemas,
  ListQuerySchema, type ListQueryString,
  RegenerateTokenSchema, type RegenerateToken,
  ReplayOutgoingSchema, type ReplayOutgoing,
  StatusQuerySchema, type StatusQueryString
} from './requests.ts'
export {
  DoneReplySchema, type DoneReply,
  HistoryReplySchema, type HistoryReply,
  IntegrationListReplySchema, type IntegrationListReply,
  IntegrationReplySchema, type IntegrationReply,
  ExplainReplySchema, type ExplainReply,
  StatusReplySchema, type StatusReply,
  UnauthenticatedReplySchema, type UnauthenticatedReply,
  InvalidFieldSchema, type InvalidField,
  FailureReplySchema, type FailureReply
} from './envelope.ts'
export { refResolver, tokenHeaderSecurity, tokenHeaderSecuritySchemes } from './openapi.ts'
