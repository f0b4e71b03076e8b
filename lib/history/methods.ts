import type {
  ClearHistory, HistoryQueryString, IntegrationStatus, ReplayOutgoing, StatusQueryString
} from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { callerOf } from '../model/input/caller.ts'
import { plainCopy } from '../model/input/plain.ts'
import type { User } from '../ports/auth.ts'
import { clearHistory } from './clear.ts'
import type { Deliveries } from './deliveries.ts'
import { type HistoryList, listHistory } from './list.ts'
import { replayOutgoing } from './replay.ts'
import { statusOf } from './status.ts'
import { validateClearHistory, validateHistoryQuery, validateReplayOutgoing, validateStatusQuery } from './validators.ts'

/** The methods of `fastify.integrations` for the history. */
export interface Histories {
  /** Lists what happened with an integration, newest first. `query.id` names the integration. */
  history (user: User, query: HistoryQueryString): Promise<HistoryList>
  /** Forgets the history of an integration. */
  clearHistory (user: User, which: ClearHistory): Promise<void>
  /** Tells whether an integration works. */
  status (user: User, query: StatusQueryString): Promise<IntegrationStatus>
  /**
   * Sends a delivery of the history again: the recorded payload to the recorded
   * URL, with a new `webhook-id`. Resolves when it is queued.
   */
  replayOutgoing (user: User, which: ReplayOutgoing): Promise<void>
}

/**
 * Binds the use cases to the ports.
 *
 * @param calls makes the calls of one piece of work.
 * @param deliveries null on a server without outgoing webhooks.
 */
export function bindHistories (calls: () => Calls, deliveries: Deliveries | null): Histories {
  return {
    history: async (user, query) => await listHistory(calls(), callerOf(user), validateHistoryQuery(plainCopy(query))),
    clearHistory: async (user, which) =>
      await clearHistory(calls(), callerOf(user), validateClearHistory(plainCopy(which)).integrationId),
    status: async (user, query) =>
      await statusOf(calls(), callerOf(user), validateStatusQuery(plainCopy(query)).integrationId, deliveries),
    replayOutgoing: async (user, which) => {
      await replayOutgoing(calls(), callerOf(user), validateReplayOutgoing(plainCopy(which)), deliveries)
    }
  }
}
