/** Causes of causes are followed no further than this. */
const deepest = 5

/**
 * An error as it may stand in a log: what happened and where, without the
 * other properties. Clients of databases attach the command that failed to
 * their errors, and with it whole records: tokens, scripts and all.
 */
export function loggable (error: unknown, depth: number = 0): Error {
  if (!(error instanceof Error)) return new Error(`something that is no Error was thrown (${typeof error})`)
  const copy = new Error(error.message)
  if (error.stack !== undefined) copy.stack = error.stack
  if ('code' in error && typeof error.code === 'string') Object.assign(copy, { code: error.code })
  if (error.cause !== undefined && depth < deepest) copy.cause = loggable(error.cause, depth + 1)
  return copy
}
