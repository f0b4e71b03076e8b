import {
  type IncomingIntegration, type Integration, type IntegrationType, type OutgoingIntegration
} from '../../schemas/index.ts'
import { type User } from '../ports/auth.ts'
import { newIncomingToken, newIntegrationId, newOutgoingToken } from './identifiers.ts'
import { type IncomingPlan, type OutgoingPlan } from './meaning.ts'
import { checkSyntax } from './script.ts'

/** A new integration: what was planned, with an identifier, a token and the time. Absent fields are absent. */
export function newIntegration (plan: IncomingPlan | OutgoingPlan, caller: User): Integration {
  return 'event' in plan ? newOutgoing(plan, caller) : newIncoming(plan, caller)
}

function newIncoming (plan: IncomingPlan, caller: User): IncomingIntegration {
  const integration: IncomingIntegration = Object.assign(common('webhook-incoming', plan, caller, newIncomingToken()), {
    overrideDestinationChannelEnabled: plan.draft.overrideDestinationChannelEnabled
  })
  addCommonOptions(integration, plan)
  return integration
}

function newOutgoing (plan: OutgoingPlan, caller: User): OutgoingIntegration {
  const { draft, event, targetRoom } = plan
  const token = draft.token ?? newOutgoingToken()
  const integration: OutgoingIntegration = Object.assign(common('webhook-outgoing', plan, caller, token), {
    event,
    urls: [...draft.urls]
  })
  addCommonOptions(integration, plan)
  if (draft.triggerWords !== undefined) integration.triggerWords = [...draft.triggerWords]
  if (draft.triggerWordAnywhere !== undefined) integration.triggerWordAnywhere = draft.triggerWordAnywhere
  if (targetRoom !== undefined) integration.targetRoom = targetRoom
  if (draft.runOnEdits !== undefined) integration.runOnEdits = draft.runOnEdits
  if (draft.impersonateUser !== undefined) integration.impersonateUser = draft.impersonateUser
  if (draft.retryFailedCalls !== undefined) integration.retryFailedCalls = draft.retryFailedCalls
  if (draft.retryCount !== undefined) integration.retryCount = draft.retryCount
  if (draft.retryDelay !== undefined) integration.retryDelay = draft.retryDelay
  return integration
}

type Common = Omit<IncomingIntegration, 'type' | 'overrideDestinationChannelEnabled'>

function common<T extends IntegrationType> (
  type: T, { draft, channels, postAs }: IncomingPlan | OutgoingPlan, caller: User, token: string
): Common & { type: T } {
  const now = new Date().toISOString()
  return {
    _id: newIntegrationId(),
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
    _createdAt: now,
    _createdBy: { _id: caller._id, username: caller.username },
    _updatedAt: now
  }
}

/** Adds what was given; what was not stays absent, and is no undefined property either. */
function addCommonOptions (integration: Integration, { draft }: IncomingPlan | OutgoingPlan): void {
  const { script, scriptEnabled, alias, avatar, emoji } = draft
  if (script !== undefined) {
    integration.script = script
    const scriptError = scriptEnabled ? checkSyntax(script) : undefined
    if (scriptError !== undefined) integration.scriptError = { ...scriptError }
  }
  if (alias !== undefined) integration.alias = alias
  if (avatar !== undefined) integration.avatar = avatar
  if (emoji !== undefined) integration.emoji = emoji
}
