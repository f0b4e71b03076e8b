/** On a busy machine, a run may take this many times its time limit. */
const mostWaiting = 4

/**
 * Measures how long a script may still run. A machine that is busy or asleep
 * does not make a script late: before the limit counts, the process must have
 * used as much CPU time. The CPU time is that of the whole process. It is never
 * less than that of the script.
 */
export class Stopwatch {
  readonly #limit: number
  readonly #most: number
  readonly #start = performance.now()
  readonly #before = process.cpuUsage()

  /**
   * @param limit the time limit, in milliseconds.
   * @param grace so many milliseconds are added to all limits.
   */
  constructor (limit: number, grace: number = 0) {
    this.#limit = limit + grace
    this.#most = limit * mostWaiting + grace
  }

  /** How many milliseconds are left at least; zero or less when the script is late. */
  get left (): number {
    const passed = performance.now() - this.#start
    if (passed < this.#limit) return this.#limit - passed
    const { user, system } = process.cpuUsage(this.#before)
    return Math.min(this.#limit - (user + system) / 1000, this.#most - passed)
  }
}
