import type { IntegrationView } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import { grantsOf } from '../model/access.ts'
import { findVisible } from '../model/find.ts'
import type { Calls } from '../guard/calls.ts'
import type { Rules } from './rules.ts'
import { viewOf } from '../model/view.ts'

/** The parameters that name an integration. */
export interface GetInput {
  readonly integrationId: string
  /** The `_id` of the user that must have created the integration. */
  readonly createdBy?: string
}

/**
 * Finds one integration. A caller that may manage only its own integrations
 * learns nothing about other integrations. A caller that may manage none
 * learns nothing at all.
 *
 * @throws IntegrationError `not-authorized` or `error-integration-does-not-exist`.
 */
export async function getIntegration (
  calls: Calls, rules: Rules, caller: User, { integrationId, createdBy }: GetInput
): Promise<IntegrationView> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('not-authorized')
  const found = await findVisible(calls, caller, grants, integrationId)
  if (found === null) throw new IntegrationError('error-integration-does-not-exist')
  const { integration } = found
  // Only now: a caller that may not see the integration must not learn its creator by guessing createdBy.
  if (createdBy && integration._createdBy._id !== createdBy) throw new IntegrationError('error-integration-does-not-exist')
  return viewOf(integration, rules)
}
