import { type IntegrationType } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type Permission, type User } from '../ports/auth.ts'
import { type AdapterCalls } from './adapter-calls.ts'

/**
 * How far a caller may go with integrations of one type: `full` with the
 * permission `manage-…-integrations`, `own` with `manage-own-…-integrations`
 * only.
 */
export type Grant = 'full' | 'own'

const permissions: Readonly<Record<IntegrationType, Readonly<Record<Grant, Permission>>>> = {
  'webhook-incoming': {
    full: 'manage-incoming-integrations',
    own: 'manage-own-incoming-integrations'
  },
  'webhook-outgoing': {
    full: 'manage-outgoing-integrations',
    own: 'manage-own-outgoing-integrations'
  }
}

/** The permission that gives a grant. */
export function permissionFor (type: IntegrationType, grant: Grant): Permission {
  return permissions[type][grant]
}

/**
 * What the caller may do with integrations of a type.
 *
 * @throws IntegrationError `not_authorized` when it may do nothing.
 */
export async function requireGrant (calls: AdapterCalls, caller: User, type: IntegrationType): Promise<Grant> {
  const { full, own } = permissions[type]
  if (await calls.hasPermission(caller, full)) return 'full'
  if (await calls.hasPermission(caller, own)) return 'own'
  throw new IntegrationError('not_authorized', { details: { permissions: [full, own] } })
}

/**
 * Makes sure that there is a user to post as and that the caller may use it.
 * With `own`, that is the caller itself or a user made for it, usually a bot.
 *
 * @param username as it was sent, trimmed.
 * @param postAs the user of that name, or null.
 * @throws IntegrationError `error-invalid-username`, `error-invalid-user` or
 *   `error-user-lacks-message-impersonate-permission`.
 */
export async function requirePostAs (
  calls: AdapterCalls, caller: User, grant: Grant, username: string, postAs: User | null
): Promise<User> {
  if (username === '') throw new IntegrationError('error-invalid-username', { details: { field: 'username' } })
  const details = { field: 'username', username }
  if (postAs === null) throw new IntegrationError('error-invalid-user', { details })
  if (grant === 'full' || postAs._id === caller._id) return postAs
  if (await calls.hasPermission(postAs, 'message-impersonate')) return postAs
  throw new IntegrationError('error-user-lacks-message-impersonate-permission', {
    details: { ...details, permission: 'message-impersonate' }
  })
}
