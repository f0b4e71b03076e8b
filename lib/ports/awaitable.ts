/** The answer of an adapter: at once, or later. */
export type Awaitable<T> = T | PromiseLike<T>
