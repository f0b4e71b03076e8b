import type { Integration, IntegrationInput, IntegrationView } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import type { IdempotencyClaim, InsertConditions } from '../ports/store.ts'
import { requireGrant } from '../model/access.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import { type Created, createOnce } from './idempotency.ts'
import { locate } from './locate.ts'
import { type MeaningRequest, requireMeaning } from './draft/meaning.ts'
import { normalize } from './draft/normalize.ts'
import { newIntegration } from './record.ts'
import type { Rules } from './rules.ts'
import { scriptCheck } from './script.ts'
import { viewOf } from '../model/view.ts'

/**
 * Creates an integration from a body that fits its schema. The order of the
 * steps is the order in which mistakes are reported: form of the fields
 * ({@link normalize}), permission, idempotency key, and meaning
 * ({@link requireMeaning}, which has an order of its own).
 *
 * @param idempotencyKey makes sure that a request that is sent again creates
 *   no second integration.
 * @returns the integration as it is answered.
 * @throws IntegrationError
 */
export async function createIntegration (
  calls: Calls, rules: Rules, caller: User, input: IntegrationInput, idempotencyKey?: string
): Promise<Created> {
  const draft = normalize(input, rules)
  const grant = await requireGrant(calls, caller, draft.type)
  const request = { caller, grant, draft, scripts: rules.scripts }
  if (idempotencyKey === undefined) return { integration: await create(calls, rules, request), replayed: false }
  return await createOnce(calls, rules, { caller, key: idempotencyKey, draft }, {
    create: (claim) => create(calls, rules, request, claim),
    // The integration is read again: it may have changed, and the caller may no longer be allowed to see it.
    recall: async (integrationId) => {
      const { integration } = await locate(calls, caller, grant, { type: draft.type, integrationId, targetUrl: undefined })
      return viewOf(integration, rules)
    }
  })
}

/**
 * The integration that a create would store. Nothing is stored.
 *
 * @throws IntegrationError as a create.
 */
export async function planIntegration (calls: Calls, rules: Rules, caller: User, input: IntegrationInput): Promise<Integration> {
  const draft = normalize(input, rules)
  const grant = await requireGrant(calls, caller, draft.type)
  return await planned(calls, { caller, grant, draft, scripts: rules.scripts })
}

async function planned (calls: Calls, request: MeaningRequest): Promise<Integration> {
  const { caller } = request
  const plan = await requireMeaning(calls, request)
  const scriptError = await scriptCheck(calls, caller)(plan.draft)
  return newIntegration(plan, caller, scriptError)
}

async function create (
  calls: Calls, rules: Rules, request: MeaningRequest, claim?: IdempotencyClaim
): Promise<IntegrationView> {
  const { caller, grant } = request
  const integration = await planned(calls, request)
  const limit = rules.maxIntegrationsPerCreator
  const conditions: InsertConditions = {
    ...(claim !== undefined && { once: { claim, answer: integration._id } }),
    ...(grant === 'own' && { mostOfCreator: limit })
  }
  const outcome = await calls.ask(store.insert, integration, conditions)
  if (outcome === 'too-many') throw new IntegrationError('error-too-many-integrations', { details: { limit } })
  // The claim has lapsed. Another request may have claimed the key already.
  if (outcome === 'claim-lost') throw new IntegrationError('error-idempotency-key-in-use')
  rules.announce({ action: 'created', integration, by: caller })
  return viewOf(integration, rules)
}
