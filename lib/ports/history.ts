import type { HistoryEntry } from '../../schemas/history.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'
import type { PortLifeCycle } from './life-cycle.ts'

/** A part of the history of an integration, newest first. */
export interface HistoryQuery {
  /** How many of the newest entries are left out. An integer from 0. */
  readonly offset: number
  /** How many follow at most. An integer from 0; the plugin asks for at most 100. */
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
 * Keeps the history of integrations. The history helps people to find
 * mistakes; no message and no delivery depends on it. An error of `append` is
 * logged and changes nothing else. An error of the other methods is answered 503.
 *
 * Entries are JSON data without secrets, cut to 32 KiB before a store gets
 * them. A store bounds the number, the bytes and the age of the entries of each
 * integration and forgets the oldest entries first.
 */
export interface HistoryStore extends PortLifeCycle {
  /**
   * Adds an entry as the newest one of `entry.integration._id`.
   *
   * If the integration has an entry with this `_id`, the new state replaces the
   * earlier state and is the newest entry, as in Rocket.Chat, which sorts by
   * `_updatedAt`. If the present state has a later `_updatedAt` than the new
   * one, nothing changes.
   *
   * No request waits for this method. The store keeps no reference to the
   * object.
   *
   * @throws when the entry was not kept. The entry is lost then.
   */
  append (entry: HistoryEntry, call: PortCall): Awaitable<void>
  /** A part of the history of an integration; empty when there is none. */
  list (integrationId: string, query: HistoryQuery, call: PortCall): Awaitable<HistoryPage>
  /** The entry of an integration with this `_id`; null when there is none, or when it cannot be read. */
  get (integrationId: string, historyId: string, call: PortCall): Awaitable<HistoryEntry | null>
  /**
   * Forgets all entries of an integration. An entry that is appended later is
   * kept, also when the integration was removed meanwhile.
   */
  clear (integrationId: string, call: PortCall): Awaitable<void>
}
