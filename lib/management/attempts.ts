import { IntegrationError } from '../errors/index.ts'

/** Somebody who loses so many races in a row had better come back later. */
const mostAttempts = 20

/**
 * Repeats a step that fails while others change the same integration.
 *
 * @param step returns undefined when it has to be repeated.
 * @throws IntegrationError `error-service-unavailable` when it never succeeds.
 */
export async function repeatWhileContended<T> (step: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const result = await step()
    if (result !== undefined) return result
  }
  throw new IntegrationError('error-service-unavailable', { cause: new Error(`changed by others ${mostAttempts} times in a row`) })
}
