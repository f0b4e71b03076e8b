import type { HistoryEntry } from '../../schemas/history.ts'
import { StoreUnavailableError } from '../errors/index.ts'
import type { HistoryStore } from '../ports/history.ts'

/** Options of {@link HistoryWriter}. */
export interface HistoryWriterOptions {
  readonly history: HistoryStore
  /** An entry that is not remembered after so many milliseconds counts as lost. */
  readonly timeout: number
  /** So many entries may be on their way. Further ones are lost: a history that falls behind takes no memory. */
  readonly maxUnderWay: number
  /** Told once, with the first failure, when entries begin to get lost. */
  readonly onOutage: (error: unknown) => void
  /** Told once, with the number of entries that were lost, when the history remembers again. */
  readonly onRecovery: (lost: number) => void
}

/**
 * Writes entries into a history. No caller waits, and no failure of the history
 * reaches a caller.
 */
export class HistoryWriter {
  readonly #options: HistoryWriterOptions
  readonly #underWay = new Set<Promise<void>>()
  #lost = 0

  constructor (options: HistoryWriterOptions) {
    this.#options = options
  }

  /** Hands an entry to the history. Neither waits nor throws. */
  write (entry: HistoryEntry): void {
    if (this.#underWay.size >= this.#options.maxUnderWay) {
      this.#failed(new StoreUnavailableError(`${this.#underWay.size} entries of the history are under way already`))
      return
    }
    const written = this.#append(entry).finally(() => this.#underWay.delete(written))
    this.#underWay.add(written)
  }

  /** Resolves when the entries that are under way are remembered or lost; after `timeout` at the latest. */
  async settled (): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, this.#options.timeout) })
    await Promise.race([Promise.all(this.#underWay), late])
    clearTimeout(timer)
  }

  async #append (entry: HistoryEntry): Promise<void> {
    const { history, timeout } = this.#options
    const signal = AbortSignal.timeout(timeout)
    try {
      await history.append(entry, { signal })
      if (!signal.aborted) this.#remembered()
      else this.#failed(signal.reason)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed (error: unknown): void {
    if (this.#lost++ === 0) this.#options.onOutage(error)
  }

  #remembered (): void {
    if (this.#lost === 0) return
    const lost = this.#lost
    this.#lost = 0
    this.#options.onRecovery(lost)
  }
}
