import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Awaitable } from '../ports/awaitable.ts'

/** How long something may take that has no limit of its own, in milliseconds. */
const patience = 10_000

/**
 * Asks again and again until the answer is true.
 *
 * @param what the event that is awaited, for the message.
 * @throws AssertionError when the answer is not true within ten seconds.
 */
export async function until (what: string, condition: () => Awaitable<boolean>): Promise<void> {
  const end = performance.now() + patience
  while (!await condition()) {
    assert.ok(performance.now() < end, `it did not happen within ten seconds: ${what}`)
    await sleep(10)
  }
}

/**
 * The value of a promise.
 *
 * @param what the event that is awaited, for the message.
 * @throws AssertionError when the promise is not settled within ten seconds.
 */
export async function inTime<T> (what: string, promise: PromiseLike<T>): Promise<T> {
  const timer = new AbortController()
  const late = sleep(patience, undefined, { signal: timer.signal })
    .then(() => assert.fail(`it did not happen within ten seconds: ${what}`))
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}
