/** Options of {@link Outage}. */
export interface OutageOptions {
  /**
   * An outage is over when something works so many milliseconds after the last
   * failure, or later. What fails now and then is one outage.
   */
  readonly calm: number
  /** Told once, with the first failure, when an outage begins. */
  readonly onBegin: (error: unknown) => void
  /** Told once, with the number of things that were lost, when the outage is over. */
  readonly onEnd: (lost: number) => void
}

/** Tells of many failures in a row once, and of their end once: a log must not grow with each failure. */
export class Outage {
  readonly #options: OutageOptions
  #isOn = false
  #lost = 0
  /** When something failed last, in milliseconds of performance.now(). */
  #failedAt = 0

  constructor (options: OutageOptions) {
    this.#options = options
  }

  /**
   * Something failed.
   *
   * @param why makes the error. Called only when the outage begins: in a flood of failures, an error for each takes longer than the work.
   * @param lost how many things were lost with this failure.
   */
  failed (why: () => unknown, lost: number = 1): void {
    this.#failedAt = performance.now()
    this.#lost += lost
    if (this.#isOn) return
    this.#isOn = true
    this.#options.onBegin(why())
  }

  /** Something worked. */
  worked (): void {
    if (!this.#isOn || performance.now() - this.#failedAt < this.#options.calm) return
    const lost = this.#lost
    this.#isOn = false
    this.#lost = 0
    this.#options.onEnd(lost)
  }
}
