/**
 * Runs steps at the same time and waits for all of them, so that no failure is
 * left without a handler. Of several failures, the first in the order of the
 * steps is thrown, not the first in time.
 */
export async function sideBySide<T> (steps: ReadonlyArray<() => Promise<T>>): Promise<T[]> {
  const results = await Promise.allSettled(steps.map((step) => step()))
  return results.map(valueOf)
}

/** The value of a step that succeeded; throws the reason of a step that failed. */
export function valueOf<T> (result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
