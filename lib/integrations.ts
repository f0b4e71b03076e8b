import {
  type GetQueryString, type Integration, type IntegrationInput, type IntegrationRemove, type IntegrationUpdate,
  type ListQueryString, type RegenerateToken
} from '../schemas/index.ts'
import { AdapterCalls } from './core/adapter-calls.ts'
import { createIntegration } from './core/create.ts'
import { getIntegration } from './core/get.ts'
import { type IntegrationList, listIntegrations } from './core/list.ts'
import { locatorOf } from './core/locate.ts'
import { regenerateToken } from './core/regenerate-token.ts'
import { removeIntegration } from './core/remove.ts'
import { type Rules } from './core/rules.ts'
import { updateIntegration } from './core/update.ts'
import {
  validateGetQuery, validateInput, validateListQuery, validateRegenerateToken, validateRemove, validateUpdate
} from './core/validators.ts'
import { type Settings } from './options.ts'
import { type User } from './ports/auth.ts'
import { type IntegrationStore } from './ports/store.ts'

/** Options of a create. */
export interface CreateOptions {
  /** As the header `Idempotency-Key` of a request. */
  readonly idempotencyKey?: string
}

/**
 * What the host's own code can do with integrations: `fastify.integrations`.
 * Every method acts on behalf of a user, whose permissions decide, under the
 * same rules as the route of its name, and rejects with an `IntegrationError`
 * that has the code a client would get, or with a TypeError when the user is
 * none.
 */
export interface Integrations {
  /**
   * Creates an integration; resolves to the record as it is stored, token
   * included. With an `idempotencyKey` (1 to 255 visible ASCII characters) of
   * the user's, a second call resolves to what the first one created, as it is now.
   */
  create (user: User, input: IntegrationInput, options?: CreateOptions): Promise<Integration>
  /** Lists what the user may manage; without `query`, its 50 newest. */
  list (user: User, query?: ListQueryString): Promise<IntegrationList>
  /** Finds one integration. */
  get (user: User, query: GetQueryString): Promise<Integration>
  /** Changes an integration; resolves to the record as it is stored. */
  update (user: User, update: IntegrationUpdate): Promise<Integration>
  /** Removes an integration; resolves to the record as it was. */
  remove (user: User, which: IntegrationRemove): Promise<Integration>
  /** Gives an integration a new token; resolves to the record as it is stored. */
  regenerateToken (user: User, which: RegenerateToken): Promise<Integration>
  /** The store that the plugin was given, or the MemoryStore that it made. */
  readonly store: IntegrationStore
}

/** Binds the use cases to the host's adapters. */
export function bindIntegrations (settings: Settings, rules: Rules): Integrations {
  const calls = (user: User): AdapterCalls => {
    requireUser(user)
    return new AdapterCalls(settings, settings.adapterTimeout)
  }
  return Object.freeze<Integrations>({
    store: settings.store,
    create: async (user, input, { idempotencyKey } = {}) =>
      (await createIntegration(calls(user), rules, user, validateInput(input), idempotencyKey)).integration,
    list: async (user, query = {}) => await listIntegrations(calls(user), rules, user, validateListQuery(query)),
    get: async (user, query) => await getIntegration(calls(user), user, validateGetQuery(query)),
    update: async (user, update) => await updateIntegration(calls(user), rules, user, validateUpdate(update)),
    remove: async (user, which) => await removeIntegration(calls(user), rules, user, locatorOf(validateRemove(which))),
    regenerateToken: async (user, which) =>
      await regenerateToken(calls(user), rules, user, validateRegenerateToken(which).integrationId)
  })
}

/** A host in plain JavaScript may forget who calls; nobody must not become everybody. */
function requireUser (user: unknown): void {
  const text = (key: string): boolean => {
    const value: unknown = typeof user === 'object' && user !== null ? Reflect.get(user, key) : undefined
    return typeof value === 'string' && value.trim() !== ''
  }
  if (!text('_id') || !text('username')) throw new TypeError('the user must have an _id and a username')
}
