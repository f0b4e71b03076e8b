import { integrationTypes, type IntegrationView, type RegenerateToken } from '../../schemas/index.ts'
import type { User } from '../ports/auth.ts'
import type { StoredIntegration } from '../ports/store.ts'
import { invalidParams } from '../errors/index.ts'
import { grantsOf, notAuthorized } from '../model/access.ts'
import { findStored, requireManageable } from '../model/find.ts'
import type { Calls } from '../guard/calls.ts'
import { deedOf, requireAuthority } from './draft/authority.ts'
import { withNewSecret, withNewToken } from './record.ts'
import type { Rules } from './rules.ts'
import { changeStored } from '../model/change-stored.ts'
import { viewOf } from '../model/view.ts'

/**
 * Gives an integration a new token, or an outgoing integration a new secret.
 * The old token stops working at once. For a day, requests carry the signature
 * of the old secret as well. The caller must still be allowed to create this
 * integration: a new token makes the integration usable again.
 *
 * @returns the integration after the change.
 * @throws IntegrationError `not_authorized`, `error-integration-not-found`, an
 *   error of {@link requireAuthority}, or `invalid-params` when an incoming
 *   integration was to get a secret.
 */
export async function regenerateToken (
  calls: Calls, rules: Rules, caller: User, { integrationId, secret: isSecret = false }: RegenerateToken
): Promise<IntegrationView> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw notAuthorized(integrationTypes)
  const find = async (): Promise<StoredIntegration> => await findStored(calls, integrationId)
  const { previous, integration } = await changeStored(calls, find, async (previous) => {
    const grant = requireManageable(grants, caller, previous)
    const { userId, username } = previous
    const standing = { caller, grant, scripts: rules.scripts }
    const resolved = await requireAuthority(calls, standing, deedOf(previous), { _id: userId, username })
    if (!isSecret) return withNewToken(previous, resolved, caller)
    if (previous.type === 'webhook-outgoing') return withNewSecret(previous, resolved, caller)
    throw invalidParams([{ path: '/secret', message: 'does not belong to an incoming webhook: leave it out for a new token' }])
  })
  rules.announce({ action: isSecret ? 'secret-regenerated' : 'token-regenerated', integration, previous, by: caller })
  return viewOf(integration, rules)
}
