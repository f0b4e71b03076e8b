import type { Timeout } from '../guard/time-budget.ts'
import type { HistoryStore } from '../ports/history.ts'
import { historyEntry, type HistoryFacts } from './entry.ts'
import { HistoryWriter } from './writer.ts'

/** Remembers what happened. No function waits, and none throws. */
export interface HistoryRecorder {
  /**
   * Adds an entry to the history of its integration, without secrets and cut to
   * its bounds. An entry with the `_id` of an earlier one takes its place.
   *
   * @param secrets tokens and signing keys that may occur in the facts.
   */
  readonly record: (facts: HistoryFacts, secrets: readonly string[]) => void
  /** Clears the history of an integration that was removed. */
  readonly forget: (integrationId: string) => void
  /** Resolves when all of it is done, or when it has taken too long. */
  readonly settled: () => Promise<void>
}

/** How a recorder reports what went wrong; as `request.log` and `fastify.log` of Fastify. */
export interface HistoryLog {
  warn (facts: object, message: string): void
}

/** Options of {@link historyRecorder}. */
export interface HistoryRecorderOptions {
  /** Null: nothing is remembered. */
  readonly history: HistoryStore | null
  readonly timeout: Timeout
  readonly log: HistoryLog
  /** Makes the form of an error that may be logged. */
  readonly loggable: (error: unknown) => Error
}

/** So many entries, and so many bytes of entries, may be on their way to a history that does not answer. */
const bounds = { maxUnderWay: 500, maxBytesUnderWay: 8 * 1024 * 1024 }

/** A history that fails now and then is one outage, and not a line in the log for each entry. */
const calm = 10_000

/** Makes the functions by which the rest of the plugin writes the history. */
export function historyRecorder ({ history, timeout, log, loggable }: HistoryRecorderOptions): HistoryRecorder {
  if (history === null) return { record: () => {}, forget: () => {}, settled: async () => {} }
  const writer = new HistoryWriter({
    history,
    timeout,
    ...bounds,
    calm,
    onOutage (error) {
      log.warn({ err: loggable(error) }, 'the history does not remember entries; entries are lost until it does')
    },
    onRecovery (lost) {
      log.warn({ lost }, 'the history remembers entries again')
    },
    onNotCleared (integrationId, error) {
      log.warn({ err: loggable(error), integrationId }, 'the history of a removed integration was not cleared')
    }
  })
  return {
    record (facts, secrets) { writer.write(historyEntry(facts, secrets)) },
    forget (integrationId) { writer.forget(integrationId) },
    settled: async () => { await writer.settled() }
  }
}
