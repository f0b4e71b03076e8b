import { historyLimits } from '../../../schemas/history.ts'
import { requireInteger } from '../../base/require-integer.ts'

/** How much of each integration a history keeps. The oldest entries go first. */
export interface HistoryBounds {
  /**
   * How many entries. An integer from 1 to 10,000.
   *
   * @defaultValue `100`
   */
  readonly maxEntries?: number
  /**
   * How many bytes, counted as JSON in UTF-8. An integer from 32,768, so that
   * every entry fits, to 16,777,216.
   *
   * @defaultValue `1048576` (1 MiB)
   */
  readonly maxBytes?: number
  /**
   * How many milliseconds after its last write an entry is kept. An integer
   * from 1 to 315,360,000,000 (ten years).
   *
   * @defaultValue `2592000000` (30 days)
   */
  readonly maxAge?: number
}

/** The names of the options. */
export const historyBoundNames = ['maxEntries', 'maxBytes', 'maxAge'] as const satisfies ReadonlyArray<keyof HistoryBounds>

const day = 24 * 60 * 60 * 1000

/**
 * The bounds with their defaults.
 *
 * @param owner the class whose options they are.
 * @throws InvalidOptionError
 */
export function checkedBounds (options: HistoryBounds, owner: string): Required<HistoryBounds> {
  const { maxEntries = 100, maxBytes = 1024 * 1024, maxAge = 30 * day } = options
  requireInteger('maxEntries', maxEntries, 1, 10_000, owner)
  requireInteger('maxBytes', maxBytes, historyLimits.entry, 16 * 1024 * 1024, owner)
  requireInteger('maxAge', maxAge, 1, 3650 * day, owner)
  return { maxEntries, maxBytes, maxAge }
}
