import { type Authenticate, type Directory, type HasPermission, type Permission, tokenHeaders, type User } from '../../lib/index.ts'

/** A user of the test's workspace; its token is `token-<_id>`. */
export interface Member extends User {
  readonly permissions: readonly Permission[]
}

/** What a host brings, for a workspace that tests share. */
export interface Workspace {
  readonly authenticate: Authenticate
  readonly hasPermission: HasPermission
  readonly directory: Directory
}

/** Users by the part they play. */
export const members = {
  /** All four permissions. */
  admin: {
    _id: 'adminId',
    username: 'admin',
    permissions: [
      'manage-incoming-integrations', 'manage-own-incoming-integrations',
      'manage-outgoing-integrations', 'manage-own-outgoing-integrations'
    ]
  },
  /** Only the two `manage-own-…` permissions; member of #general and #team. */
  owner: {
    _id: 'ownerId',
    username: 'owner',
    permissions: ['manage-own-incoming-integrations', 'manage-own-outgoing-integrations']
  },
  /** No permission. */
  guest: { _id: 'guestId', username: 'guest', permissions: [] },
  /** A user that others may post as. */
  bot: { _id: 'rocket.cat', username: 'rocket.cat', permissions: ['message-impersonate'] }
} as const satisfies Record<string, Member>

const rooms = [
  { _id: 'GENERAL', name: 'general', members: ['adminId', 'ownerId', 'guestId', 'rocket.cat'] },
  { _id: 'teamId', name: 'team', members: ['ownerId'] },
  { _id: 'secretId', name: 'secret', members: ['adminId'] },
  { _id: 'directId', name: 'direct', members: ['ownerId', 'guestId'] }
]

/** The adapters of the shared workspace, with more users if the test needs them. */
export function workspace (...others: readonly Member[]): Workspace {
  const users: readonly Member[] = [...Object.values(members), ...others]
  const find = (key: string): Member | undefined =>
    users.find(({ _id }) => _id === key) ?? users.find(({ username }) => username === key)
  return {
    authenticate: tokenHeaders((userId, authToken) => authToken === `token-${userId}` ? find(userId) : null),
    hasPermission: (user, permission) => find(user._id)?.permissions.includes(permission) ?? false,
    directory: {
      findUser: find,
      findRoom: (key) => rooms.find(({ _id }) => _id === key) ?? rooms.find(({ name }) => name === key),
      isMember: (userId, roomId) => rooms.some(({ _id, members }) => _id === roomId && members.includes(userId))
    }
  }
}

/** The two headers of a logged-in user. */
export function credentials ({ _id }: Pick<User, '_id'>): { 'x-user-id': string, 'x-auth-token': string } {
  return { 'x-user-id': _id, 'x-auth-token': `token-${_id}` }
}
