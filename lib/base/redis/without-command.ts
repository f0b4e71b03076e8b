/**
 * Takes the command that failed off an error of ioredis, which hangs it there
 * with all arguments: the record with its token and script. Hosts log what they
 * catch, with everything that hangs on it.
 *
 * @returns the same error.
 */
export function withoutCommand (error: unknown): unknown {
  if (!(error instanceof Error)) return error
  Reflect.deleteProperty(error, 'command')
  // A cluster that gives up says what the last node answered.
  if ('lastNodeError' in error) withoutCommand(error.lastNodeError)
  return error
}
