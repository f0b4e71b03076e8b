import { integrationTypes } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { history } from '../guard/tables/history.ts'
import { grantsOf, notAuthorized } from '../model/access.ts'
import { findStored, requireManageable } from '../model/find.ts'
import type { User } from '../ports/auth.ts'

/**
 * Forgets the history of an integration, for callers that may change the
 * integration.
 *
 * @throws IntegrationError `not_authorized` or `error-integration-not-found`.
 */
export async function clearHistory (calls: Calls, caller: User, integrationId: string): Promise<void> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw notAuthorized(integrationTypes)
  const { integration } = await findStored(calls, integrationId)
  requireManageable(grants, caller, integration)
  await calls.ask(history.clear, integration._id)
}
