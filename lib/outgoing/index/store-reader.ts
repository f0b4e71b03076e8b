import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '../../base/outage.ts'
import { store } from '../../guard/tables/store.ts'
import type { ListPage, ListQuery } from '../../ports/store.ts'
import type { IndexSourceOptions } from './options.ts'
import { triggerOf } from './trigger.ts'
import { TriggerIndex } from './trigger-index.ts'

/** So many integrations, and so many bytes of them, are read in one step. */
const page = { count: 200, maxBytes: 4 * 1024 * 1024 }

/** A store that could not be read is read again after so many milliseconds. */
const retryAfter = 1000

/** So many times the store is read again when an integration was removed meanwhile. The next reading finds what was missed. */
const mostReadings = 3

/** Makes an index of a store that cannot be followed, anew from time to time and after changes of this process. */
export class StoreReader {
  readonly #options: IndexSourceOptions
  readonly #outage: Outage
  #isChanged = false
  /** Aborted when the store has to be read before its time. */
  #woken = new AbortController()

  constructor (options: IndexSourceOptions) {
    const { log, loggable } = options
    this.#options = options
    this.#outage = new Outage({
      calm: 0,
      onBegin: (error) => { log.warn({ err: loggable(error) }, 'the store cannot be read; changes of outgoing webhooks take effect later') },
      onEnd: () => { log.warn({}, 'the store can be read again; changes of outgoing webhooks take effect') }
    })
  }

  /** Reads the store until the signal is aborted. Never rejects. */
  async run (signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => { this.#woken.abort() })
    while (!signal.aborted) {
      const begin = performance.now()
      this.#isChanged = false
      let next = this.#options.rereadAfter
      try {
        const index = await this.#readAll(signal)
        if (signal.aborted) return
        this.#options.publish(index)
        this.#outage.worked()
      } catch (error) {
        if (signal.aborted) return
        this.#outage.failed(() => error)
        next = Math.min(next, retryAfter)
      }
      // However many changes there are, reading takes at most half of the time.
      await this.#rest(performance.now() - begin, next, signal)
    }
  }

  /** Reads the store again soon. */
  noteChange (): void {
    this.#isChanged = true
    this.#woken.abort()
  }

  async #readAll (signal: AbortSignal): Promise<TriggerIndex> {
    for (let reading = 1; ; reading++) {
      const index = new TriggerIndex()
      const isWhole = await this.#readPages(index, signal)
      if (isWhole || reading === mostReadings || signal.aborted) return index
    }
  }

  /** @returns false when an integration may be missing: after a removal, the others have other places in the list. */
  async #readPages (index: TriggerIndex, signal: AbortSignal): Promise<boolean> {
    let total = 0
    let isWhole = true
    for (let offset = 0; (offset === 0 || offset < total) && !signal.aborted;) {
      const { integrations, count, ...read } = await this.#readPage(offset)
      for (const integration of integrations) {
        const trigger = triggerOf(integration)
        if (trigger !== undefined) index.put(trigger)
      }
      this.#options.reportUnreadable(read.unreadable ?? [])
      if (read.total < total) isWhole = false
      // A page without anything is the end, whatever the store says of the total.
      total = integrations.length + (read.unreadable?.length ?? 0) === 0 ? 0 : read.total
      offset += count
      await nextTurn()
    }
    return isWhole
  }

  async #readPage (offset: number): Promise<ListPage & Pick<ListQuery, 'count'>> {
    const query = { scopes: [{ type: 'webhook-outgoing' }], sortBy: 'creation', descending: false, offset, ...page } as const
    const read = await this.#options.newCalls().ask(store.list, query)
    if (read.fits === undefined) return { ...read, count: page.count }
    // A record that is too large for a page is read alone.
    const { maxBytes, ...unbounded } = query
    const count = Math.max(1, read.fits)
    return { ...await this.#options.newCalls().ask(store.list, { ...unbounded, count }), count }
  }

  /**
   * @param least milliseconds of rest, whatever has changed.
   * @param further milliseconds of rest unless something has changed.
   */
  async #rest (least: number, further: number, signal: AbortSignal): Promise<void> {
    await sleep(least, undefined, { signal }).catch(() => {})
    this.#woken = new AbortController()
    if (this.#isChanged || signal.aborted) return
    await sleep(further, undefined, { signal: this.#woken.signal }).catch(() => {})
  }
}
