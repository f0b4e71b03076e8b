import type { EventName, Integration, IntegrationType } from '../../../schemas/index.ts'
import { IntegrationError } from '../../errors/index.ts'
import type { User } from '../../ports/auth.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import { type Grant, permissionFor, requirePostAs } from '../../model/access.ts'
import type { Calls } from '../../guard/calls.ts'
import { channelsOf, type NamedChannel, requireChannels, targetRoomOf } from '../../model/channels.ts'
import { useOf } from '../../model/events.ts'

/** Whether the host accepts scripts at all. */
export type ScriptPolicy = 'allow' | 'refuse'

/** The caller, what the caller may do now, and what the host allows. */
export interface Standing {
  readonly caller: User
  readonly grant: Grant
  readonly scripts: ScriptPolicy
}

/** The part of an integration that its maker must be allowed to do. */
export interface Deed {
  readonly type: IntegrationType
  /** Undefined for an incoming webhook. */
  readonly event: EventName | undefined
  readonly channels: readonly NamedChannel[]
  readonly targetRoom: NamedChannel | undefined
  readonly impersonateUser: boolean | undefined
  /** As it was sent or stored, trimmed. */
  readonly username: string
  readonly script: string | undefined
  readonly scriptEnabled: boolean
}

/** What the names in a deed stand for. */
export interface Resolved {
  /** The user to post as. */
  readonly postAs: User
  /** An id for each channel, in the same order; undefined when the channels were not looked up, now or before. */
  readonly channelIds: readonly string[] | undefined
  /** Undefined when there is no target room, or when it was not looked up, now or before. */
  readonly targetRoomId: string | undefined
}

/**
 * Makes sure that the caller may do all of it, and that the rooms and users
 * exist. Where several things are wrong, the first of these is reported:
 * permission for the event, permission to impersonate, channels, target room,
 * user to post as, scripts.
 *
 * @param findPostAs finds the user to post as, or nobody.
 * @throws IntegrationError
 */
export async function requireDeed (
  calls: Calls, standing: Standing, deed: Deed, findPostAs: () => Awaitable<User | null | undefined>
): Promise<Resolved> {
  const { caller, grant, scripts } = standing
  const { type, channels, targetRoom, username } = deed
  requirePermissions(grant, deed)
  const postAs = await findPostAs()
  const request = { type, caller, grant, postAs }
  const channelIds = await requireChannels(calls, request, 'channel', channels)
  const [targetRoomId] = targetRoom === undefined ? [] : await requireChannels(calls, request, 'targetRoom', [targetRoom])
  const user = await requirePostAs(calls, caller, grant, username, postAs)
  requireScriptPolicy(scripts, deed)
  return { postAs: user, channelIds, targetRoomId }
}

/**
 * Makes sure that the caller may do a deed now. The directory is not asked
 * whether rooms and users still exist, unless the caller has the grant `own`:
 * such a caller is no member of a room that is gone.
 *
 * @throws IntegrationError
 */
export async function requireAuthority (calls: Calls, standing: Standing, deed: Deed, postAs: User): Promise<Resolved> {
  if (standing.grant === 'own') return await requireDeed(calls, standing, deed, () => postAs)
  await requireDeed(calls, standing, { ...deed, channels: [], targetRoom: undefined }, () => postAs)
  return knownOf(deed, postAs)
}

/** What is known about the names in a deed without asking the directory. */
export function knownOf ({ channels, targetRoom }: Deed, postAs: User): Resolved {
  const ids = channels.flatMap(({ id }) => id ?? [])
  return { postAs, channelIds: ids.length === channels.length ? ids : undefined, targetRoomId: targetRoom?.id }
}

/** The deed of a stored integration. */
export function deedOf (integration: Integration): Deed {
  const { type, username, script, scriptEnabled } = integration
  const isOutgoing = integration.type === 'webhook-outgoing'
  return {
    type,
    event: isOutgoing ? integration.event : undefined,
    channels: channelsOf(integration),
    targetRoom: targetRoomOf(integration),
    impersonateUser: isOutgoing ? integration.impersonateUser : undefined,
    username,
    script,
    scriptEnabled
  }
}

function requirePermissions (grant: Grant, { type, event, impersonateUser }: Deed): void {
  if (grant === 'full') return
  const permission = permissionFor(type, 'full')
  if (event !== undefined && !useOf(event).channel) {
    throw new IntegrationError('error-invalid-permissions', { details: { field: 'event', event, permission } })
  }
  if (impersonateUser === true) {
    throw new IntegrationError('error-invalid-permissions', { details: { field: 'impersonateUser', permission } })
  }
}

function requireScriptPolicy (scripts: ScriptPolicy, { script, scriptEnabled }: Deed): void {
  if (scripts === 'allow' || (script === undefined && !scriptEnabled)) return
  throw new IntegrationError('error-scripts-disabled', { details: { field: script === undefined ? 'scriptEnabled' : 'script' } })
}
