import { type Integration, type IntegrationType, integrationTypes } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { Permission, User } from '../ports/auth.ts'
import type { IntegrationScope } from '../ports/store.ts'
import type { Calls } from '../guard/calls.ts'
import { auth } from '../guard/tables/auth.ts'
import { isPromiseLike } from '../base/is-promise-like.ts'
import { sideBySide, valueOf } from './side-by-side.ts'

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
 * The grant of the caller for integrations of a type; null when there is none. A host
 * that answers later is asked for both permissions at once; one that answers
 * at once is asked for the second only when the first is missing.
 */
export async function grantFor (calls: Calls, caller: User, type: IntegrationType): Promise<Grant | null> {
  const { full, own } = permissions[type]
  const first = calls.ask(auth.hasPermission, caller, full)
  if (!isPromiseLike(first)) return first ? 'full' : await calls.ask(auth.hasPermission, caller, own) ? 'own' : null
  const second = async (): Promise<boolean> => await calls.ask(auth.hasPermission, caller, own)
  const [isFull, isOwn] = await Promise.allSettled([first, second()])
  // A failure of the second answer matters only where that answer does.
  return valueOf(isFull) ? 'full' : valueOf(isOwn) ? 'own' : null
}

/** @throws IntegrationError `not_authorized` when the caller may do nothing with integrations of this type. */
export async function requireGrant (calls: Calls, caller: User, type: IntegrationType): Promise<Grant> {
  const grant = await grantFor(calls, caller, type)
  if (grant === null) throw notAuthorized([type])
  return grant
}

/** The error of a caller that has none of the permissions that would be enough for these types. */
export function notAuthorized (types: readonly IntegrationType[]): IntegrationError {
  return new IntegrationError('not_authorized', {
    details: { permissions: types.flatMap((type) => [permissions[type].full, permissions[type].own]) }
  })
}

/** The grants of a caller, by type. A type without a grant is absent. */
export type Grants = ReadonlyMap<IntegrationType, Grant>

/** The grants of the caller for both types. Both are asked for side by side. */
export async function grantsOf (calls: Calls, caller: User): Promise<Grants> {
  const grants = await sideBySide(integrationTypes.map((type) => async () => ({ type, grant: await grantFor(calls, caller, type) })))
  return new Map(grants.flatMap(({ type, grant }) => (grant === null ? [] : [[type, grant]])))
}

/** The integrations of a type that a grant is for. */
export function scopeOf (type: IntegrationType, grant: Grant, caller: User): IntegrationScope {
  return grant === 'full' ? { type } : { type, creatorId: caller._id }
}

/** Whether an integration is one that the grant is for. */
export function isGranted (grant: Grant, caller: User, integration: Integration): boolean {
  return grant === 'full' || integration._createdBy._id === caller._id
}

/**
 * Makes sure that there is a user to post as and that the caller may use it.
 * With `own`, that is the caller itself or a user made for it, usually a bot.
 *
 * @param username as it was sent, trimmed.
 * @param postAs the user of that name, if there is one.
 * @throws IntegrationError `error-invalid-username`, `error-invalid-user` or
 *   `error-user-lacks-message-impersonate-permission`.
 */
export async function requirePostAs (
  calls: Calls, caller: User, grant: Grant, username: string, postAs: User | null | undefined
): Promise<User> {
  if (username === '') throw new IntegrationError('error-invalid-username', { details: { field: 'username' } })
  const details = { field: 'username', username }
  if (!postAs) throw new IntegrationError('error-invalid-user', { details })
  if (grant === 'full' || postAs._id === caller._id) return postAs
  if (await calls.ask(auth.hasPermission, postAs, 'message-impersonate')) return postAs
  throw new IntegrationError('error-user-lacks-message-impersonate-permission', {
    details: { ...details, permission: 'message-impersonate' }
  })
}
