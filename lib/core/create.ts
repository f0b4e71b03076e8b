import { type Integration, type IntegrationInput } from '../../schemas/index.ts'
import { type User } from '../ports/auth.ts'
import { requireGrant } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'
import { requireMeaning } from './meaning.ts'
import { normalize } from './normalize.ts'
import { newIntegration } from './record.ts'
import { type Rules } from './rules.ts'

/**
 * Creates an integration from a body that fits its schema. The order of the
 * steps is the order in which mistakes are reported: form of the fields,
 * permission, meaning.
 *
 * @returns the record as it is stored.
 * @throws IntegrationError
 */
export async function createIntegration (
  calls: AdapterCalls, rules: Rules, caller: User, input: IntegrationInput
): Promise<Integration> {
  const draft = normalize(input, rules)
  const grant = await requireGrant(calls, caller, draft.type)
  const plan = await requireMeaning(calls, { caller, grant, draft, scripts: rules.scripts })
  const integration = newIntegration(plan, caller)
  await calls.insert(integration)
  rules.announce({ action: 'created', integration, by: caller })
  return integration
}
