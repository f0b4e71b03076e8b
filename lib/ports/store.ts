import { type Integration } from '../../schemas/index.ts'
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

/**
 * Keeps integrations. Every method is one atomic step: after a crash all of it
 * happened or none of it. What a method throws is logged and answered 503,
 * except `RecordDamagedError` and `RecordTooNewError`, which waiting does not
 * cure (500).
 */
export interface IntegrationStore {
  /**
   * Whether integrations are still there when the process has ended; absent
   * means yes. The plugin warns at start when it is false.
   */
  readonly persistent?: boolean
  /**
   * Adds an integration together with everything that later look-ups need:
   * newest first, by name, by type, by creator and by target URL. The next
   * read in any process finds it. The store keeps no reference to the object.
   *
   * @throws when an integration with this `_id` exists already.
   */
  insert (integration: Integration, call: StoreCall): Awaitable<void>
  /**
   * The integration with this `_id`, or null.
   *
   * @throws RecordDamagedError or RecordTooNewError rather than returning
   *   half a record.
   */
  find (id: string, call: StoreCall): Awaitable<Integration | null>
}
