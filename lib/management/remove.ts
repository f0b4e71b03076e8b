import type { IntegrationView } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import { grantsOf, notAuthorized } from '../model/access.ts'
import type { Calls } from '../guard/calls.ts'
import { again, locate, type Locator } from './locate.ts'
import type { Rules } from './rules.ts'
import { type Find, removeStored } from '../model/change-stored.ts'
import { viewOf } from '../model/view.ts'

/**
 * Removes an integration.
 *
 * @returns the integration as it was.
 * @throws IntegrationError `error-unauthorized`, `not_authorized` or
 *   `error-integration-not-found`.
 */
export async function removeIntegration (
  calls: Calls, rules: Rules, caller: User, locator: Locator
): Promise<IntegrationView> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('error-unauthorized')
  const grant = grants.get(locator.type)
  if (grant === undefined) throw notAuthorized([locator.type])
  const find: Find = (earlier) => locate(calls, caller, grant, again(locator, earlier))
  const integration = await removeStored(calls, find)
  rules.announce({ action: 'removed', integration, by: caller })
  rules.forget(integration._id)
  return viewOf(integration, rules)
}
