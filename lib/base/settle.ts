import type { Awaitable } from '../ports/awaitable.ts'
import { isPromiseLike } from './is-promise-like.ts'

/**
 * Asks, and makes something of the answer or of the error. Waits only when the
 * answer comes later: under load, each promise costs more than most answers.
 */
export function settle<T, R> (ask: () => Awaitable<T>, answered: (answer: T) => R, failed: (error: unknown) => R): Awaitable<R> {
  let answer: Awaitable<T>
  try {
    answer = ask()
  } catch (error) {
    return failed(error)
  }
  return isPromiseLike(answer) ? answer.then(answered, failed) : answered(answer)
}

/** All answers, in order. Waits only when one of them comes later. */
export function allOf<T> (answers: ReadonlyArray<Awaitable<T>>): Awaitable<T[]> {
  const now: T[] = []
  for (const answer of answers) {
    if (isPromiseLike(answer)) return Promise.all(answers)
    now.push(answer)
  }
  return now
}
