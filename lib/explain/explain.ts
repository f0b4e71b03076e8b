import { type Explain, ExplainSchema, type Explanation } from '../../schemas/explain.ts'
import { type Integration, integrationTypes } from '../../schemas/index.ts'
import { type FailureCode, IntegrationError, invalidParams } from '../errors/index.ts'
import { Calls } from '../guard/calls.ts'
import type { Ports } from '../guard/ports.ts'
import type { Timeout } from '../guard/time-budget.ts'
import type { ReceiveSettings } from '../incoming/receive.ts'
import { planIntegration } from '../management/create.ts'
import { validateInput } from '../management/input/validators.ts'
import type { Rules } from '../management/rules.ts'
import { grantsOf, notAuthorized } from '../model/access.ts'
import { findStored, requireManageable } from '../model/find.ts'
import { callerOf } from '../model/input/caller.ts'
import { plainCopy } from '../model/input/plain.ts'
import { validatorOf } from '../model/input/validate.ts'
import type { ScriptRunner } from '../model/script/runner.ts'
import type { User } from '../ports/auth.ts'
import { explainRequest } from './incoming.ts'
import { explainEvent, type OutgoingParts } from './outgoing.ts'
import { Rehearsal } from './rehearsal.ts'

/** Body of `integrations.explain`. */
export const validateExplain = validatorOf(ExplainSchema, 'this request')

/** The parts that explanations are made with. */
export interface ExplainParts {
  readonly ports: Ports
  readonly timeout: Timeout
  readonly rules: Rules
  readonly scripts: ScriptRunner
  /** Null on a server without hooks. */
  readonly incoming: ReceiveSettings | null
  /** Null on a server without outgoing webhooks. */
  readonly outgoing: OutgoingParts | null
}

/** The method of `fastify.integrations` that explains. */
export interface Explanations {
  /**
   * Tells what would happen with a request to an incoming webhook, or with an
   * event for an outgoing one. Nothing is posted, sent or stored. The script of
   * the integration runs.
   */
  explain (user: User, asked: Explain): Promise<Explanation>
}

/** Binds the method to its parts. */
export function bindExplanations (parts: ExplainParts): Explanations {
  return {
    explain: async (user, asked) =>
      await explain(parts, new Calls(parts.ports, parts.timeout), callerOf(user), validateExplain(plainCopy(asked)))
  }
}

/**
 * Tells what would happen.
 *
 * @throws IntegrationError as an update of the integration, or as the create of a draft;
 *   `error-incoming-disabled` or `error-outgoing-disabled`.
 */
export async function explain (parts: ExplainParts, calls: Calls, caller: User, asked: Explain): Promise<Explanation> {
  const found = asked.integration === undefined
    ? await storedOf(calls, caller, asked.integrationId)
    : await draftOf(parts.rules, calls, caller, asked)
  const integration = { ...found, enabled: true }
  const { ports, timeout, scripts, incoming, outgoing } = parts
  const rehearsal = new Rehearsal({ ports, timeout, scripts, caller, integration })
  const explanation = integration.type === 'webhook-incoming'
    ? await explainRequest(rehearsal, required(incoming, 'error-incoming-disabled'), integration, asked)
    : await explainEvent(rehearsal, required(outgoing, 'error-outgoing-disabled'), integration, caller, asked)
  if (!found.enabled) explanation.notes.push('the integration is switched off: the explanation takes it as switched on')
  return explanation
}

function required<T> (part: T | null, otherwise: FailureCode): T {
  if (part === null) throw new IntegrationError(otherwise)
  return part
}

/** An integration that the caller may change. */
async function storedOf (calls: Calls, caller: User, integrationId: string | undefined): Promise<Integration> {
  if (integrationId === undefined) {
    throw invalidParams([{ path: '/integrationId', message: 'must be there, or integration' }], 'Send integrationId, or integration with the fields of a create')
  }
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw notAuthorized(integrationTypes)
  const { integration } = await findStored(calls, integrationId)
  requireManageable(grants, caller, integration)
  return integration
}

/** An integration as a create would make it. */
async function draftOf (rules: Rules, calls: Calls, caller: User, { integrationId, integration }: Explain): Promise<Integration> {
  if (integrationId !== undefined) throw invalidParams([{ path: '/integration', message: 'must not stand beside integrationId' }])
  return await planIntegration(calls, rules, caller, validateInput(integration))
}
