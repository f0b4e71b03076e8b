/** The keys that are counted at the same time. A key that was not seen for longest is forgotten first. */
const mostKeys = 10_000

/** In milliseconds. */
const minute = 60_000

/**
 * Counts requests by key, in this process. A key may use the requests of a whole
 * minute at once, and gains them back evenly over a minute. Takes constant time
 * and memory.
 */
export class RateLimit {
  readonly #interval: number
  /** By key: the time at which all requests of the key are gained back, in milliseconds of performance.now(). */
  readonly #fullAt = new Map<string, number>()

  /** @param perMinute an integer from 1. */
  constructor (perMinute: number) {
    this.#interval = minute / perMinute
  }

  /**
   * Counts a request.
   *
   * @returns 0 when the request is within the limit; otherwise it was not
   *   counted, and these milliseconds pass until the next one is within the limit.
   */
  take (key: string, now: number = performance.now()): number {
    const before = this.#fullAt.get(key) ?? 0
    const after = Math.max(now, before) + this.#interval
    const wait = after - now - minute
    // A rounding error must not refuse the last request of a burst.
    const isRefused = wait > 0.001
    // Deleted first: the order of the map is the order in which keys were seen.
    this.#fullAt.delete(key)
    this.#fullAt.set(key, isRefused ? before : after)
    if (this.#fullAt.size > mostKeys) {
      const [oldest] = this.#fullAt.keys()
      if (oldest !== undefined) this.#fullAt.delete(oldest)
    }
    return isRefused ? wait : 0
  }
}
