export { default, default as chatIntegrations } from './plugin.ts'
export type { IntegrationsOptions } from './options/options.ts'
export type { IntegrationRouteOptions } from './options/route-options.ts'
export type { IncomingOptions } from './options/incoming.ts'
export type { OutgoingOptions } from './options/outgoing.ts'
export type { Emit, EmitResult } from './outgoing/dispatcher.ts'
export type { DeliveryOutcome, DeliveryReport, OnDelivery } from './outgoing/delivery/report.ts'
export type { Integrations } from './integrations.ts'
export type { CreateOptions, Management } from './management/integrations.ts'
export type { HistoryList } from './history/list.ts'
export type { Histories } from './history/methods.ts'
export type { Explanations } from './explain/explain.ts'
export type { Execution, Executions } from './incoming/execute.ts'
export type { Posted } from './incoming/outcome.ts'
export { tokenHeaders, type VerifyToken } from './token-headers.ts'
export type { Authenticate, HasPermission, Permission, User } from './ports/auth.ts'
export type { Awaitable } from './ports/awaitable.ts'
export type { PortCall } from './ports/call.ts'
export type { PortLifeCycle } from './ports/life-cycle.ts'
export type { Directory, Room } from './ports/directory.ts'
export type { HistoryPage, HistoryQuery, HistoryStore } from './ports/history.ts'
export type {
  BotMark, Message, MessageAttachment, Messenger, OutboundMessage, PostedMessage, PostingIntegration, PostRequest, PostTarget
} from './ports/messenger.ts'
export type { AddOutcome, DeliveryQueue, Job, JobHandler, JobOutcome, QueuedJob } from './ports/queue.ts'
export type { Sandbox, ScriptFailure, ScriptMethod, ScriptResult, ScriptRun } from './ports/sandbox.ts'
export type {
  FollowListener, IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoreChange, StoredIntegration
} from './ports/store.ts'
export type { Change, ChangeAction, OnChange } from './model/changes.ts'
export type { IntegrationList } from './management/list.ts'
export { EncryptedStore, type EncryptedStoreOptions } from './stores/encrypted/store.ts'
export type { HistoryBounds } from './stores/history/bounds.ts'
export { MemoryHistory, type MemoryHistoryOptions } from './stores/memory/history.ts'
export { MemoryStore } from './stores/memory/store.ts'
export { InProcessQueue, type InProcessQueueOptions } from './queues/in-process.ts'
export {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, AlreadyRegisteredError, ChangeUnconfirmedError,
  type FailureCode, type FailureDetails, failures, IdTakenError, IntegrationError, InvalidOptionError, QueueUnavailableError,
  RecordDamagedError, RecordNotDecryptedError, RecordTooNewError, StoreUnavailableError
} from './errors/index.ts'
export {
  ExecutionFailedError, type ExecutionFailedOptions, PostRefusedError, ScriptFailedError, type ScriptFailedOptions, type ScriptThrown
} from './errors/refusals.ts'
export type {
  ConsoleLine, DeliveryExplanation, EventName, Explain, Explanation, IncomingExplanation, OutgoingExplanation, FollowedIntegration, HistoryEntry, HistoryEntryView, HistoryMessage, HistoryQueryString, HistoryType, HttpError,
  IncomingInput, IncomingIntegration, IncomingIntegrationView, Integration, IntegrationInput, IntegrationRemove, IntegrationStatus,
  IntegrationType, IntegrationUpdate, IntegrationView, ListQueryString, OutgoingInput, OutgoingIntegration,
  OutgoingIntegrationView, PublicIntegration
} from '../schemas/index.ts'
