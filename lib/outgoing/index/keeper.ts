import type { TimeBudget } from '../../guard/time-budget.ts'
import type { PortLifeCycle } from '../../ports/life-cycle.ts'
import { followStore } from './follow-store.ts'
import type { IndexOptions } from './options.ts'
import { OverloadedError } from '../overloaded-error.ts'
import { StoreReader } from './store-reader.ts'
import type { TriggerIndex } from './trigger-index.ts'

/** So many events may wait for the index at the same time. */
const mostWaiting = 10_000

/** One for all: in a flood, an error for each event takes longer than the event. */
const tooMany = new OverloadedError(`${mostWaiting} events are waiting for the integrations already`)

/** So many events that have waited go on in one turn of the event loop. */
const wokenAtOnce = 100

/**
 * Keeps an index of the outgoing integrations of a store. A store that has
 * `follow` tells every change; any other store is read anew from time to time
 * and after changes of this process.
 *
 * While the store is away, the index stays as it is: a delivery reads its
 * integration again, and so an integration that was removed meanwhile does no harm.
 */
export class IndexKeeper implements PortLifeCycle {
  readonly #options: IndexOptions
  /** Undefined for a store that is followed. */
  readonly #reader: StoreReader | undefined
  readonly #abort = new AbortController()
  readonly #waiting = new Set<() => void>()
  #index: TriggerIndex | undefined
  #ended: Promise<void> | undefined

  constructor (options: IndexOptions) {
    this.#options = options
    if (options.store.follow === undefined) this.#reader = new StoreReader({ ...options, publish: (index) => { this.#publish(index) } })
  }

  /** The index; undefined until it is loaded for the first time. */
  get index (): TriggerIndex | undefined {
    return this.#index
  }

  /** Begins to load the index, and does not wait for it: a server also starts while its store is away. */
  start (): void {
    const { signal } = this.#abort
    this.#ended ??= this.#reader?.run(signal) ?? followStore({ ...this.#options, publish: (index) => { this.#publish(index) } }, signal)
  }

  /**
   * The index as soon as it is loaded.
   *
   * @throws AdapterTimeoutError when the budget is used up before.
   * @throws OverloadedError when too many events wait already, or after `close`.
   */
  async loaded (budget: TimeBudget): Promise<TriggerIndex> {
    if (this.#index !== undefined) return this.#index
    if (this.#waiting.size >= mostWaiting) throw tooMany
    let wake = (): void => {}
    const woken = new Promise<void>((resolve) => { wake = resolve })
    this.#waiting.add(wake)
    if (this.#abort.signal.aborted) this.#wake()
    try {
      await budget.wait('the store, read for outgoing webhooks,', woken)
    } finally {
      this.#waiting.delete(wake)
    }
    if (this.#index === undefined) throw new OverloadedError('the server is closing')
    return this.#index
  }

  /** Notes that this process has changed an integration. */
  noteChange (): void {
    this.#reader?.noteChange()
  }

  /** Ends the following of the store. The index stays as it is. */
  async close (): Promise<void> {
    this.#abort.abort()
    this.#wake()
    await this.#ended
  }

  #publish (index: TriggerIndex): void {
    this.#index = index
    this.#wake()
  }

  /** Lets the events that wait go on: a few in each turn of the event loop. */
  #wake (): void {
    let left = wokenAtOnce
    for (const wake of this.#waiting) {
      if (left-- === 0) {
        setImmediate(() => { this.#wake() })
        return
      }
      this.#waiting.delete(wake)
      wake()
    }
  }
}
