/**
 * Makes an error of a caught value: any value can be thrown, and Fastify's
 * callbacks take errors only. Status and message of an object are kept, because
 * they decide how the request is answered.
 */
export function asError (thrown: unknown): Error {
  if (thrown instanceof Error) return thrown
  const error = new Error('something that is no Error was thrown', { cause: thrown })
  if (typeof thrown !== 'object' || thrown === null) return error
  if ('message' in thrown && typeof thrown.message === 'string') error.message = thrown.message
  return 'statusCode' in thrown ? Object.assign(error, { statusCode: thrown.statusCode }) : error
}
