import type { Integration } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import type { User } from '../ports/auth.ts'
import type { StoredIntegration } from '../ports/store.ts'
import { type Grant, type Grants, isGranted, notAuthorized } from './access.ts'

/** An integration that a caller may see. */
export interface Visible {
  readonly integration: Integration
  /** The grant of the caller for the type of the integration. */
  readonly grant: Grant
}

/**
 * Finds an integration that the caller may see. A caller that may manage only
 * its own integrations learns nothing about other integrations.
 *
 * @param grants of the caller; at least one.
 * @returns null when there is none, and also when the caller must not learn that there is one.
 * @throws IntegrationError `not-authorized` when the caller may know of the integration, but may not see it.
 */
export async function findVisible (
  calls: Calls, caller: User, grants: Grants, integrationId: string
): Promise<Visible | null> {
  const found = await calls.ask(store.find, integrationId.trim())
  if (found === null) return null
  const { integration } = found
  const grant = grants.get(integration.type)
  if (grant !== undefined) return isGranted(grant, caller, integration) ? { integration, grant } : null
  const mayLearn = integration._createdBy._id === caller._id || [...grants.values()].includes('full')
  if (mayLearn) throw new IntegrationError('not-authorized')
  return null
}

/** @throws IntegrationError `error-integration-not-found`. */
export async function findStored (calls: Calls, integrationId: string): Promise<StoredIntegration> {
  const found = await calls.ask(store.find, integrationId.trim())
  if (found === null) throw new IntegrationError('error-integration-not-found')
  return found
}

/**
 * The grant by which the caller may change an integration that it named by its
 * `_id` alone.
 *
 * @throws IntegrationError `not_authorized` or `error-integration-not-found`.
 */
export function requireManageable (grants: Grants, caller: User, integration: Integration): Grant {
  const grant = grants.get(integration.type)
  if (grant === undefined) throw notAuthorized([integration.type])
  if (!isGranted(grant, caller, integration)) throw new IntegrationError('error-integration-not-found')
  return grant
}
