import { isPromiseLike } from '../base/is-promise-like.ts'
import { Outage } from '../base/outage.ts'
import { StoreUnavailableError } from '../errors/index.ts'
import { type Timeout, TimeBudget } from '../guard/time-budget.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { HistoryStore } from '../ports/history.ts'
import type { SizedEntry } from './entry.ts'

/** So many integrations that were removed are remembered: calls for them may still be under way, and end soon. */
const mostForgotten = 1000

/** Options of {@link HistoryWriter}. */
export interface HistoryWriterOptions {
  readonly history: HistoryStore
  /** An entry that is not remembered in this time counts as lost. */
  readonly timeout: Timeout
  /** So many entries may be on their way. Further ones are lost: a history that falls behind takes no memory. */
  readonly maxUnderWay: number
  /** So many bytes of entries may be on their way, counted as JSON. */
  readonly maxBytesUnderWay: number
  /** An outage is over when an entry is remembered so many milliseconds after the last loss, or later. */
  readonly calm: number
  /** Told once, with the first failure, when entries begin to get lost. */
  readonly onOutage: (error: unknown) => void
  /** Told once, with the number of entries that were lost, when the history remembers again. */
  readonly onRecovery: (lost: number) => void
  /** Told of the failure when the history of a removed integration could not be cleared. */
  readonly onNotCleared: (integrationId: string, error: unknown) => void
}

/**
 * Writes entries into a history. No caller waits, and no failure of the history
 * reaches a caller.
 */
export class HistoryWriter {
  readonly #options: HistoryWriterOptions
  /** The writes that the history has not answered. A write counts until then, even when its time is over. */
  readonly #underWay = new Set<Promise<void>>()
  readonly #clearing = new Set<Promise<void>>()
  readonly #outage: Outage
  /** The integrations that were removed last. */
  readonly #forgotten = new Set<string>()
  #bytes = 0

  constructor (options: HistoryWriterOptions) {
    this.#options = options
    this.#outage = new Outage({ calm: options.calm, onBegin: options.onOutage, onEnd: options.onRecovery })
  }

  /** Hands an entry to the history. Neither waits nor throws. An integration that this process has removed gets no further entry. */
  write ({ entry, bytes }: SizedEntry): void {
    if (this.#forgotten.has(entry.integration._id)) return
    const { history, timeout, maxUnderWay, maxBytesUnderWay } = this.#options
    if (this.#underWay.size >= maxUnderWay || this.#bytes + bytes > maxBytesUnderWay) {
      this.#outage.failed(() => new StoreUnavailableError(`${this.#underWay.size} entries of the history are under way already, ${this.#bytes} bytes`))
      return
    }
    const budget = new TimeBudget(timeout)
    const answer = this.#attempt(() => history.append(entry, budget))
    if (answer === undefined) return
    const outcome = budget.wait('history.append', answer).then(() => { this.#outage.worked() }, (error: unknown) => { this.#outage.failed(() => error) })
    this.#bytes += bytes
    const settled = answer.then(() => {}, () => {}).then(() => outcome).then(() => {
      this.#underWay.delete(settled)
      this.#bytes -= bytes
    })
    this.#underWay.add(settled)
  }

  /**
   * Clears the history of an integration that was removed, after the entries
   * that are under way. Neither waits nor throws.
   */
  forget (integrationId: string): void {
    this.#forgotten.add(integrationId)
    const [oldest = integrationId] = this.#forgotten
    if (this.#forgotten.size > mostForgotten) this.#forgotten.delete(oldest)
    const cleared = this.#clear(integrationId).catch((error: unknown) => {
      this.#options.onNotCleared(integrationId, error)
    }).finally(() => this.#clearing.delete(cleared))
    this.#clearing.add(cleared)
  }

  /** Resolves when the history has answered all that is under way; after about the time-out at the latest. */
  async settled (): Promise<void> {
    await this.#within(Promise.all([...this.#underWay, ...this.#clearing]))
  }

  /** Calls the history. The promise of an answer that comes later; undefined when the history has answered. */
  #attempt (append: () => Awaitable<void>): Promise<void> | undefined {
    try {
      const answer = append()
      // Made a promise once: some clients of databases send a query again with each `then`.
      if (isPromiseLike(answer)) return Promise.resolve(answer)
      this.#outage.worked()
    } catch (error) {
      this.#outage.failed(() => error)
    }
    return undefined
  }

  async #clear (integrationId: string): Promise<void> {
    const { history, timeout } = this.#options
    if (this.#underWay.size > 0) await this.#within(Promise.all(this.#underWay))
    const budget = new TimeBudget(timeout)
    await budget.wait('history.clear', Promise.resolve(history.clear(integrationId, budget)))
  }

  /** Waits for a promise, but no longer than the time-out. */
  async #within (promise: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, this.#options.timeout.milliseconds) })
    await Promise.race([promise, late])
    clearTimeout(timer)
  }
}
