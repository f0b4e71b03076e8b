import type { IntegrationType } from '../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../errors/index.ts'
import { callsUrl } from '../base/calls-url.ts'
import type { User } from '../ports/auth.ts'
import type { StoredIntegration } from '../ports/store.ts'
import { type Grant, isGranted, scopeOf } from '../model/access.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'

/** How a client names the integration that it wants to change. */
export interface Locator {
  readonly type: IntegrationType
  readonly integrationId: string | undefined
  /** Outgoing only, and only without `integrationId`: one of the URLs that the integration calls. The oldest of several integrations is meant. */
  readonly targetUrl: string | undefined
}

/** The fields of a body that name an integration. An incoming integration has no URL: `target_url` does not count. */
type LocatorFields =
  | { readonly type: 'webhook-incoming', readonly integrationId: string }
  | { readonly type: 'webhook-outgoing', readonly integrationId?: string | null, readonly target_url?: string | null }

/**
 * Reads how a client names an integration.
 *
 * @throws IntegrationError `invalid-params` when the client names none.
 */
export function locatorOf (fields: LocatorFields): Locator {
  const { type, integrationId } = fields
  const id = integrationId?.trim() || undefined
  const targetUrl = (type === 'webhook-outgoing' && fields.target_url?.trim()) || undefined
  // An integrationId goes before every other field.
  if (id !== undefined) return { type, integrationId: id, targetUrl: undefined }
  if (targetUrl !== undefined) return { type, integrationId: undefined, targetUrl }
  const message = "must have required property 'integrationId'"
  throw invalidParams([{ path: '/integrationId', message }], message)
}

/**
 * Finds the same integration again, also when it has changed since: a step that
 * is repeated must not go on to the next integration that fits.
 */
export function again (locator: Locator, earlier: StoredIntegration | undefined): Locator {
  return earlier === undefined ? locator : { ...locator, integrationId: earlier.integration._id }
}

/**
 * Finds the integration among those that the caller may manage. One of another
 * type or another creator counts as none.
 *
 * @throws IntegrationError `error-integration-not-found`.
 */
export async function locate (
  calls: Calls, caller: User, grant: Grant, { type, integrationId, targetUrl }: Locator
): Promise<StoredIntegration> {
  const found = integrationId === undefined
    ? targetUrl === undefined ? null : await calls.ask(store.findByTargetUrl, targetUrl, scopeOf(type, grant, caller))
    : await calls.ask(store.find, integrationId)
  if (
    found === null || found.integration.type !== type || !isGranted(grant, caller, found.integration) ||
    (targetUrl !== undefined && !callsUrl(found.integration, targetUrl))
  ) throw new IntegrationError('error-integration-not-found')
  return found
}
