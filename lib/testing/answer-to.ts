import assert from 'node:assert/strict'
import type { Awaitable } from '../ports/awaitable.ts'

/**
 * The answer of an adapter that must not throw.
 *
 * @param question for the message.
 * @throws AssertionError when the adapter throws, at once or later; `cause` is the error of the adapter.
 */
export async function answerTo<T> (question: string, ask: () => Awaitable<T>): Promise<T> {
  try {
    return await ask()
  } catch (cause) {
    throw Object.assign(new assert.AssertionError({ message: `${question} throws ${String(cause)}` }), { cause })
  }
}
