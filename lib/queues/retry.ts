/** Milliseconds until a job comes again whose handler has failed for the first time. */
const first = 1000

/** Milliseconds until a job comes again whose handler fails always. */
const longest = 30_000

/**
 * How many milliseconds a job waits after its handler has failed.
 *
 * @param failures how often the handler has failed with this job; from 1.
 */
export function pauseAfterFailure (failures: number): number {
  return Math.min(first * 2 ** (failures - 1), longest)
}
