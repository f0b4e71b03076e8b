/** Bounds of an estimated wait, in milliseconds. */
const shortest = 100
const longest = 30_000

/**
 * How long a piece of work is taken to last until the first one ends, in
 * milliseconds. Most receivers are fast, and a burst that was told to come back
 * late would leave a fast receiver idle.
 */
const guess = { atFirst: 5, later: 100 }

/** When no piece of work has begun for so many milliseconds, none has ended: the work is not fast. */
const patience = 1000

/** How much the newest duration counts for the mean. */
const weight = 0.2

/**
 * Lets so many pieces of work run at a time. What does not fit is told when its
 * turn is likely to come: each asks for one turn after the others, so a queue
 * gives it back about once, however many wait.
 */
export class Gate {
  readonly #limit: number
  #running = 0
  /** The mean duration of the work, in milliseconds; undefined before the first piece of work ends. */
  #mean: number | undefined
  /** When the last piece of work began, in milliseconds of the clock. */
  #begun = 0
  /** When the turn of the next one that is sent away begins, in milliseconds of the clock. */
  #turn = 0

  /** @param limit how many pieces of work may run at a time. */
  constructor (limit: number) {
    this.#limit = limit
  }

  /** Whether nothing runs. */
  get isIdle (): boolean {
    return this.#running === 0
  }

  /** The mean duration of the work, in milliseconds; 0 before the first piece of work ends. */
  get mean (): number {
    return this.#mean ?? 0
  }

  /**
   * Begins a piece of work.
   *
   * @param now in milliseconds of the clock.
   * @returns undefined when the work may run, and `leave` must be called at its
   *   end; otherwise the milliseconds after which to ask again.
   */
  enter (now: number): number | undefined {
    if (this.#running < this.#limit) {
      this.#running++
      this.#begun = now
      return undefined
    }
    this.#turn = Math.max(this.#turn, now) + this.#expected(now) / this.#limit
    const wait = Math.min(Math.max(this.#turn - now, shortest), longest)
    // Nobody's turn is further away than the longest wait: the work may become faster meanwhile.
    this.#turn = Math.min(this.#turn, now + longest)
    return jittered(wait)
  }

  /** How long a piece of work is likely to last. */
  #expected (now: number): number {
    return this.#mean ?? (now - this.#begun < patience ? guess.atFirst : guess.later)
  }

  /**
   * Ends a piece of work.
   *
   * @param duration how long it took, in milliseconds; undefined when that says nothing of the next one.
   */
  leave (duration: number | undefined): void {
    this.#running--
    if (duration !== undefined) this.#mean = this.#mean === undefined ? duration : this.#mean + weight * (duration - this.#mean)
  }
}

/** 20 % more or less: what waits for the same does not come back in the same moment. */
export function jittered (milliseconds: number): number {
  return milliseconds * (0.8 + Math.random() * 0.4)
}
