import assert from 'node:assert/strict'
import type { HasPermission, Permission, User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import { answerTo } from './answer-to.ts'
import { type Cases, type ContractOptions, registerCases } from './contract.ts'
import { patient } from './samples.ts'
import { unknownNames } from './unknown-names.ts'

/** A user and the permissions that the user holds. */
export interface Holder {
  readonly user: User
  /** All permissions of the user. */
  readonly permissions: readonly Permission[]
}

/** A `hasPermission` with samples of its host, as the suite `permissionContract` is given it. */
export interface PermissionUnderTest {
  readonly hasPermission: HasPermission
  /** Users with all their permissions. Together they hold at least one, and lack at least one. */
  readonly holders: readonly Holder[]
}

/** Every permission that the plugin asks for. */
const everyPermission: readonly Permission[] = Object.values({
  'manage-incoming-integrations': 'manage-incoming-integrations',
  'manage-own-incoming-integrations': 'manage-own-incoming-integrations',
  'manage-outgoing-integrations': 'manage-outgoing-integrations',
  'manage-own-outgoing-integrations': 'manage-own-outgoing-integrations',
  'message-impersonate': 'message-impersonate'
} as const satisfies { readonly [P in Permission]: P })

const permissionCases: Cases<PermissionUnderTest> = {
  async 'the answer is exactly true for a permission that the user holds, and exactly false for any other' (create) {
    const { ask, holders } = await asking(create)
    const held = holders.flatMap(({ permissions }) => permissions)
    assert.ok(held.length > 0, 'the samples hold a permission')
    assert.ok(held.length < holders.length * everyPermission.length, 'the samples lack a permission')
    for (const { user, permissions } of holders) {
      for (const permission of everyPermission) {
        assert.equal(await ask(user, permission), permissions.includes(permission), `${permission} of ${user.username}`)
      }
    }
  },

  async 'a user that does not exist holds no permission' (create) {
    const { ask, holders } = await asking(create)
    for (const _id of unknownNames) {
      // The name of a user that exists: only the _id counts.
      const user = { _id, username: holders[0]?.user.username ?? _id }
      for (const permission of everyPermission) assert.equal(await ask(user, permission), false, `${permission} of the _id ${JSON.stringify(_id)}`)
    }
  },

  async 'many questions side by side are answered as one' (create) {
    const { ask, holders } = await asking(create)
    const questions = Array.from({ length: 5 }, () => holders).flat().flatMap(({ user, permissions }) =>
      everyPermission.map((permission) => ({ user, permission, expected: permissions.includes(permission) })))
    const answers = await Promise.all(questions.map(async ({ user, permission }) => await ask(user, permission)))
    assert.deepEqual(answers, questions.map(({ expected }) => expected))
  }
}

/**
 * Registers the cases that every `HasPermission` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * @param options `create` makes a `hasPermission`, with samples of its users.
 */
export function permissionContract (options: ContractOptions<PermissionUnderTest>): void {
  registerCases(options, { hasPermission: permissionCases })
}

/** The samples, and the question of a `hasPermission`. */
interface Asking extends Pick<PermissionUnderTest, 'holders'> {
  readonly ask: (user: User, permission: Permission) => Promise<boolean>
}

async function asking (create: () => Awaitable<PermissionUnderTest>): Promise<Asking> {
  const { hasPermission, holders } = await create()
  return {
    holders,
    // The plugin gives no other properties of the host's object.
    ask: async ({ _id, username }, permission) =>
      await answerTo(`hasPermission(${JSON.stringify({ _id, username })}, '${permission}')`, () => hasPermission({ _id, username }, permission, patient))
  }
}
