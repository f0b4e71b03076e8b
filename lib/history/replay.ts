import type { HistoryEntry } from '../../schemas/history.ts'
import type { EventName, OutgoingIntegration, ReplayOutgoing } from '../../schemas/index.ts'
import { IntegrationError, QueueUnavailableError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import { history } from '../guard/tables/history.ts'
import { queue } from '../guard/tables/queue.ts'
import { store } from '../guard/tables/store.ts'
import { grantsOf, isGranted, notAuthorized } from '../model/access.ts'
import { isEventName } from '../model/events.ts'
import { newWebhookId } from '../model/identifiers.ts'
import { laneOf } from '../model/lane.ts'
import type { User } from '../ports/auth.ts'
import type { Job } from '../ports/queue.ts'
import type { Deliveries } from './deliveries.ts'

/** The fields of an entry that a delivery is made of. A part of one of them would be a wrong one. */
const needed = ['event', 'lane', 'roomId', 'roomType', 'data'] satisfies Array<keyof HistoryEntry>

/** The event without a room. All others need one: without it, anybody might be told of them. */
const withoutRoom: EventName = 'userCreated'

/**
 * Queues the delivery of an entry of the history again: the recorded payload, to
 * the recorded URL, with a new `webhook-id`. Everything else is as for a new
 * event: the delivery uses the token, the secret, the script and the authority
 * of the time of each attempt.
 *
 * @param deliveries null on a server without outgoing webhooks.
 * @throws IntegrationError `not_authorized`, `error-invalid-integration`,
 *   `integration-type-must-be-outgoing`, `error-outgoing-disabled`,
 *   `error-invalid-integration-history`, `history-data-must-be-defined`, or
 *   `error-service-unavailable` when it cannot be queued.
 */
export async function replayOutgoing (
  calls: Calls, caller: User, { integrationId, historyId }: ReplayOutgoing, deliveries: Deliveries | null
): Promise<void> {
  const integration = await findReplayable(calls, caller, integrationId)
  if (deliveries === null) throw new IntegrationError('error-outgoing-disabled')
  const entry = await calls.ask(history.get, integration._id, historyId.trim())
  if (entry?.type !== 'outgoing-webhook') throw new IntegrationError('error-invalid-integration-history')
  const job = jobOf(entry, integration, deliveries)
  const { full } = await calls.ask(queue.add, [job])
  if (full.length > 0) {
    throw new IntegrationError('error-service-unavailable', { cause: new QueueUnavailableError('too many deliveries wait for this URL') })
  }
}

/** An integration that the caller may change, and that calls receivers. */
async function findReplayable (calls: Calls, caller: User, integrationId: string): Promise<OutgoingIntegration> {
  const grants = await grantsOf(calls, caller)
  if (!grants.has('webhook-outgoing')) throw notAuthorized(['webhook-outgoing'])
  const integration = (await calls.ask(store.find, integrationId.trim()))?.integration
  const grant = integration && grants.get(integration.type)
  if (integration === undefined || grant === undefined || !isGranted(grant, caller, integration)) {
    throw new IntegrationError('error-invalid-integration')
  }
  if (integration.type !== 'webhook-outgoing') throw new IntegrationError('integration-type-must-be-outgoing')
  if (!integration.enabled) throw new IntegrationError('error-invalid-integration', { reason: 'The integration is switched off' })
  return integration
}

/** @throws IntegrationError `error-invalid-integration-history` or `history-data-must-be-defined`. */
function jobOf (entry: HistoryEntry, { _id: integrationId, urls }: OutgoingIntegration, { keyPrefix }: Deliveries): Job {
  const { event, lane, roomId, roomType, data, truncated = [] } = entry
  if (needed.some((name) => truncated.includes(name))) throw new IntegrationError('history-data-must-be-defined')
  const url = urls.find((url) => laneOf(integrationId, url) === lane)
  if (url === undefined || lane === undefined) {
    throw new IntegrationError('error-invalid-integration-history', { reason: 'The URL of the delivery was taken out of the integration' })
  }
  const room = roomId === undefined || roomType === undefined ? undefined : { _id: roomId, type: roomType }
  const { token, ...payload } = isObject(data) ? data : {}
  const { user_id: _id, user_name: username } = payload
  if (event === undefined || !isEventName(event) || (room === undefined && event !== withoutRoom) ||
    typeof _id !== 'string' || typeof username !== 'string') throw new IntegrationError('history-data-must-be-defined')
  return {
    v: 1,
    keyPrefix,
    id: newWebhookId(),
    lane,
    integrationId,
    url,
    event,
    user: { _id, username },
    ...(room !== undefined && { room }),
    // The token of now is added by each attempt.
    payload,
    createdAt: new Date().toISOString(),
    attempts: 0
  }
}

function isObject (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
