import type { HistoryEntry } from '../../../schemas/history.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { HistoryPage, HistoryStore } from '../../ports/history.ts'
import { patient } from '../samples.ts'

/** A history as the suite `historyContract` is given it. */
export interface HistoryUnderTest {
  /** An empty history. It keeps at least 100 entries of each integration. */
  readonly history: HistoryStore
  /** Makes a second instance over the same data, as another process has one; absent where there is none. */
  readonly reopen?: () => Awaitable<HistoryStore>
}

/** How much of each integration a history keeps. An absent bound is the default of the history. */
export interface BoundsUnderTest {
  /** How many entries. */
  readonly maxEntries?: number
  /** How many bytes, counted as JSON in UTF-8. */
  readonly maxBytes?: number
  /** How many milliseconds after its last write an entry is kept. */
  readonly maxAge?: number
}

/** All entries of an integration: no case has more than the plugin asks for at once. */
export async function entriesIn (history: HistoryStore, integrationId: string): Promise<HistoryPage> {
  return await history.list(integrationId, { offset: 0, count: 100 }, patient)
}

/** The `_id`s of all entries of an integration, the newest first. */
export async function idsIn (history: HistoryStore, integrationId: string): Promise<string[]> {
  return idsOf((await entriesIn(history, integrationId)).entries)
}

/** The `_id`s of some entries, in their order. */
export function idsOf (entries: readonly HistoryEntry[]): string[] {
  return entries.map(({ _id }) => _id)
}
