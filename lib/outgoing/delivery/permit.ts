import type { OutgoingIntegration } from '../../../schemas/index.ts'
import type { Calls } from '../../guard/calls.ts'
import { directory } from '../../guard/tables/directory.ts'
import type { Authorities, Authority } from '../../model/authority.ts'
import { asScope } from '../../model/channels.ts'
import type { Job } from '../../ports/queue.ts'

/** Why a delivery may not go on. */
export type Denial = 'creator-gone' | 'error-not-allowed'

/** The user that answers for a delivery, and the use of it. */
export interface Permit {
  /** Null when nobody answers for the integration, and nothing of the delivery needs it. */
  readonly authority: Authority | null
}

/**
 * Says whether the integration may be told of this event now. A public room is
 * open to every integration. Everything else needs a user that answers for it.
 *
 * @throws IntegrationError `error-service-unavailable`.
 */
export async function permitFor (
  calls: Calls, authorities: Authorities, integration: OutgoingIntegration, { room }: Pick<Job, 'room'>
): Promise<Permit | Denial> {
  const authority = await authorities.of(calls, integration)
  const isOpen = room === undefined || room.type === 'c'
  if (isOpen && integration.impersonateUser !== true) return { authority }
  if (authority === null) return 'creator-gone'
  const { user, grant } = authority
  if (grant === 'full') return { authority }
  // Speaking as other people, and hearing all private rooms, need the full permission.
  if (integration.impersonateUser === true || room === undefined || onlyScopes(integration)) return 'error-not-allowed'
  return await calls.ask(directory.isMember, user._id, room._id) ? { authority } : 'error-not-allowed'
}

/** Whether all channels of the integration are scopes: then a private room has fitted by a scope. Some events have no channel. */
function onlyScopes ({ channel }: OutgoingIntegration): boolean {
  return channel.length > 0 && channel.every((entry) => asScope(entry) !== undefined)
}
