import { type HistoryEntryView, historyLimits } from '../../schemas/history.ts'
import { IntegrationError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import { history } from '../guard/tables/history.ts'
import { grantsOf } from '../model/access.ts'
import { findVisible } from '../model/find.ts'
import type { User } from '../ports/auth.ts'
import { withoutBodiesOfOtherRooms } from './rooms.ts'
import { viewOfEntry } from './view.ts'

/** Names an integration, and the part of its history that is wanted. */
export interface HistoryInput {
  /** The `_id` of the integration. */
  readonly id: string
  /** The number of the newest entries that are left out; 0 when absent. */
  readonly offset?: number
  /** How many follow; 50 when absent. 0, and more than 100, is 100. */
  readonly count?: number
}

/** A part of the history of an integration. */
export interface HistoryList {
  /** Newest first. */
  readonly history: HistoryEntryView[]
  readonly offset: number
  /** The number of entries in this page. */
  readonly items: number
  /** The same number as `items`, under the name that Rocket.Chat uses. */
  readonly count: number
  /** The number of entries in the whole history. */
  readonly total: number
}

/**
 * Lists the history of an integration, for callers that may see the
 * integration. For others the history is empty, as that of an integration that
 * does not exist.
 *
 * @throws IntegrationError `error-unauthorized` or `not-authorized`.
 */
export async function listHistory (calls: Calls, caller: User, { id, offset = 0, count = 50 }: HistoryInput): Promise<HistoryList> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('error-unauthorized')
  const found = await findVisible(calls, caller, grants, id)
  if (found === null) return { history: [], offset, items: 0, count: 0, total: 0 }
  const most = count === 0 ? historyLimits.page : Math.min(count, historyLimits.page)
  const { entries, total } = await calls.ask(history.list, found.integration._id, { offset, count: most })
  // A history of a host may answer more than it was asked for.
  const part = entries.slice(0, most).map(viewOfEntry)
  const page = found.grant === 'full' ? part : await withoutBodiesOfOtherRooms(calls, caller, part)
  return { history: page, offset, items: page.length, count: page.length, total }
}
