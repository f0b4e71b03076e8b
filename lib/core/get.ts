import { type Integration } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type User } from '../ports/auth.ts'
import { grantsOf, isGranted } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'

/** Which integration. */
export interface GetInput {
  readonly integrationId: string
  /** The `_id` of the user who must have created it. */
  readonly createdBy?: string
}

/**
 * Finds one integration. Whoever may manage only its own ones learns nothing
 * about others; whoever may manage none learns nothing at all.
 *
 * @throws IntegrationError `not-authorized` or `error-integration-does-not-exist`.
 */
export async function getIntegration (
  calls: AdapterCalls, caller: User, { integrationId, createdBy }: GetInput
): Promise<Integration> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('not-authorized')
  const found = await calls.find(integrationId)
  if (found === null) throw new IntegrationError('error-integration-does-not-exist')
  const { integration } = found
  const grant = grants.get(integration.type)
  // Before createdBy is looked at: whoever may do nothing with this type must not find out who created it.
  if (grant === undefined) throw new IntegrationError('not-authorized')
  if (!isGranted(grant, caller, integration) || (createdBy !== undefined && integration._createdBy._id !== createdBy)) {
    throw new IntegrationError('error-integration-does-not-exist')
  }
  return integration
}
