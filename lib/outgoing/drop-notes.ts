import type { Job } from '../ports/queue.ts'

/** So many dropped deliveries are noted in a second. In a flood, a note for each takes longer than the event. */
const mostInSecond = 100

/** Notes deliveries that were dropped, and not all of them in a flood. */
export class DropNotes {
  readonly #note: (job: Job, why: string) => void
  readonly #clock: () => number
  #second = 0
  #noted = 0

  /**
   * @param note notes one delivery.
   * @param clock the time in milliseconds.
   */
  constructor (note: (job: Job, why: string) => void, clock: () => number = () => performance.now()) {
    this.#note = note
    this.#clock = clock
  }

  /** Notes dropped deliveries, all of the same reason. */
  add (jobs: readonly Job[], why: string): void {
    const second = Math.floor(this.#clock() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#noted = 0
    }
    for (const job of jobs.slice(0, mostInSecond - this.#noted)) {
      this.#noted++
      this.#note(job, why)
    }
  }
}
