import { setTimeout as sleep } from 'node:timers/promises'
import type { Awaitable } from '../../lib/index.ts'

/**
 * Asks again and again until the answer is true.
 *
 * @param what is awaited, for the message.
 * @param seconds until it gives up; 30 by default, many times what a busy machine needs.
 * @throws when it does not happen in time.
 */
export async function until (what: string, condition: () => Awaitable<boolean>, seconds: number = 30): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`it did not happen in time: ${what}`)
    await sleep(10)
  }
}
