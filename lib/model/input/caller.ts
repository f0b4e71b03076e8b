import type { User } from '../../ports/auth.ts'

/**
 * The caller as the adapters and the store see a user. The properties are read
 * once, so that they cannot change later. A host in plain JavaScript may forget
 * the user: a call without a user must not act with the rights of every user.
 *
 * @throws TypeError when the value is no user.
 */
export function callerOf (user: unknown): User {
  const text = (key: string): string => {
    const value: unknown = typeof user === 'object' && user !== null ? Reflect.get(user, key) : undefined
    if (typeof value === 'string' && value.trim() !== '') return value
    throw new TypeError('the user must have an _id and a username')
  }
  return { _id: text('_id'), username: text('username') }
}
