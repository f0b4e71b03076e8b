import type { Integration, IntegrationType, PublicIntegration } from '../../schemas/index.ts'
import type { Awaitable } from './awaitable.ts'

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
  /**
   * So many bytes of integrations are read and held at most; absent: as many as
   * there are. A store counts each integration with the length of its JSON in
   * UTF-8, or with what it holds for it, whichever is at hand.
   */
  readonly maxBytes?: number
  /** Only integrations whose name holds this text, in any case. A store may walk the whole scope for it. */
  readonly nameContains?: string
}

/** A part of a sorted list. */
export interface ListPage {
  readonly integrations: readonly Integration[]
  /** How many there are in the whole list. */
  readonly total: number
  /**
   * Present when the page is larger than `maxBytes`: so many integrations from
   * its beginning fit. `integrations` is empty then.
   */
  readonly fits?: number
  /**
   * Why records of this page are missing in it: each a `RecordDamagedError`,
   * `RecordTooNewError` or `RecordNotDecryptedError`. One that cannot be read does not hide the others.
   */
  readonly unreadable?: readonly Error[]
}

/**
 * The right of one request to do what an idempotency key stands for. A client
 * that sends a request twice claims the same key twice.
 */
export interface IdempotencyClaim {
  /** Stands for the caller and the key that it sent: letters, digits, `-` and `_`. */
  readonly key: string
  /** Hash of the normalised body: another body has another. Letters, digits, `-` and `_`. */
  readonly fingerprint: string
  /** Tells this claim from every other one. Letters, digits, `-` and `_`. */
  readonly token: string
  /** After so many milliseconds the claim lapses, unless an answer was noted with it. */
  readonly lapsesAfter: number
  /** So many milliseconds the key is kept once an answer was noted with it. */
  readonly keptFor: number
}

/** What became of an idempotency key that an earlier request claimed. */
export interface IdempotencyRecord {
  /** That of the claim if it is for the same body, otherwise another text. */
  readonly fingerprint: string
  /** The answer that was noted when the request was done; null while the request is under way. */
  readonly answer: string | null
}

/** What has to hold when an integration is inserted. */
export interface InsertConditions {
  /** Insert only while the claim is held, and note the answer under its key in the same step. */
  readonly once?: {
    readonly claim: IdempotencyClaim
    /** A short text. It is never encrypted, so it holds no secret. */
    readonly answer: string
  }
  /** Insert only while the creator has fewer integrations of this type. An integer from 1. */
  readonly mostOfCreator?: number
}

/**
 * What came of an insert: `inserted`; or nothing has changed, because the claim
 * is no longer held (`claim-lost`), or because the creator has as many
 * integrations of this type as the conditions allow (`too-many`).
 */
export type InsertOutcome = 'inserted' | 'claim-lost' | 'too-many'

/**
 * One step of the feed of a store:
 *
 * - `reset`: forget every integration that was told before. All integrations
 *   follow, then their changes. Every feed begins with it; only `stale` can
 *   come before.
 * - `present`: the store holds this integration in this state. Secret fields
 *   (`token`, `script`, `scriptError`) are never told; `find` reads them.
 * - `removed`: the store does not hold an integration with this `_id`. The
 *   listener may never have been told of it.
 * - `unreadable`: the store holds this integration, and its record cannot be
 *   read. What was told of it before is no longer true.
 * - `live`: every change until now was told.
 * - `stale`: the store cannot be reached. What was told may be out of date.
 *   The next `live` says that this is over.
 */
export type StoreChange =
  | { readonly kind: 'reset' }
  | {
    readonly kind: 'present'
    readonly integration: PublicIntegration
    /** As in {@link StoredIntegration}. */
    readonly revision: string
  }
  | { readonly kind: 'removed', readonly _id: string }
  | { readonly kind: 'unreadable', readonly _id: string, readonly error: Error }
  | { readonly kind: 'live' }
  | { readonly kind: 'stale' }

/** A reader that follows a store. The objects that it is told of are its own. */
export interface FollowListener {
  /**
   * Told of every step, one after the other. It must be quick and must not
   * throw: the error goes to `error`, the step is not told again, and the feed
   * goes on.
   */
  change (change: StoreChange): void
  /**
   * Told of what `change` threw, and once in each outage of its cause. A client
   * of a database may attach secrets to an error: log only `message` and `code`.
   */
  error (error: unknown): void
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
   * The name of the workspace, if the store has one: two stores over different
   * data have different names. `EncryptedStore` binds what it encrypts to it.
   */
  readonly workspace?: string
  /**
   * Adds an integration if the conditions hold. The next read in any process
   * finds it. The store keeps no reference to the object.
   *
   * @throws when an integration with this `_id` exists already.
   */
  insert (integration: Integration, conditions: InsertConditions, call: StoreCall): Awaitable<InsertOutcome>
  /**
   * Claims an idempotency key.
   *
   * @returns null when the key is now claimed, or what became of it before.
   */
  claim (claim: IdempotencyClaim, call: StoreCall): Awaitable<IdempotencyRecord | null>
  /**
   * Notes the answer of a request that inserts nothing under the key of its claim.
   *
   * @param answer a short text. It is never encrypted, so it holds no secret.
   * @returns false, and nothing has changed, when the claim is no longer held.
   */
  settle (claim: IdempotencyClaim, answer: string, call: StoreCall): Awaitable<boolean>
  /** Gives a claim up that no answer was noted with; otherwise nothing happens. */
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
  /**
   * Tells a listener of all integrations of some types, and then of every
   * change that any process makes to them, until the signal of the call is
   * aborted. A store without this method cannot be followed.
   *
   * The last step about each `_id` is the truth: no later step tells an earlier
   * state, and no change is left out. Changes of one integration in quick
   * succession may be told as one step, and a state may be told twice with the
   * same revision. When a store cannot tell whether a change was left out (the
   * reader fell behind, the data was flushed, a failover lost a change), the
   * feed starts over with `reset`.
   *
   * An error of the store does not end the feed. The store tries again until it
   * succeeds.
   *
   * @param types of the integrations that are told of; at least one.
   * @returns a promise that never rejects. It resolves when the signal was
   *   aborted, no further step will be told, and what the feed had opened is closed.
   */
  follow? (types: readonly IntegrationType[], listener: FollowListener, call: StoreCall): Promise<void>
}
