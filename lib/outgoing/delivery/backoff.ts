import type { OutgoingIntegration } from '../../../schemas/index.ts'
import { jittered } from './gate.ts'

/** No delivery waits longer, and every delivery ends so long after its event. In milliseconds. */
export const day = 24 * 60 * 60 * 1000

/** The waits before further calls, in milliseconds. `n` counts further calls from 1. */
const waits: Readonly<Record<NonNullable<OutgoingIntegration['retryDelay']>, (n: number) => number>> = {
  'powers-of-ten': (n) => 10 ** (n + 1),
  'powers-of-two': (n) => 2 ** n * 1000,
  'increments-of-two': (n) => 2 * n * 1000
}

/** Statuses after which the same request may succeed later, besides 5xx. */
const passing: ReadonlySet<number> = new Set([408, 425, 429])

/** Whether the same request may succeed later. */
export function mayPass (status: number): boolean {
  return status >= 500 || passing.has(status)
}

/**
 * How long to wait before the next call of a receiver that failed.
 *
 * @param attempts how many calls were made.
 * @param retryAfter the wish of the receiver, in milliseconds.
 * @returns milliseconds; undefined when there is no further call.
 */
export function nextWait (
  { retryFailedCalls, retryCount = 0, retryDelay = 'powers-of-ten' }: OutgoingIntegration, attempts: number, retryAfter: number = 0
): number | undefined {
  if (retryFailedCalls !== true || attempts > retryCount) return undefined
  return Math.min(Math.max(jittered(waits[retryDelay](attempts)), retryAfter), day)
}

/**
 * How long to wait after a failure of our own side, such as a store that is away.
 *
 * @param failures how many there were in a row, this one included.
 */
export function ownWait (failures: number): number {
  return jittered(Math.min(1000 * 2 ** (failures - 1), 60_000))
}
