import type {
  GetQueryString, IntegrationInput, IntegrationRemove, IntegrationUpdate, IntegrationView,
  ListQueryString, RegenerateToken
} from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { createIntegration } from './create.ts'
import { getIntegration } from './get.ts'
import { type IntegrationList, listIntegrations } from './list.ts'
import { locatorOf } from './locate.ts'
import { callerOf } from '../model/input/caller.ts'
import { plainCopy } from '../model/input/plain.ts'
import { regenerateToken } from './regenerate-token.ts'
import { removeIntegration } from './remove.ts'
import type { Rules } from './rules.ts'
import { updateIntegration } from './update.ts'
import {
  validateGetQuery, validateInput, validateListQuery, validateRegenerateToken, validateRemove, validateUpdate
} from './input/validators.ts'
import type { User } from '../ports/auth.ts'
import type { IntegrationStore } from '../ports/store.ts'

/** Options of a create. */
export interface CreateOptions {
  /** The same as the header `Idempotency-Key` of a request. */
  readonly idempotencyKey?: string
}

/**
 * The methods of `fastify.integrations` that manage integrations.
 *
 * Every method acts on behalf of a user. The permissions of the user decide,
 * under the same rules as in the route of the same name. A method rejects with
 * an `IntegrationError` that has the code that a client would get, or with a
 * TypeError when the first argument is no user.
 *
 * A method copies its input before it checks the input. The input is plain data
 * as JSON could carry it: no getters, symbols, proxies or class instances.
 */
export interface Management {
  /**
   * Creates an integration. Resolves to the integration, with its token. With an
   * `idempotencyKey` (1 to 255 visible ASCII characters), a second call of the
   * same user resolves to the integration that the first call created, in its
   * present state.
   */
  create (user: User, input: IntegrationInput, options?: CreateOptions): Promise<IntegrationView>
  /** Lists the integrations that the user may manage. Without `query`: the 50 newest ones. */
  list (user: User, query?: ListQueryString): Promise<IntegrationList>
  /** Finds one integration. */
  get (user: User, query: GetQueryString): Promise<IntegrationView>
  /** Changes an integration; resolves to the integration after the change. */
  update (user: User, update: IntegrationUpdate): Promise<IntegrationView>
  /** Removes an integration; resolves to the integration as it was. */
  remove (user: User, which: IntegrationRemove): Promise<IntegrationView>
  /**
   * Gives an integration a new token; with `secret: true`, gives an outgoing
   * integration a new secret and leaves its token. Resolves to the integration
   * after the change.
   */
  regenerateToken (user: User, which: RegenerateToken): Promise<IntegrationView>
  /** The store that the plugin was given, or the MemoryStore that it made. */
  readonly store: IntegrationStore
}

/**
 * Binds the use cases to the ports.
 *
 * @param calls makes the calls of one piece of work.
 */
export function bindManagement (store: IntegrationStore, rules: Rules, calls: () => Calls): Management {
  return Object.freeze<Management>({
    store,
    // A host in plain JavaScript may pass null for options that it does not need.
    create: async (user, input, options) => (await createIntegration(
      calls(), rules, callerOf(user), validateInput(plainCopy(input)), options?.idempotencyKey)).integration,
    list: async (user, query = {}) =>
      await listIntegrations(calls(), rules, callerOf(user), validateListQuery(plainCopy(query))),
    get: async (user, query) => await getIntegration(
      calls(), rules, callerOf(user), validateGetQuery(plainCopy(query))),
    update: async (user, update) =>
      await updateIntegration(calls(), rules, callerOf(user), validateUpdate(plainCopy(update))),
    remove: async (user, which) =>
      await removeIntegration(calls(), rules, callerOf(user), locatorOf(validateRemove(plainCopy(which)))),
    regenerateToken: async (user, which) =>
      await regenerateToken(calls(), rules, callerOf(user), validateRegenerateToken(plainCopy(which)))
  })
}
