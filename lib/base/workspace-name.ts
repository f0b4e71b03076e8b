import { InvalidOptionError } from '../errors/index.ts'

/** The `keyPrefix` of a host with one workspace. */
export const defaultKeyPrefix = 'chat-integrations'

/**
 * Checks the option `keyPrefix`, which names a workspace. Keys of Redis begin
 * with it in braces.
 *
 * @param owner the class whose option it is.
 * @throws InvalidOptionError
 */
export function requireKeyPrefix (keyPrefix: unknown, owner: string): void {
  if (typeof keyPrefix === 'string' && keyPrefix.trim() !== '' && !/[{}]/.test(keyPrefix)) return
  throw new InvalidOptionError('keyPrefix', `of ${owner} must be a text that is not blank and has no braces`)
}
