/** After so many late runs in a row, an integration is paused. */
const mostLate = 5

/** The length of a pause, in milliseconds. */
const pause = 60_000

/** The longest list of integrations that were late. The one that was late first is forgotten. */
const mostKept = 10_000

interface Lateness {
  /** How many runs in a row were late. */
  readonly count: number
  /** The end of the pause, in milliseconds of `performance.now()`. */
  readonly pausedUntil: number
}

/** The integrations whose scripts were late too often. */
export class Pauses {
  readonly #late = new Map<string, Lateness>()
  readonly #now: () => number

  /** @param now the time in milliseconds; for tests. */
  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Whether an integration has to wait. */
  has (integrationId: string): boolean {
    return (this.#late.get(integrationId)?.pausedUntil ?? -Infinity) > this.#now()
  }

  /** Notes the end of a run of an integration. */
  note (integrationId: string, isLate: boolean): void {
    const count = (this.#late.get(integrationId)?.count ?? 0) + 1
    this.#late.delete(integrationId)
    if (!isLate) return
    this.#late.set(integrationId, count < mostLate
      ? { count, pausedUntil: -Infinity }
      : { count: 0, pausedUntil: this.#now() + pause })
    const [first] = this.#late.keys()
    if (this.#late.size > mostKept && first !== undefined) this.#late.delete(first)
  }
}
