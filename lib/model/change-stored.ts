import type { Integration } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { StoredIntegration } from '../ports/store.ts'

/** The number of lost races after which a change is given up: the caller is asked to try again later. */
const mostAttempts = 20

/**
 * Finds the integration that is to be changed.
 *
 * @param earlier the state that was found before a race was lost: the same
 *   integration must be found again, and no other one.
 * @throws IntegrationError when there is none that the caller may change.
 */
export type Find = (earlier: StoredIntegration | undefined) => Awaitable<StoredIntegration>

/** A change that was stored. */
export interface StoredPair {
  readonly previous: Integration
  readonly integration: Integration
}

/**
 * Changes a stored integration without undoing another writer: when the
 * integration was changed between the look-up and the write, both steps are
 * repeated.
 *
 * @param change makes the next state out of the present one.
 * @throws IntegrationError `error-service-unavailable` when every attempt
 *   loses, or what `find` and `change` throw.
 */
export async function changeStored (
  calls: Calls, find: Find, change: (previous: Integration) => Awaitable<Integration>
): Promise<StoredPair> {
  return await repeatWhileContended(find, async (found) => {
    const integration = await change(found.integration)
    return await calls.ask(store.replace, found, integration) ? { previous: found.integration, integration } : undefined
  })
}

/**
 * Removes a stored integration; see {@link changeStored}.
 *
 * @returns the integration as it was.
 */
export async function removeStored (calls: Calls, find: Find): Promise<Integration> {
  return await repeatWhileContended(find, async (found) =>
    await calls.ask(store.remove, found) ? found.integration : undefined)
}

async function repeatWhileContended<T> (find: Find, write: (found: StoredIntegration) => Promise<T | undefined>): Promise<T> {
  let found: StoredIntegration | undefined
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    found = await find(found)
    const written = await write(found)
    if (written !== undefined) return written
  }
  throw new IntegrationError('error-service-unavailable', { cause: new Error(`changed by others ${mostAttempts} times in a row`) })
}
