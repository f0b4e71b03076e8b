import type { FollowedIntegration, Integration, IntegrationType } from '../../schemas/index.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'
import type { PortLifeCycle } from './life-cycle.ts'

/** An integration as a store holds it. */
export interface StoredIntegration {
  readonly integration: Integration
  /** A text that differs after every change of this integration. Only its store knows the meaning. */
  readonly revision: string
}

/** The integrations of one type, of one creator or of all creators. */
export interface IntegrationScope {
  readonly type: IntegrationType
  /** The `_id` of the creator; absent: all creators. */
  readonly creatorId?: string
}

/** The query for a part of a sorted list. */
export interface ListQuery {
  /** The scopes that are listed together. At most one scope of each type; the list may be empty. */
  readonly scopes: readonly IntegrationScope[]
  /**
   * - `creation`: by `_createdAt`, then by `_id`
   * - `name`: by the name in lower case (`toLowerCase`, compared by code points),
   *   then by `_createdAt`, then by `_id`
   */
  readonly sortBy: 'creation' | 'name'
  readonly descending: boolean
  /** How many integrations are left out at the beginning of the sorted list. */
  readonly offset: number
  /** The greatest number of integrations of the page. */
  readonly count: number
  /**
   * The greatest number of bytes of integrations that the store reads and holds;
   * absent: no limit. A store counts the JSON of each integration in UTF-8, or
   * the bytes that it keeps for the integration, as is easier for the store.
   */
  readonly maxBytes?: number
  /** Lists only integrations whose name holds this text, in any case. A store may read the whole scope for it. */
  readonly nameContains?: string
}

/** A part of a sorted list. */
export interface ListPage {
  readonly integrations: readonly Integration[]
  /** The number of integrations in the whole list. */
  readonly total: number
  /**
   * Present only when the page is larger than `maxBytes`: the number of
   * integrations from its beginning that fit. `integrations` is then empty.
   */
  readonly fits?: number
  /**
   * The errors of records that are missing in this page because they cannot be
   * read. Each is a `RecordDamagedError`, a `RecordTooNewError` or a
   * `RecordNotDecryptedError`. Such a record does not hide the others.
   */
  readonly unreadable?: readonly Error[]
}

/**
 * The claim of one request on an idempotency key. Only the holder of the claim
 * may carry the request out. A client that sends a request twice claims the same
 * key twice.
 */
export interface IdempotencyClaim {
  /** A hash of the caller and the key that the caller sent. Letters, digits, `-` and `_`. */
  readonly key: string
  /** A hash of the normalised body. Letters, digits, `-` and `_`. */
  readonly fingerprint: string
  /** A text that no other claim has. Letters, digits, `-` and `_`. */
  readonly token: string
  /** The milliseconds after which the claim lapses, unless an answer was noted with it. */
  readonly lapsesAfter: number
  /** The milliseconds that the key is kept after an answer was noted with it. */
  readonly keptFor: number
}

/** The state of an idempotency key that an earlier request claimed. */
export interface IdempotencyRecord {
  /** The fingerprint of the claim if both requests have the same body, otherwise another text. */
  readonly fingerprint: string
  /** The answer that was noted when the request was done; null while the request is under way. */
  readonly answer: string | null
}

/** The conditions of an insert. */
export interface InsertConditions {
  /** Insert only while the claim is held, and note the answer under its key in the same atomic step. */
  readonly once?: {
    readonly claim: IdempotencyClaim
    /** A short text without secrets: it is never encrypted. */
    readonly answer: string
  }
  /** Insert only while the creator has fewer integrations of this type. An integer from 1. */
  readonly mostOfCreator?: number
}

/**
 * The outcome of an insert:
 *
 * - `inserted`: the integration is stored
 * - `claim-lost`: nothing has changed, because the claim is no longer held
 * - `too-many`: nothing has changed, because the creator has as many integrations
 *   of this type as the conditions allow
 */
export type InsertOutcome = 'inserted' | 'claim-lost' | 'too-many'

/**
 * One step of the feed of a store:
 *
 * - `reset`: forget every integration that was told before. All integrations
 *   follow, then their changes. Every feed begins with it; only `stale` can
 *   come before.
 * - `present`: the store holds this integration in this state. Secret fields
 *   (`token`, `secret`, `previousSecret`, `script`, `scriptError`) are never
 *   told; `find` reads them. The ids (`channelIds`, `targetRoomId`) and
 *   `switchedOff` are told.
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
    readonly integration: FollowedIntegration
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
 * Keeps integrations. Every change is one atomic step: after a crash, either all
 * of the change is stored or nothing.
 *
 * An error that a method throws is logged and answered 503. Three errors are
 * answered 500, because waiting does not help: `RecordDamagedError`,
 * `RecordTooNewError` and `RecordNotDecryptedError`.
 */
export interface IntegrationStore extends PortLifeCycle {
  /**
   * Whether the integrations outlive the process. With `false`, the plugin logs a
   * warning at the start.
   *
   * @defaultValue `true`
   */
  readonly persistent?: boolean
  /**
   * The name of the workspace, if the store has one. Two stores with different
   * data have different names. `EncryptedStore` binds its texts to this name.
   */
  readonly workspace?: string
  /**
   * Adds an integration if the conditions hold. The next read in any process
   * finds the integration. The store keeps no reference to the object.
   *
   * @throws when an integration with this `_id` exists already.
   */
  insert (integration: Integration, conditions: InsertConditions, call: PortCall): Awaitable<InsertOutcome>
  /**
   * Claims an idempotency key.
   *
   * @returns null when the key is now claimed, otherwise the state of the earlier claim.
   */
  claim (claim: IdempotencyClaim, call: PortCall): Awaitable<IdempotencyRecord | null>
  /**
   * Notes the answer of a request that inserts nothing under the key of its claim.
   *
   * @param answer a short text without secrets: it is never encrypted.
   * @returns false, and nothing has changed, when the claim is no longer held.
   */
  settle (claim: IdempotencyClaim, answer: string, call: PortCall): Awaitable<boolean>
  /** Gives a claim up. Does nothing when the claim is no longer held, or has an answer already. */
  release (claim: IdempotencyClaim, call: PortCall): Awaitable<void>
  /**
   * The integration with this `_id`, or null.
   *
   * @throws RecordDamagedError or RecordTooNewError when the record cannot be
   *   read. A store never returns a part of a record.
   */
  find (id: string, call: PortCall): Awaitable<StoredIntegration | null>
  /** The oldest outgoing integration of the scope that calls this URL, or null. */
  findByTargetUrl (url: string, scope: IntegrationScope, call: PortCall): Awaitable<StoredIntegration | null>
  /**
   * A page of a list. Integrations that are changed or removed during the call
   * may be missing. All others are listed, each once.
   */
  list (query: ListQuery, call: PortCall): Awaitable<ListPage>
  /**
   * Replaces an earlier state of an integration. `_id`, `type`, `_createdAt` and
   * `_createdBy` are the same in both states.
   *
   * @returns false when the store no longer holds the earlier state, because
   *   another writer changed or removed it. Nothing has changed then.
   */
  replace (previous: StoredIntegration, next: Integration, call: PortCall): Awaitable<boolean>
  /**
   * Removes an integration.
   *
   * @returns false when the store no longer holds the earlier state, because
   *   another writer changed or removed it. Nothing has changed then.
   */
  remove (previous: StoredIntegration, call: PortCall): Awaitable<boolean>
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
  follow? (types: readonly IntegrationType[], listener: FollowListener, call: PortCall): Promise<void>
}
