import { type Integration, type IntegrationType } from '../../schemas/index.ts'
import { type Awaitable } from './awaitable.ts'

/** What a store is told about the call besides its input. */
export interface StoreCall {
  /**
   * Aborted when the caller no longer waits (`adapterTimeout`). A store must
   * not start a write after that: the client was answered 503.
   */
  readonly signal: AbortSignal
  /**
   * Whether that has happened already. The same as `signal.aborted`, but asking
   * for a signal makes one, and most calls end without it.
   */
  readonly aborted?: boolean
}

/** An integration as a store holds it. */
export interface StoredIntegration {
  readonly integration: Integration
  /** Another text after every change of this integration; means something to its store only. */
  readonly revision: string
}

/** Integrations of one type: of one creator, or of everybody. */
export interface IntegrationScope {
  readonly type: IntegrationType
  /** The `_id` of the creator; absent: everybody's. */
  readonly creatorId?: string
}

/** A part of a sorted list. */
export interface ListQuery {
  /** What is listed, all of it together; at most one scope of each type, and maybe none. */
  readonly scopes: readonly IntegrationScope[]
  /** By name in any case (`toLowerCase`, by code points), or not; then by `_createdAt`; then by `_id`. */
  readonly sortBy: 'creation' | 'name'
  readonly descending: boolean
  /** How many of the sorted list are left out at its beginning. */
  readonly offset: number
  /** How many follow at most. */
  readonly count: number
  /** Only integrations whose name holds this text, in any case. A store may walk the whole scope for it. */
  readonly nameContains?: string
}

/** A part of a sorted list. */
export interface ListPage {
  readonly integrations: readonly Integration[]
  /** How many there are in the whole list. */
  readonly total: number
  /**
   * Why records of this page are missing in it: each a `RecordDamagedError`,
   * `RecordTooNewError` or `RecordNotDecryptedError`. One that cannot be read does not hide the others.
   */
  readonly unreadable?: readonly Error[]
}

/**
 * The right of one request to create the integration of an idempotency key.
 * Who sends a create twice claims the same key twice.
 */
export interface IdempotencyClaim {
  /** Stands for the caller and the key that it sent: letters, digits, `-` and `_`. */
  readonly key: string
  /** Hash of the normalised body: another body has another. */
  readonly fingerprint: string
  /** Tells this claim from every other one. */
  readonly token: string
  /** After so many milliseconds the claim lapses, unless an integration was inserted with it. */
  readonly lapsesAfter: number
  /** So many milliseconds the key is kept once an integration was inserted with it. */
  readonly keptFor: number
}

/** What became of an idempotency key that somebody claimed. */
export interface IdempotencyRecord {
  /** That of the claim if it is for the same body, otherwise another text. */
  readonly fingerprint: string
  /** The integration as it was inserted, its properties in the same order; null while the request is under way. */
  readonly integration: Integration | null
}

/**
 * Keeps integrations. Every change is one atomic step: after a crash all of it
 * happened or none of it. What a method throws is logged and answered 503,
 * except `RecordDamagedError`, `RecordTooNewError` and
 * `RecordNotDecryptedError`, which waiting does not cure (500).
 */
export interface IntegrationStore {
  /**
   * Whether integrations are still there when the process has ended; absent
   * means yes. The plugin warns at start when it is false.
   */
  readonly persistent?: boolean
  /**
   * Adds an integration. The next read in any process finds it. The store
   * keeps no reference to the object.
   *
   * @throws when an integration with this `_id` exists already.
   */
  insert (integration: Integration, call: StoreCall): Awaitable<void>
  /**
   * Claims an idempotency key.
   *
   * @returns null when the key is now claimed, or what became of it before.
   */
  claim (claim: IdempotencyClaim, call: StoreCall): Awaitable<IdempotencyRecord | null>
  /**
   * Adds an integration, as `insert` does, and keeps it under the key of a
   * claim, both in one step.
   *
   * @returns false, and nothing has changed, when the claim is no longer held.
   * @throws when an integration with this `_id` exists already.
   */
  insertClaimed (integration: Integration, claim: IdempotencyClaim, call: StoreCall): Awaitable<boolean>
  /** Gives a claim up that no integration was inserted with; otherwise nothing happens. */
  release (claim: IdempotencyClaim, call: StoreCall): Awaitable<void>
  /**
   * The integration with this `_id`, or null.
   *
   * @throws RecordDamagedError or RecordTooNewError rather than returning
   *   half a record.
   */
  find (id: string, call: StoreCall): Awaitable<StoredIntegration | null>
  /** The oldest outgoing integration of the scope that calls this URL, or null. */
  findByTargetUrl (url: string, scope: IntegrationScope, call: StoreCall): Awaitable<StoredIntegration | null>
  /**
   * A page of a list. Integrations that are changed or removed while it is
   * made may be missing in it; others are there, once.
   */
  list (query: ListQuery, call: StoreCall): Awaitable<ListPage>
  /**
   * Puts an integration in the place of an earlier state of itself. `_id`,
   * `type`, `_createdAt` and `_createdBy` are the same in both.
   *
   * @returns false, and nothing has changed, when the store no longer holds
   *   that state: somebody changed or removed it meanwhile.
   */
  replace (previous: StoredIntegration, next: Integration, call: StoreCall): Awaitable<boolean>
  /**
   * Removes an integration.
   *
   * @returns false, and nothing has changed, when the store no longer holds
   *   that state: somebody changed or removed it meanwhile.
   */
  remove (previous: StoredIntegration, call: StoreCall): Awaitable<boolean>
}
