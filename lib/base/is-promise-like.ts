import type { Awaitable } from '../ports/awaitable.ts'

/** Whether an answer comes later. */
export function isPromiseLike<T> (value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
