import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Integration } from '../../../schemas/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { StoredIntegration } from '../../ports/store.ts'
import type { Feed } from '../follow/feed.ts'

/** So many integrations are told before other work gets its turn. */
const toldAtOnce = 500

/**
 * Tells one listener of a store in this process. A change only notes the
 * `_id`; its present state is read when it is told, so that the last word about
 * an integration is always the truth.
 */
export class MemoryFollower {
  readonly #feed: Feed
  readonly #find: (id: string) => StoredIntegration | null
  readonly #changed = new Set<string>()
  #wake: () => void = () => {}

  /** @param find reads a copy of the present state. */
  constructor (feed: Feed, find: (id: string) => StoredIntegration | null) {
    this.#feed = feed
    this.#find = find
  }

  /** Notes a change of an integration. It is told in a later turn of the event loop. */
  note ({ _id, type }: Integration): void {
    if (!this.#feed.covers(type)) return
    // Behind all others: changes are told in the order in which they were made.
    this.#changed.delete(_id)
    this.#changed.add(_id)
    this.#wake()
  }

  /**
   * Tells of everything until the signal is aborted.
   *
   * @param ids of all integrations at this moment that the feed covers.
   */
  async run (ids: readonly string[], { signal }: PortCall): Promise<void> {
    await nextTurn()
    this.#feed.reset()
    for (let first = 0; first < ids.length && !signal.aborted; first += toldAtOnce) {
      for (const id of ids.slice(first, first + toldAtOnce)) {
        const stored = this.#find(id)
        if (stored !== null) this.#feed.present(stored)
      }
      await nextTurn()
    }
    while (!signal.aborted) {
      this.#tellChanges()
      if (this.#changed.size === 0) {
        this.#feed.live()
        await this.#change(signal)
      }
      await nextTurn()
    }
  }

  #tellChanges (): void {
    let left = toldAtOnce
    for (const id of this.#changed) {
      if (left-- === 0) return
      this.#changed.delete(id)
      const stored = this.#find(id)
      if (stored === null) this.#feed.removed(id)
      else this.#feed.present(stored)
    }
  }

  /** Resolves at the next change, or when the signal is aborted. */
  #change (signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = () => {}
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake)
      // The listener itself may have aborted or changed something.
      if (signal.aborted || this.#changed.size > 0) wake()
    })
  }
}
