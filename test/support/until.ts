import { setTimeout as sleep } from 'node:timers/promises'
import type { Awaitable } from '../../lib/index.ts'

/**
 * Asks again and again until the answer is true.
 *
 * @param what is awaited, for the message.
 * @throws when it does not happen within ten seconds.
 */
export async function until (what: string, condition: () => Awaitable<boolean>): Promise<void> {
  const end = performance.now() + 10_000
  while (!await condition()) {
    if (performance.now() > end) throw new Error(`it did not happen in time: ${what}`)
    await sleep(10)
  }
}
