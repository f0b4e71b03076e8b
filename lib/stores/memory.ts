import { type Integration } from '../../schemas/index.ts'
import { IdTakenError, StoreUnavailableError } from '../errors.ts'
import { type IntegrationStore, type StoreCall } from '../ports/store.ts'

/**
 * Keeps integrations in this process: for development, tests and hosts that
 * create their integrations anew at every start. Everything is forgotten when
 * the process ends, and no other process sees it.
 */
export class MemoryStore implements IntegrationStore {
  readonly persistent = false
  readonly #integrations = new Map<string, Integration>()

  /** @throws IdTakenError */
  insert (integration: Integration, call: StoreCall): void {
    if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
    if (this.#integrations.has(integration._id)) throw new IdTakenError(integration._id)
    // A copy in and a copy out: what callers do with their objects changes nothing here.
    this.#integrations.set(integration._id, structuredClone(integration))
  }

  find (id: string): Integration | null {
    const integration = this.#integrations.get(id)
    return integration === undefined ? null : structuredClone(integration)
  }
}
