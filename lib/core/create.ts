import { type Integration, type IntegrationInput } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type User } from '../ports/auth.ts'
import { type IdempotencyClaim } from '../ports/store.ts'
import { requireGrant } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'
import { type Created, createOnce } from './idempotency.ts'
import { type MeaningRequest, requireMeaning } from './meaning.ts'
import { normalize } from './normalize.ts'
import { newIntegration } from './record.ts'
import { type Rules } from './rules.ts'
import { scriptCheck } from './script.ts'

/**
 * Creates an integration from a body that fits its schema. The order of the
 * steps is the order in which mistakes are reported: form of the fields,
 * permission, idempotency key, meaning.
 *
 * @param idempotencyKey makes sure that a request that is sent again creates
 *   no second integration.
 * @returns the record as it is stored.
 * @throws IntegrationError
 */
export async function createIntegration (
  calls: AdapterCalls, rules: Rules, caller: User, input: IntegrationInput, idempotencyKey?: string
): Promise<Created> {
  const draft = normalize(input, rules)
  const grant = await requireGrant(calls, caller, draft.type)
  const request = { caller, grant, draft, scripts: rules.scripts }
  if (idempotencyKey === undefined) return { integration: await create(calls, rules, request), replayed: false }
  return await createOnce(calls, rules, { caller, key: idempotencyKey, draft }, (claim) => create(calls, rules, request, claim))
}

async function create (
  calls: AdapterCalls, rules: Rules, request: MeaningRequest, claim?: IdempotencyClaim
): Promise<Integration> {
  const { caller } = request
  const plan = await requireMeaning(calls, request)
  const scriptError = await scriptCheck(calls, rules.checkSyntax)(plan.draft)
  const integration = newIntegration(plan, caller, scriptError)
  if (claim === undefined) await calls.insert(integration)
  // It lapsed on the way, and maybe somebody else is at it already.
  else if (!await calls.insertClaimed(integration, claim)) throw new IntegrationError('error-idempotency-key-in-use')
  rules.announce({ action: 'created', integration, by: caller })
  return integration
}
