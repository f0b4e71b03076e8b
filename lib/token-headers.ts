import { InvalidOptionError } from './errors/index.ts'
import type { Authenticate, User } from './ports/auth.ts'
import type { Awaitable } from './ports/awaitable.ts'

/**
 * Finds the user of a token.
 *
 * @returns the user, or null or undefined when the token does not belong to the
 *   user with this id. Compare tokens in constant time (`timingSafeEqual`), or
 *   better, look up the hash of the token.
 */
export type VerifyToken = (userId: string, authToken: string) => Awaitable<User | null | undefined>

/**
 * Makes an `authenticate` of the two headers that Rocket.Chat clients send,
 * `X-User-Id` and `X-Auth-Token`. When one of them is missing,
 * there is no caller, and `verify` is not called.
 *
 * @throws InvalidOptionError when `verify` is not a function.
 */
export function tokenHeaders (verify: VerifyToken): Authenticate {
  if (typeof verify !== 'function') throw new InvalidOptionError('verify', 'of tokenHeaders must be a function')
  return ({ headers }) => {
    const userId = headers['x-user-id']
    const authToken = headers['x-auth-token']
    if (typeof userId !== 'string' || typeof authToken !== 'string' || userId === '' || authToken === '') return null
    return verify(userId, authToken)
  }
}
