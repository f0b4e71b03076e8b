import type { Integration, OutgoingIntegration } from '../../../schemas/index.ts'
import type { Calls } from '../../guard/calls.ts'
import { store } from '../../guard/tables/store.ts'
import type { Announce } from '../../model/changes.ts'
import type { StoredIntegration } from '../../ports/store.ts'

/**
 * Switches an integration off, because its only receiver is gone for good. Its
 * creator answers for the change.
 *
 * @param found the state that was read before the receiver was called: if
 *   somebody has changed the integration since, it stays as it is.
 * @returns whether the integration is switched off now.
 * @throws IntegrationError `error-service-unavailable`.
 */
export async function switchOff (
  calls: Calls, found: StoredIntegration, integration: OutgoingIntegration, now: number, announce: Announce
): Promise<boolean> {
  // Always later than the last change, as every change.
  const at = new Date(Math.max(now, Date.parse(integration._updatedAt) + 1)).toISOString()
  const next: Integration = { ...integration, enabled: false, _updatedAt: at, switchedOff: { at, reason: 'the receiver has answered 410' } }
  if (!await calls.ask(store.replace, found, next)) {
    // Another call of the same receiver may have ended in the same way, and a little earlier.
    return (await calls.ask(store.find, integration._id))?.integration.enabled === false
  }
  announce({ action: 'updated', integration: next, previous: integration, by: integration._createdBy })
  return true
}
