import {
  type IncomingIntegration, type Integration, type IntegrationType, type OutgoingIntegration
} from '../../schemas/index.ts'
import { type User } from '../ports/auth.ts'
import { newIncomingToken, newIntegrationId, newOutgoingToken } from './identifiers.ts'
import { type IncomingPlan, type OutgoingPlan } from './meaning.ts'
import { present } from './present.ts'
import { checkSyntax } from './script.ts'

/** A new integration: what was planned, with an identifier, a token and the time. Absent fields are absent. */
export function newIntegration (plan: IncomingPlan | OutgoingPlan, caller: User): Integration {
  const now = new Date().toISOString()
  return assemble(plan, newIntegrationId(), {
    _createdAt: now,
    _createdBy: actor(caller),
    _updatedAt: now
  })
}

/** What an integration becomes: identifier, creation and the token of an incoming webhook stay. */
export function changedIntegration (
  previous: Integration, plan: IncomingPlan | OutgoingPlan, caller: User
): Integration {
  return assemble(plan, previous._id, changeOf(previous, caller), previous.token)
}

/** The same integration with a new token. */
export function withNewToken (previous: Integration, caller: User): Integration {
  const token = previous.type === 'webhook-incoming' ? newIncomingToken() : newOutgoingToken()
  return { ...previous, token, ...changeOf(previous, caller) }
}

type History = Pick<IncomingIntegration, '_createdAt' | '_createdBy' | '_updatedAt' | '_updatedBy'>

function changeOf ({ _createdAt, _createdBy, _updatedAt }: Integration, caller: User): History {
  // Later than the last change, whatever the clock says: clients tell states apart by it.
  const time = Math.max(Date.now(), Date.parse(_updatedAt) + 1)
  return { _createdAt, _createdBy, _updatedAt: new Date(time).toISOString(), _updatedBy: actor(caller) }
}

function actor ({ _id, username }: User): History['_createdBy'] {
  return { _id, username }
}

function assemble (
  plan: IncomingPlan | OutgoingPlan, id: string, history: History, token?: string
): Integration {
  return 'event' in plan ? outgoing(plan, id, history, token) : incoming(plan, id, history, token)
}

function incoming (plan: IncomingPlan, id: string, history: History, token = newIncomingToken()): IncomingIntegration {
  return {
    ...common('webhook-incoming', id, plan),
    overrideDestinationChannelEnabled: plan.draft.overrideDestinationChannelEnabled,
    token,
    ...history
  }
}

function outgoing (plan: OutgoingPlan, id: string, history: History, token = newOutgoingToken()): OutgoingIntegration {
  const { draft, event, targetRoom } = plan
  return {
    ...common('webhook-outgoing', id, plan),
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
    token: draft.token ?? token,
    ...history
  }
}

type Common = Omit<IncomingIntegration, 'type' | 'overrideDestinationChannelEnabled' | 'token' | keyof History>

function common<T extends IntegrationType> (
  type: T, _id: string, { draft, channels, postAs }: IncomingPlan | OutgoingPlan
): Common & { type: T } {
  const { script, scriptEnabled } = draft
  const scriptError = scriptEnabled && script !== undefined ? checkSyntax(script) : undefined
  return {
    _id,
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
