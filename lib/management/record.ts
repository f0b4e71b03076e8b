import type {
  IncomingIntegration, Integration, IntegrationType, OutgoingIntegration
} from '../../schemas/index.ts'
import type { User } from '../ports/auth.ts'
import type { ScriptError } from '../ports/syntax.ts'
import { newIncomingToken, newIntegrationId, newOutgoingToken, newSigningSecret } from '../model/identifiers.ts'
import type { Resolved } from './draft/authority.ts'
import type { IncomingPlan, OutgoingPlan } from './draft/meaning.ts'

/** A new integration: what was planned, with an identifier, a token and the time. Absent fields are absent. */
export function newIntegration (
  plan: IncomingPlan | OutgoingPlan, caller: User, scriptError: ScriptError | undefined
): Integration {
  const now = new Date().toISOString()
  const origin = { _id: newIntegrationId(), _createdAt: now, _createdBy: actor(caller), _updatedAt: now, scriptError }
  return 'event' in plan ? outgoing(plan, origin) : incoming(plan, origin)
}

/** The next state of an integration: identifier, creation, the secret and, unless another is planned, the token stay. */
export function changedIntegration (
  previous: Integration, plan: IncomingPlan | OutgoingPlan, caller: User, scriptError: ScriptError | undefined
): Integration {
  const { _id, _createdAt, _createdBy, token } = previous
  const { _updatedAt, _updatedBy } = changeOf(previous, caller)
  const origin = { _id, _createdAt, _createdBy, _updatedAt, scriptError }
  return Object.assign('event' in plan ? outgoing(plan, origin, previous) : incoming(plan, origin, token), { _updatedBy })
}

/** The same integration with a new token, and with the ids of names that were looked up. */
export function withNewToken (previous: Integration, resolved: Resolved, caller: User): Integration {
  const token = previous.type === 'webhook-incoming' ? newIncomingToken() : newOutgoingToken()
  const next = { ...previous, token, ...changeOf(previous, caller) }
  // An integration of an earlier version has none.
  if (next.type === 'webhook-outgoing') next.secret ??= newSigningSecret()
  addIds(next, resolved)
  return next
}

/** How long requests also carry the signature of the secret before the present one, in milliseconds. */
const secretOverlap = 24 * 60 * 60 * 1000

/** The same integration with a new secret. For a day, requests carry the signature of the former one as well. */
export function withNewSecret (previous: OutgoingIntegration, resolved: Resolved, caller: User): OutgoingIntegration {
  const { previousSecret, ...rest } = previous
  const next: OutgoingIntegration = { ...rest, secret: newSigningSecret(), ...changeOf(previous, caller) }
  if (previous.secret !== undefined) {
    next.previousSecret = { secret: previous.secret, until: new Date(Date.now() + secretOverlap).toISOString() }
  }
  addIds(next, resolved)
  return next
}

/** The fields that the caller does not plan. */
interface Origin extends Pick<IncomingIntegration, '_id' | '_createdAt' | '_createdBy' | '_updatedAt'> {
  readonly scriptError: ScriptError | undefined
}

function changeOf ({ _updatedAt }: Integration, caller: User): Required<Pick<Integration, '_updatedAt' | '_updatedBy'>> {
  // Always later than the last change, also when the clock is behind: clients tell states apart by this time.
  const time = Math.max(Date.now(), Date.parse(_updatedAt) + 1)
  return { _updatedAt: new Date(time).toISOString(), _updatedBy: actor(caller) }
}

function actor ({ _id, username }: User): Origin['_createdBy'] {
  return { _id, username }
}

function incoming (plan: IncomingPlan, origin: Origin, token: string = newIncomingToken()): IncomingIntegration {
  const integration: IncomingIntegration = Object.assign(common('webhook-incoming', plan, origin, token), {
    overrideDestinationChannelEnabled: plan.draft.overrideDestinationChannelEnabled
  })
  addCommonOptions(integration, plan, origin)
  addIds(integration, plan)
  return integration
}

function outgoing (plan: OutgoingPlan, origin: Origin, previous?: Integration): OutgoingIntegration {
  const { draft, event, targetRoom } = plan
  const kept = previous?.type === 'webhook-outgoing' ? previous : undefined
  const integration: OutgoingIntegration = Object.assign(
    common('webhook-outgoing', plan, origin, draft.token ?? kept?.token ?? newOutgoingToken()),
    { event, urls: [...draft.urls], secret: kept?.secret ?? newSigningSecret() })
  // A former secret that signs nothing any longer need not lie in the store.
  if (kept?.previousSecret !== undefined && kept.previousSecret.until > origin._updatedAt) {
    integration.previousSecret = { ...kept.previousSecret }
  }
  // An integration that is on was not switched off.
  if (kept?.switchedOff !== undefined && !draft.enabled) integration.switchedOff = { ...kept.switchedOff }
  addCommonOptions(integration, plan, origin)
  if (draft.triggerWords !== undefined) integration.triggerWords = [...draft.triggerWords]
  if (draft.triggerWordAnywhere !== undefined) integration.triggerWordAnywhere = draft.triggerWordAnywhere
  if (targetRoom !== undefined) integration.targetRoom = targetRoom
  if (draft.runOnEdits !== undefined) integration.runOnEdits = draft.runOnEdits
  if (draft.impersonateUser !== undefined) integration.impersonateUser = draft.impersonateUser
  if (draft.retryFailedCalls !== undefined) integration.retryFailedCalls = draft.retryFailedCalls
  if (draft.retryCount !== undefined) integration.retryCount = draft.retryCount
  if (draft.retryDelay !== undefined) integration.retryDelay = draft.retryDelay
  addIds(integration, plan)
  return integration
}

type Common = Omit<IncomingIntegration, 'type' | 'overrideDestinationChannelEnabled'>

function common<T extends IntegrationType> (
  type: T, { draft, channels, postAs }: IncomingPlan | OutgoingPlan, origin: Origin, token: string
): Common & { type: T } {
  return {
    _id: origin._id,
    type,
    name: draft.name,
    enabled: draft.enabled,
    username: postAs.username,
    userId: postAs._id,
    channel: [...channels],
    scriptEnabled: draft.scriptEnabled,
    // The only engine that scripts are kept for; clients may still name the one that Rocket.Chat dropped.
    scriptEngine: 'isolated-vm',
    skipTranspile: draft.skipTranspile,
    token,
    _createdAt: origin._createdAt,
    _createdBy: origin._createdBy,
    _updatedAt: origin._updatedAt
  }
}

/** Adds the fields that were given. Other fields stay absent: they are not undefined properties either. */
function addCommonOptions (
  integration: Integration, { draft }: IncomingPlan | OutgoingPlan, { scriptError }: Origin
): void {
  const { script, alias, avatar, emoji } = draft
  if (script !== undefined) integration.script = script
  if (scriptError !== undefined) integration.scriptError = { ...scriptError }
  if (alias !== undefined) integration.alias = alias
  if (avatar !== undefined) integration.avatar = avatar
  if (emoji !== undefined) integration.emoji = emoji
}

/** Adds the ids that are known. No channel has no id: the field stays absent. */
function addIds (integration: Integration, { channelIds, targetRoomId }: Resolved): void {
  if (channelIds !== undefined && channelIds.length > 0) integration.channelIds = [...channelIds]
  if (integration.type === 'webhook-outgoing' && targetRoomId !== undefined) integration.targetRoomId = targetRoomId
}
