import type { ClearHistory, HistoryQueryString } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { callerOf } from '../model/input/caller.ts'
import { plainCopy } from '../model/input/plain.ts'
import type { User } from '../ports/auth.ts'
import { clearHistory } from './clear.ts'
import { type HistoryList, listHistory } from './list.ts'
import { validateClearHistory, validateHistoryQuery } from './validators.ts'

/** The methods of `fastify.integrations` for the history. */
export interface Histories {
  /** Lists what happened with an integration, newest first. `query.id` names the integration. */
  history (user: User, query: HistoryQueryString): Promise<HistoryList>
  /** Forgets the history of an integration. */
  clearHistory (user: User, which: ClearHistory): Promise<void>
}

/**
 * Binds the use cases to the ports.
 *
 * @param calls makes the calls of one piece of work.
 */
export function bindHistories (calls: () => Calls): Histories {
  return {
    history: async (user, query) => await listHistory(calls(), callerOf(user), validateHistoryQuery(plainCopy(query))),
    clearHistory: async (user, which) =>
      await clearHistory(calls(), callerOf(user), validateClearHistory(plainCopy(which)).integrationId)
  }
}
