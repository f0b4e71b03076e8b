/**
 * What the last runs of an integration lead to expect of the next one.
 *
 * | standing | the last runs |
 * |---|---|
 * | `proven` | they did no harm |
 * | `unproven` | there is none, or it was long ago |
 * | `harmful` | in the last minute, one was late, took all memory or took its worker along |
 */
export type Standing = 'proven' | 'unproven' | 'harmful'

/** How a run ended. */
export interface RunEnd {
  /** Whether the run was late or took its worker along: too many of them in a row pause the integration. */
  readonly isLate: boolean
  /** Whether the run took all memory. */
  readonly tookMemory: boolean
}

/** After so many late runs in a row, an integration is paused. */
const mostLate = 5

/** The length of a pause, and the time for which a harmful run counts, in milliseconds. */
const minute = 60_000

/** So many integrations are remembered of each kind. Those that ran the longest time ago are forgotten first. */
const mostKept = 10_000

interface Harm {
  /** How many runs in a row were late. */
  readonly lateInRow: number
  /** The end of the pause, in milliseconds of `performance.now()`. */
  readonly pausedUntil: number
  /** The end of the time for which a harmful run counts. */
  readonly countsUntil: number
}

/** Remembers how the scripts of integrations behave. */
export class Standings {
  /** The integrations that ran harmful scripts, the one that ran last at the end. */
  readonly #harm = new Map<string, Harm>()
  /** The integrations whose last run did no harm, the one that ran last at the end. */
  readonly #harmless = new Set<string>()
  readonly #now: () => number

  /** @param now the time in milliseconds; for tests. */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether an integration has to wait. */
  isPaused (integrationId: string): boolean {
    return (this.#harm.get(integrationId)?.pausedUntil ?? -Infinity) > this.#now()
  }

  of (integrationId: string): Standing {
    if ((this.#harm.get(integrationId)?.countsUntil ?? -Infinity) > this.#now()) return 'harmful'
    return this.#harmless.has(integrationId) ? 'proven' : 'unproven'
  }

  /** Notes the end of a run of an integration. */
  note (integrationId: string, { isLate, tookMemory }: RunEnd): void {
    this.#harmless.delete(integrationId)
    if (!isLate && !tookMemory) this.#harmless.add(integrationId)
    const { lateInRow = 0, pausedUntil = -Infinity, countsUntil = -Infinity } = this.#harm.get(integrationId) ?? {}
    this.#harm.delete(integrationId)
    const now = this.#now()
    const count = isLate ? lateInRow + 1 : 0
    const harm = {
      lateInRow: count % mostLate,
      pausedUntil: count === mostLate ? now + minute : pausedUntil,
      countsUntil: isLate || tookMemory ? now + minute : countsUntil
    }
    if (harm.countsUntil > now) this.#harm.set(integrationId, harm)
    forgetFirst(this.#harmless)
    forgetFirst(this.#harm)
  }
}

/** Removes the first entry when there are too many. */
function forgetFirst (entries: Map<string, unknown> | Set<string>): void {
  const [first] = entries.keys()
  if (entries.size > mostKept && first !== undefined) entries.delete(first)
}
