export { default, default as chatIntegrations } from './plugin.ts'
export type { IntegrationsOptions, IntegrationRouteOptions } from './options.ts'
export type { CreateOptions, Integrations } from './integrations.ts'
export { tokenHeaders, type VerifyToken } from './token-headers.ts'
export type { Authenticate, HasPermission, Permission, User } from './ports/auth.ts'
export type { Awaitable } from './ports/awaitable.ts'
export type { Directory, Room } from './ports/directory.ts'
export type {
  IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoreCall, StoredIntegration
} from './ports/store.ts'
export type { Change, ChangeAction, OnChange } from './core/changes.ts'
export type { IntegrationList } from './core/list.ts'
export { EncryptedStore, type EncryptedStoreOptions } from './stores/encrypted.ts'
export { MemoryStore } from './stores/memory.ts'
export {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, AlreadyRegisteredError, ChangeUnconfirmedError,
  type FailureCode, type FailureDetails, failures, IdTakenError, IntegrationError, InvalidOptionError, RecordDamagedError,
  RecordNotDecryptedError, RecordTooNewError, StoreUnavailableError
} from './errors.ts'
export type {
  EventName, IncomingInput, IncomingIntegration, Integration, IntegrationInput,
  IntegrationRemove, IntegrationType, IntegrationUpdate, ListQueryString, OutgoingInput,
  OutgoingIntegration, PublicIntegration
} from '../schemas/index.ts'
