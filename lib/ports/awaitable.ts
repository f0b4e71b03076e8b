/** What an adapter may answer: at once, or later. */
export type Awaitable<T> = T | PromiseLike<T>
