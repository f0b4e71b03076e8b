/** A time limit, and the function that is called when the limit has passed. */
export interface Deadline {
  /** In milliseconds of performance.now(). */
  readonly at: number
  /** Called once when the time has come. */
  readonly miss: () => void
}

/**
 * Many deadlines with one timer. Nearly all of them are met within
 * milliseconds: a timer for each deadline would cost more than most of the
 * calls that the deadlines are for.
 */
export class Deadlines {
  readonly #pending = new Set<Deadline>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires. */
  #next = Infinity

  add (deadline: Deadline): void {
    this.#pending.add(deadline)
    if (deadline.at < this.#next) this.#arm(deadline.at)
    // While nothing is pending, the timer does not keep the process alive.
    else if (this.#pending.size === 1) this.#timer?.ref()
  }

  /** Drops a deadline that was met. */
  delete (deadline: Deadline): void {
    if (this.#pending.delete(deadline) && this.#pending.size === 0) this.#timer?.unref()
  }

  #arm (at: number): void {
    clearTimeout(this.#timer)
    this.#next = at
    this.#timer = setTimeout(() => { this.#check() }, Math.max(0, at - performance.now()))
  }

  #check (): void {
    const now = performance.now()
    this.#timer = undefined
    this.#next = Infinity
    let next = Infinity
    for (const deadline of this.#pending) {
      if (deadline.at > now) next = Math.min(next, deadline.at)
      else {
        this.#pending.delete(deadline)
        deadline.miss()
      }
    }
    // A function that was called may have added another deadline.
    if (next < this.#next) this.#arm(next)
  }
}
