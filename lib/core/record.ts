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
  return {
    ...common('webhook-incoming', plan),
    overrideDestinationChannelEnabled: plan.draft.overrideDestinationChannelEnabled,
    token: newIncomingToken(),
    ...creation(caller)
  }
}

function newOutgoing (plan: OutgoingPlan, caller: User): OutgoingIntegration {
  const { draft, event, targetRoom } = plan
  return {
    ...common('webhook-outgoing', plan),
    event,
    urls: [...draft.urls],
    ...present({
      triggerWords: draft.triggerWords && [...draft.triggerWords],
      triggerWordAnywhere: draft.triggerWordAnywhere,
      targetRoom,
      runOnEdits: draft.runOnEdits,
      impersonateUser: draft.impersonateUser,
      retryFailedCalls: draft.retryFailedCalls,
      retryCount: draft.retryCount,
      retryDelay: draft.retryDelay
    }),
    token: draft.token ?? newOutgoingToken(),
    ...creation(caller)
  }
}

type Common = Omit<IncomingIntegration, 'type' | 'overrideDestinationChannelEnabled' | 'token' | keyof Creation>

function common<T extends IntegrationType> (
  type: T, { draft, channels, postAs }: IncomingPlan | OutgoingPlan
): Common & { type: T } {
  const { script, scriptEnabled } = draft
  const scriptError = scriptEnabled && script !== undefined ? checkSyntax(script) : undefined
  return {
    _id: newIntegrationId(),
    type,
    name: draft.name,
    enabled: draft.enabled,
    username: postAs.username,
    userId: postAs._id,
    channel: [...channels],
    scriptEnabled,
    ...present({ script, scriptError, alias: draft.alias, avatar: draft.avatar, emoji: draft.emoji }),
    // The only engine that scripts are kept for; clients may still name the one that Rocket.Chat dropped.
    scriptEngine: 'isolated-vm',
    skipTranspile: draft.skipTranspile
  }
}

type Creation = Pick<IncomingIntegration, '_createdAt' | '_createdBy' | '_updatedAt'>

function creation ({ _id, username }: User): Creation {
  const now = new Date().toISOString()
  return { _createdAt: now, _createdBy: { _id, username }, _updatedAt: now }
}

/** The fields that have a value. */
function present<T extends object> (fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: Partial<T> = {}
  for (const key in fields) {
    if (fields[key] !== undefined) result[key] = fields[key]
  }
  // The loop has done what the type says; Partial alone would still admit undefined.
  return result as { [K in keyof T]?: Exclude<T[K], undefined> }
}
