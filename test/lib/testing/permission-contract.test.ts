import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { HasPermission, Permission, User } from '../../../lib/index.ts'
import { permissionContract, type PermissionUnderTest } from '../../../lib/testing.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { unchecked } from '../../support/unchecked.ts'

const admin = { _id: 'u1', username: 'alice', role: 'admin' }
const guest = { _id: 'u2', username: 'bob', role: 'guest' }

const hasPermission = ({ _id }: User, permission: Permission): boolean => _id === admin._id && permission.startsWith('manage-')

const sound: PermissionUnderTest = {
  hasPermission,
  holders: [
    {
      user: admin,
      permissions: [
        'manage-incoming-integrations', 'manage-own-incoming-integrations', 'manage-outgoing-integrations', 'manage-own-outgoing-integrations'
      ]
    },
    { user: guest, permissions: [] }
  ]
}

function answering (hasPermission: HasPermission): () => PermissionUnderTest {
  return () => ({ ...sound, hasPermission })
}

const exactly = 'hasPermission: the answer is exactly true for a permission that the user holds, and exactly false for any other'

const mistakes: ReadonlyArray<Mistake<PermissionUnderTest>> = [
  ['the return is forgotten', answering(() => unchecked(undefined)), exactly],
  ['a missing permission is undefined', answering((user, permission) => unchecked(hasPermission(user, permission) || undefined)), exactly],
  ['a permission is a number', answering((user, permission) => unchecked(Number(hasPermission(user, permission)))), exactly],
  ['an administrator holds every permission', answering((user) => user._id === admin._id), exactly],
  ['the role of the user is read from the object', answering((user) => Reflect.get(user, 'role') === 'admin'), exactly],
  ['the samples hold everything', () => ({ ...sound, holders: sound.holders.slice(0, 0) }), exactly],
  ['an unknown user is an error', answering((user, permission) => {
    const account = [admin, guest].find(({ _id }) => _id === user._id)
    return unchecked<User>(account).username === 'alice' && permission.startsWith('manage-')
  }), 'hasPermission: a user that does not exist holds no permission'],
  ['the username decides', answering(({ username }, permission) => username === 'alice' && permission.startsWith('manage-')),
    'hasPermission: a user that does not exist holds no permission'],
  ['questions share a variable', (() => {
    let asked: User = guest
    return answering(async (user, permission) => {
      asked = user
      await nextTurn()
      return hasPermission(asked, permission)
    })
  })(), 'hasPermission: many questions side by side are answered as one']
]

test('a hasPermission without a mistake passes every case, all at the same time', (t) => passesAtOnce(t, permissionContract, () => sound))

test('the suite of permissions finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, permissionContract, mistakes)
  t.strictSame(casesWithoutMistake(permissionContract, mistakes), [])
})
