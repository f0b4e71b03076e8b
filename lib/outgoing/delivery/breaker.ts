import { jittered } from './gate.ts'

/** So many failures in a row pause a receiver. */
const mostFailures = 10

/** The first pause and the longest one, in milliseconds. */
const shortest = 30_000
const longest = 10 * 60_000

/** How long a delivery waits that comes while another one tries whether the receiver is back, in milliseconds. */
const duringProbe = 5000

/**
 * Pauses a receiver that fails again and again. After the pause, one delivery
 * tries whether the receiver is back. All times are milliseconds since 1970.
 */
export class Breaker {
  #failures = 0
  #pause = 0
  #openUntil = 0
  #isProbing = false
  /** When the present pause began; undefined while the receiver is not paused. */
  #pausedSince: number | undefined

  /** Whether nothing is to be remembered. */
  get isCalm (): boolean {
    return this.#failures === 0 && this.#pausedSince === undefined
  }

  /** Since when the receiver is paused; undefined when it is not. */
  get pausedSince (): number | undefined {
    return this.#pausedSince
  }

  /**
   * Asks for a call of the receiver.
   *
   * @returns undefined when the receiver may be called, and `succeeded`,
   *   `failed` or `unknown` must be called then; otherwise the milliseconds
   *   after which to ask again.
   */
  enter (now: number): number | undefined {
    if (this.#pausedSince === undefined) return undefined
    if (this.#isOpen(now)) return this.#openUntil - now + jittered(1000)
    if (this.#isProbing) return jittered(duringProbe)
    this.#isProbing = true
    return undefined
  }

  /** The receiver took a delivery. */
  succeeded (): void {
    this.#failures = 0
    this.#pause = 0
    this.#isProbing = false
    this.#pausedSince = undefined
  }

  /** The receiver failed. */
  failed (now: number): void {
    this.#isProbing = false
    if (++this.#failures >= mostFailures) this.#open(now, this.#pause === 0 ? shortest : Math.min(this.#pause * 2, longest))
  }

  /** The receiver said that it is gone: it is paused at once, for the longest time. */
  gone (now: number): void {
    this.#isProbing = false
    this.#failures = Math.max(this.#failures + 1, mostFailures)
    this.#open(now, longest)
  }

  /** The call came to no end that tells anything of the receiver. */
  unknown (): void {
    this.#isProbing = false
  }

  /** Whether the pause lasts. A clock that was set back makes no pause longer: the pause is over then. */
  #isOpen (now: number): boolean {
    const left = this.#openUntil - now
    return left > 0 && left <= this.#pause
  }

  #open (now: number, pause: number): void {
    // Calls that were under way when the pause began end later, and begin no longer pause.
    if (this.#isOpen(now) && pause <= this.#pause * 2) return
    this.#pause = pause
    this.#openUntil = now + pause
    this.#pausedSince ??= now
  }
}
