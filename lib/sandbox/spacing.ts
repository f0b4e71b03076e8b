/**
 * Spaces something that must not happen too often: some may happen at once, and
 * in the long run one in each interval.
 */
export class Spacing {
  readonly #atOnce: number
  readonly #interval: number
  readonly #now: () => number
  /** The time when all have become possible again. */
  #full = -Infinity

  /**
   * @param interval in milliseconds.
   * @param now the time in milliseconds; for tests.
   */
  constructor (atOnce: number, interval: number, now: () => number = () => performance.now()) {
    this.#atOnce = atOnce
    this.#interval = interval
    this.#now = now
  }

  /** Whether one may happen now, so that some remain for others. Counts one when it may. */
  take (remaining: number = 0): boolean {
    const from = Math.max(this.#full, this.#now())
    if (from + (remaining + 1) * this.#interval > this.#now() + this.#atOnce * this.#interval) return false
    this.#full = from + this.#interval
    return true
  }
}
