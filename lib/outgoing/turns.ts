import { OverloadedError } from './overloaded-error.ts'

/** Milliseconds that work may hold the event loop before other work gets its turn. */
const longest = 1.5

/** The clock is looked at after so many steps: one step takes about as long as a look into a map. */
const stepsBetweenLooks = 1000

/** So many pieces of work go on before the next look at the clock. */
const resumedAtOnce = 10

/** So many pieces of work may wait for their turn. */
const mostWaiting = 10_000

/** One for all: in a flood, an error for each piece of work takes longer than the work. */
const tooMuch = new OverloadedError(`${mostWaiting} events are being worked on already`)

/**
 * Shares the event loop among pieces of work: all of them together hold the
 * loop for a few milliseconds in each of its turns.
 */
export class Turns {
  /** First come, first served. */
  #waiting: Array<() => void> = []
  /** Those that came before the others, the first one at the end. */
  #first: Array<() => void> = []
  /** When work began in this turn of the event loop; undefined: not yet. */
  #since: number | undefined
  #isUsedUp = false
  #steps = 0
  #pieces = 0

  /** The pieces of work that have waited for a turn and are not done. */
  get pieces (): number {
    return this.#pieces
  }

  /** Whether the time of this turn was over at the last look at the clock. */
  get isUsedUp (): boolean {
    return this.#isUsedUp
  }

  /** Begins a piece of work. Most pieces are short and never wait. */
  begin (): Work {
    return new Work(this)
  }

  /**
   * Counts steps.
   *
   * @returns whether the time of this turn is over. Without a look at the clock, the answer is no: short work need not wait.
   */
  isOver (steps: number): boolean {
    this.#steps += steps
    if (this.#steps < stepsBetweenLooks) return false
    this.#steps = 0
    if (this.#since === undefined) this.#begin()
    return this.#look()
  }

  /**
   * Counts a piece of work that needs more than one turn.
   *
   * @throws OverloadedError when too many wait already.
   */
  enter (): void {
    if (this.#pieces >= mostWaiting) throw tooMuch
    this.#pieces++
  }

  /** Counts a piece of work as done. */
  leave (): void {
    this.#pieces--
  }

  /** Resolves in a later turn of the event loop, first come, first served. */
  wait (): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length + this.#first.length === 1) this.#schedule()
    })
  }

  #schedule (): void {
    setImmediate(() => {
      this.#begin()
      this.#resume()
    })
  }

  #resume (): void {
    for (let left = resumedAtOnce; left > 0; left--) {
      if (this.#first.length === 0) {
        this.#first = this.#waiting.reverse()
        this.#waiting = []
      }
      this.#first.pop()?.()
    }
    if (this.#waiting.length + this.#first.length === 0) return
    // The next tick begins when no microtask is left: the pieces of work have ended or wait again.
    queueMicrotask(() => {
      process.nextTick(() => {
        if (this.#look()) this.#schedule()
        else this.#resume()
      })
    })
  }

  #look (): boolean {
    this.#isUsedUp = this.#since !== undefined && performance.now() - this.#since > longest
    return this.#isUsedUp
  }

  #begin (): void {
    this.#since = performance.now()
    this.#isUsedUp = false
    this.#steps = 0
    setImmediate(() => {
      this.#since = undefined
      this.#isUsedUp = false
    })
  }
}

/** One piece of work. */
export class Work {
  readonly #turns: Turns
  #isLong = false

  constructor (turns: Turns) {
    this.#turns = turns
  }

  /** See {@link Turns.isUsedUp}. */
  get isUsedUp (): boolean {
    return this.#turns.isUsedUp
  }

  /** Counts steps; true: the work must wait for {@link next} before it goes on. */
  isOver (steps: number): boolean {
    return this.#turns.isOver(steps)
  }

  /**
   * Resolves when it is the turn of this work again.
   *
   * @throws OverloadedError when too many pieces of work wait already.
   */
  async next (): Promise<void> {
    if (!this.#isLong) {
      this.#turns.enter()
      this.#isLong = true
    }
    await this.#turns.wait()
  }

  /** Must be called once when the work is done. */
  end (): void {
    if (this.#isLong) this.#turns.leave()
  }
}
