import { type HistoryEntry } from '../../schemas/history.ts'
import { type Awaitable } from './awaitable.ts'
import { type StoreCall } from './store.ts'

/** A part of the history of an integration, newest first. */
export interface HistoryQuery {
  /** How many of the newest entries are left out. An integer from 0. */
  readonly offset: number
  /** How many follow at most. An integer from 0. */
  readonly count: number
}

/** A part of the history of an integration. */
export interface HistoryPage {
  /** Newest first. An entry that cannot be read counts as lost and is not among them. */
  readonly entries: readonly HistoryEntry[]
  /** How many entries there are in all. */
  readonly total: number
}

/**
 * Remembers what happened to integrations. A history is a help for people: a
 * message or a delivery never depends on it. What a method throws while
 * something is remembered is logged and changes nothing else; what it throws
 * while somebody reads is answered 503.
 *
 * Entries are JSON data, redacted and cut before a history sees them. A
 * history bounds what it keeps of each integration and forgets the oldest
 * entries first.
 */
export interface HistoryStore {
  /**
   * Remembers an entry as the newest one of `entry.integration._id`.
   *
   * When the history holds an entry with this `_id` of the same integration,
   * the new one takes its place and becomes the newest, as in Rocket.Chat,
   * which sorts by `_updatedAt`. One exception: an entry never replaces one
   * whose `_updatedAt` is later than its own; then nothing changes.
   *
   * No request waits for this method. The history keeps no reference to the
   * object.
   *
   * @throws when the entry could not be remembered; it is lost then.
   */
  append (entry: HistoryEntry, call: StoreCall): Awaitable<void>
  /** A part of the history of an integration; empty when nothing is known of it. */
  list (integrationId: string, query: HistoryQuery, call: StoreCall): Awaitable<HistoryPage>
  /** The entry of an integration with this `_id`; null when there is none, or when it cannot be read. */
  get (integrationId: string, historyId: string, call: StoreCall): Awaitable<HistoryEntry | null>
  /**
   * Forgets all entries of an integration. An entry that is appended later is
   * remembered, also when the integration was removed meanwhile.
   */
  clear (integrationId: string, call: StoreCall): Awaitable<void>
}
