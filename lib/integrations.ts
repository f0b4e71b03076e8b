import { type Integration, type IntegrationInput } from '../schemas/index.ts'
import { AdapterCalls } from './core/adapter-calls.ts'
import { createIntegration } from './core/create.ts'
import { validateInput } from './core/validate.ts'
import { type Settings } from './options.ts'
import { type User } from './ports/auth.ts'
import { type IntegrationStore } from './ports/store.ts'

/** What the host's own code can do with integrations: `fastify.integrations`. */
export interface Integrations {
  /**
   * Creates an integration on behalf of a user, under the same rules as
   * `POST integrations.create`.
   *
   * @param user on whose behalf; its permissions decide.
   * @param input as a client would send it.
   * @returns the record as it is stored, token included.
   * @throws IntegrationError with the code that a client would get.
   */
  create (user: User, input: IntegrationInput): Promise<Integration>
  /** The store that the plugin was given, or the MemoryStore that it made. */
  readonly store: IntegrationStore
}

/** Binds the use cases to the host's adapters. */
export function bindIntegrations (settings: Settings): Integrations {
  return Object.freeze({
    store: settings.store,
    create: async (user: User, input: IntegrationInput): Promise<Integration> =>
      createIntegration(new AdapterCalls(settings, settings.adapterTimeout), settings, user, validateInput(input))
  })
}
