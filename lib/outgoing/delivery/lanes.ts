import { Breaker } from './breaker.ts'
import { Gate } from './gate.ts'

/** So many calls of one URL of one integration run at a time in a process. */
const callsOfLane = 5

/** A receiver whose calls take longer on average is slow. In milliseconds. */
const slowFrom = 1000

/** The lanes of which something is remembered. The one that was used least recently is forgotten first. */
const mostLanes = 10_000

/** What is known of the receiver of a lane. */
interface Lane {
  readonly gate: Gate
  readonly breaker: Breaker
}

/** A call that may be made. `leave` must be called at its end, once. */
export interface Place {
  /** Whether the receiver is slow: slow receivers share a part of the calls of the process. */
  readonly isSlow: boolean
  leave (end: CallEnd): void
}

/** The end of a call. */
export interface CallEnd {
  /** `unknown`: it tells nothing of the receiver, which was perhaps not called. */
  readonly outcome: 'succeeded' | 'failed' | 'gone' | 'unknown'
  /** How long it took, in milliseconds; absent when the receiver was not called. */
  readonly duration?: number
}

/**
 * Keeps receivers apart: a receiver that is slow, hangs or fails delays its own
 * deliveries only. Counts in this process.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #clock: () => number

  /** @param clock the time in milliseconds since 1970. */
  constructor (clock: () => number) {
    this.#clock = clock
  }

  /** A place for a call of the receiver; otherwise the milliseconds after which to ask again. */
  enter (id: string): Place | number {
    const now = this.#clock()
    const lane = this.#touch(id) ?? this.#add(id)
    const pause = lane.breaker.enter(now)
    if (pause !== undefined) return pause
    const wait = lane.gate.enter(now)
    if (wait !== undefined) {
      lane.breaker.unknown()
      return wait
    }
    return {
      isSlow: lane.gate.mean >= slowFrom,
      leave: ({ outcome, duration }) => {
        lane.gate.leave(duration)
        switch (outcome) {
          case 'succeeded': lane.breaker.succeeded(); break
          case 'failed': lane.breaker.failed(this.#clock()); break
          case 'gone': lane.breaker.gone(this.#clock()); break
          case 'unknown': lane.breaker.unknown()
        }
        // By far the most receivers are well and fast: nothing of them needs to be remembered.
        if (lane.gate.isIdle && lane.gate.mean < slowFrom && lane.breaker.isCalm && this.#lanes.get(id) === lane) this.#lanes.delete(id)
      }
    }
  }

  /** Since when a receiver is paused, in milliseconds since 1970; undefined when it is not. */
  pausedSince (id: string): number | undefined {
    return this.#lanes.get(id)?.breaker.pausedSince
  }

  /** A lane that is remembered, as the one that was used last. */
  #touch (id: string): Lane | undefined {
    const lane = this.#lanes.get(id)
    if (lane === undefined) return undefined
    this.#lanes.delete(id)
    this.#lanes.set(id, lane)
    return lane
  }

  #add (id: string): Lane {
    const lane = { gate: new Gate(callsOfLane), breaker: new Breaker() }
    this.#lanes.set(id, lane)
    if (this.#lanes.size > mostLanes) {
      for (const [oldest, { gate }] of this.#lanes) {
        // A lane with calls under way would be counted anew.
        if (!gate.isIdle) continue
        this.#lanes.delete(oldest)
        break
      }
    }
    return lane
  }
}
