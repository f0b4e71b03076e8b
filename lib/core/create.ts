import { type Integration, type IntegrationInput } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type User } from '../ports/auth.ts'
import { type IdempotencyClaim } from '../ports/store.ts'
import { requireGrant } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'
import { type Created, createOnce } from './idempotency.ts'
import { requireMeaning } from './meaning.ts'
import { type Draft, normalize } from './normalize.ts'
import { newIntegration } from './record.ts'
import { type Rules } from './rules.ts'

/**
 * Creates an integration from a body that fits its schema. The order of the
 * steps is the order in which mistakes are reported: form of the fields,
 * idempotency key, permission, meaning.
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
  if (idempotencyKey === undefined) return { integration: await create(calls, rules, caller, draft), replayed: false }
  return await createOnce(calls, rules, { caller, key: idempotencyKey, draft }, (claim) =>
    create(calls, rules, caller, draft, claim))
}

async function create (
  calls: AdapterCalls, rules: Rules, caller: User, draft: Draft, claim?: IdempotencyClaim
): Promise<Integration> {
  const grant = await requireGrant(calls, caller, draft.type)
  const plan = await requireMeaning(calls, { caller, grant, draft, scripts: rules.scripts })
  const integration = newIntegration(plan, caller)
  if (claim === undefined) await calls.insert(integration)
  // It lapsed on the way, and maybe somebody else is at it already.
  else if (!await calls.insertClaimed(integration, claim)) throw new IntegrationError('error-idempotency-key-in-use')
  rules.announce({ action: 'created', integration, by: caller })
  return integration
}
