export { default, default as chatIntegrations } from './plugin.ts'
export { type IntegrationsOptions, type IntegrationRouteOptions } from './options.ts'
export { type CreateOptions, type Integrations } from './integrations.ts'
export { tokenHeaders, type VerifyToken } from './token-headers.ts'
export { type Authenticate, type HasPermission, type Permission, type User } from './ports/auth.ts'
export { type Awaitable } from './ports/awaitable.ts'
export { type Directory, type Room } from './ports/directory.ts'
export {
  type IdempotencyClaim, type IdempotencyRecord, type InsertConditions, type InsertOutcome, type IntegrationScope,
  type IntegrationStore, type ListPage, type ListQuery, type StoreCall, type StoredIntegration
} from './ports/store.ts'
export { type Change, type ChangeAction, type OnChange } from './core/changes.ts'
export { type IntegrationList } from './core/list.ts'
export { EncryptedStore, type EncryptedStoreOptions } from './stores/encrypted.ts'
export { MemoryStore } from './stores/memory.ts'
export {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, AlreadyRegisteredError, ChangeUnconfirmedError,
  type FailureCode, type FailureDetails, failures, IdTakenError, IntegrationError, InvalidOptionError, RecordDamagedError,
  RecordNotDecryptedError, RecordTooNewError, StoreUnavailableError
} from './errors.ts'
export {
  type EventName, type IncomingInput, type IncomingIntegration, type Integration, type IntegrationInput,
  type IntegrationRemove, type IntegrationType, type IntegrationUpdate, type ListQueryString, type OutgoingInput,
  type OutgoingIntegration, type PublicIntegration
} from '../schemas/index.ts'
