import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { AdapterTimeoutError } from '../errors/index.ts'
import type { PortCall } from '../ports/call.ts'
import { Deadlines } from './deadlines.ts'

/** How long a piece of work may wait for its ports. */
export interface Timeout {
  readonly milliseconds: number
  /** The option that sets the time; named in the error when the time is over. */
  readonly option: string
}

/**
 * The time that one request may spend on waiting for host adapters, all
 * together. Only waiting counts: neither the upload of the body nor the
 * host's own hooks between two calls use it up.
 */
export class TimeBudget implements PortCall {
  readonly #option: string
  #left: number
  #waiting = 0
  #since = 0
  #abort: AbortController | undefined
  #over = false

  /** @param timeout how long all waiting together may take. */
  constructor ({ milliseconds, option }: Timeout) {
    this.#left = milliseconds
    this.#option = option
  }

  /** Aborted when a call is given up. Made on first use: few calls read the signal. */
  get signal (): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      // A page of a list makes more calls side by side than Node.js expects listeners.
      setMaxListeners(0, this.#abort.signal)
      // A call that asks after the end gets an aborted signal.
      if (this.#over) this.#abort.abort()
    }
    return this.#abort.signal
  }

  /** The time that is left, in milliseconds. Not for use beside a call. */
  get left (): number {
    return this.#over ? 0 : Math.max(0, this.#left)
  }

  /** Whether the time was used up. */
  get aborted (): boolean {
    return this.#over
  }

  /**
   * Waits for an answer, but no longer than the budget allows. Calls that wait
   * at the same time share the same time.
   *
   * @throws AdapterTimeoutError when the budget is used up.
   */
  wait<T> (adapter: string, answer: PromiseLike<T>): Promise<T> {
    const now = performance.now()
    if (this.#waiting++ === 0) this.#since = now
    return new Promise<T>((resolve, reject) => {
      const deadline = {
        at: this.#since + this.#left,
        miss: () => {
          this.#over = true
          this.#abort?.abort()
          // An adapter that heeds the signal may still say what it was waiting for.
          setImmediate(() => reject(new AdapterTimeoutError(adapter, this.#option)))
        }
      }
      deadlines.add(deadline)
      const done = (): void => {
        deadlines.delete(deadline)
        if (--this.#waiting === 0) this.#left -= performance.now() - this.#since
      }
      // Promise.resolve: a thenable may answer with another thenable, and only the last answer ends the wait.
      Promise.resolve(answer).then(
        (value) => { done(); resolve(value) },
        (reason) => { done(); reject(reason) }
      )
    })
  }

  /**
   * Lets some milliseconds pass, which count as waiting. Not for use beside a call.
   *
   * @returns false at once, without a pause, when less time is left.
   */
  async pause (milliseconds: number): Promise<boolean> {
    if (milliseconds >= this.left) return false
    const start = performance.now()
    await sleep(milliseconds)
    this.#left -= performance.now() - start
    return true
  }
}

/** Those of all requests. */
const deadlines = new Deadlines()
