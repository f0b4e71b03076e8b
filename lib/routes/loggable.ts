/** The greatest depth to which causes of causes are followed. */
const deepest = 5

/**
 * An error in the form that may be logged: message, code, stack and causes,
 * without other properties. Clients of databases attach the failed command to
 * their errors. The command may hold whole records with tokens and scripts.
 */
export function loggable (error: unknown, depth: number = 0): Error {
  if (!(error instanceof Error)) return new Error(`something that is no Error was thrown (${typeof error})`)
  const copy = new Error(error.message)
  if (error.stack !== undefined) copy.stack = error.stack
  if ('code' in error && typeof error.code === 'string') Object.assign(copy, { code: error.code })
  if (error.cause !== undefined && depth < deepest) copy.cause = loggable(error.cause, depth + 1)
  return copy
}
