/** What was caught, as an error: anything can be thrown, and Fastify's callbacks take errors only. */
export function asError (thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('something that is no Error was thrown', { cause: thrown })
}
