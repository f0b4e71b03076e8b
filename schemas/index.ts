export { limits, retryDelays, scriptEngines } from './fields.ts'
export {
  IncomingInputSchema, type IncomingInput,
  IncomingIntegrationSchema, type IncomingIntegration
} from './incoming.ts'
export {
  eventNames, EventNameSchema, type EventName,
  OutgoingInputSchema, type OutgoingInput,
  OutgoingIntegrationSchema, type OutgoingIntegration
} from './outgoing.ts'
export {
  integrationTypes, type IntegrationType,
  inputSchemas, integrationSchemas,
  IntegrationInputSchema, type IntegrationInput,
  IntegrationSchema, type Integration
} from './integration.ts'
export {
  IntegrationReplySchema, type IntegrationReply,
  UnauthenticatedReplySchema, type UnauthenticatedReply,
  InvalidFieldSchema, type InvalidField,
  FailureReplySchema, type FailureReply
} from './envelope.ts'
