import { AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, IntegrationError } from '../errors/index.ts'
import { isPromiseLike } from '../base/is-promise-like.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { Ports } from './ports.ts'
import type { PortMethod } from './table.ts'
import { type Timeout, TimeBudget } from './time-budget.ts'

/**
 * The ports for one piece of work: a request or a delivery. All calls of the
 * piece of work share one budget of time. When a port throws, does not answer in
 * time, or gives an answer that does not fit its table, the call fails with
 * `error-service-unavailable` and the cause attached. A capability never meets a
 * misbehaving port.
 */
export class Calls {
  readonly #ports: Ports
  readonly #timeout: Timeout
  readonly #budget: TimeBudget

  /**
   * @param timeout how long all calls together may take.
   */
  constructor (ports: Ports, timeout: Timeout) {
    this.#ports = ports
    this.#timeout = timeout
    this.#budget = new TimeBudget(timeout)
  }

  /** How long all calls together may take, in milliseconds. */
  get timeout (): number {
    return this.#timeout.milliseconds
  }

  /** How long further calls may take, in milliseconds. Not for use beside a call. */
  get left (): number {
    return this.#budget.left
  }

  /**
   * The same ports with a budget of its own: for cleaning up after this budget is used up.
   *
   * @param milliseconds the budget; by default as much as this one had at first.
   */
  afresh (milliseconds: number = this.#timeout.milliseconds): Calls {
    return new Calls(this.#ports, { ...this.#timeout, milliseconds })
  }

  /**
   * Lets some milliseconds pass before a port is asked again. They count as waiting for it.
   *
   * @returns false at once, without a pause, when less time is left.
   */
  pause (milliseconds: number): Promise<boolean> {
    return this.#budget.pause(milliseconds)
  }

  /**
   * Calls a method of a port.
   *
   * @returns the answer; at once when the port answers at once.
   * @throws IntegrationError `error-service-unavailable`; an error that the contract of the port names.
   */
  ask<I extends readonly unknown[], T> (method: PortMethod<I, T>, ...input: I): Awaitable<T> {
    let answer: unknown
    try {
      answer = method.invoke(this.#ports, input, this.#budget)
      if (isPromiseLike(answer)) {
        return this.#budget.wait(method.label, answer).then(
          (later) => checked(method, later),
          (cause: unknown) => { throw failed(method, cause) })
      }
    } catch (cause) {
      throw failed(method, cause)
    }
    // Many hosts keep permissions and rooms in memory: an answer that is there needs no timer.
    return checked(method, answer)
  }
}

function checked<I extends readonly unknown[], T> (method: PortMethod<I, T>, answer: unknown): T {
  const { label, answer: { read, must } } = method
  try {
    const result = read(answer)
    if (result !== undefined) return result.value
  } catch (cause) {
    // A getter of the host may throw.
    throw failed(method, cause)
  }
  throw failed(method, new AdapterAnswerError(label, must(answer)))
}

function failed ({ label, foreseen }: Pick<PortMethod<never, unknown>, 'label' | 'foreseen'>, cause: unknown): Error {
  const error = foreseen(cause)
  if (error !== undefined) return error
  const isNamed = cause instanceof AdapterTimeoutError || cause instanceof AdapterAnswerError
  return new IntegrationError('error-service-unavailable', {
    cause: isNamed ? cause : new AdapterFailedError(label, { cause })
  })
}
