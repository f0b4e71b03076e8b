import type { Authority } from '../../model/authority.ts'
import { Gate } from './gate.ts'
import type { Place } from './lanes.ts'

/** Makes the calls that have begun fewer by one. `duration` in milliseconds; absent when no receiver was called. */
type Leave = (duration: number | undefined) => void

/**
 * Shares the calls of this process: those of one creator without the full
 * permission get a quarter of them, and slow receivers together get half.
 */
export class Shares {
  readonly #quarter: number
  readonly #slow: Gate
  /** The gates of the creators that have calls under way. */
  readonly #creators = new Map<string, Gate>()

  /** @param calls how many calls the process makes at a time. */
  constructor (calls: number) {
    this.#quarter = Math.max(1, Math.floor(calls / 4))
    this.#slow = new Gate(Math.max(1, Math.floor(calls / 2)))
  }

  /**
   * Asks for one of the calls.
   *
   * @param now in milliseconds since 1970.
   * @returns the end of the call, to be called once; or the milliseconds after which to ask again.
   */
  enter (authority: Authority | null, { isSlow }: Pick<Place, 'isSlow'>, now: number): Leave | number {
    const wait = isSlow ? this.#slow.enter(now) : undefined
    if (wait !== undefined) return wait
    const leaveSlow: Leave = isSlow ? (duration) => { this.#slow.leave(duration) } : () => {}
    // Nobody answers for it: such integrations share what one creator has.
    if (authority?.grant === 'full') return leaveSlow
    const creator = authority?.user._id ?? ''
    const gate = this.#creators.get(creator) ?? new Gate(this.#quarter)
    this.#creators.set(creator, gate)
    const ofCreator = gate.enter(now)
    if (ofCreator !== undefined) {
      leaveSlow(undefined)
      return ofCreator
    }
    return (duration) => {
      leaveSlow(duration)
      gate.leave(duration)
      if (gate.isIdle) this.#creators.delete(creator)
    }
  }
}
