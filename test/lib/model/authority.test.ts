import { test } from 'tap'
import { Authorities, type Authority } from '../../../lib/model/authority.ts'
import type { Integration, User } from '../../../lib/index.ts'
import { callsOf } from '../../support/calls.ts'
import { outgoingRecord } from '../../support/integrations.ts'
import { hookRecord, watched } from '../../support/ports.ts'
import { members, workspace } from '../../support/workspace.ts'

const { admin, owner, guest } = members
const { directory, hasPermission } = workspace()

function actor ({ _id, username }: User): User {
  return { _id, username }
}

function madeBy (creator: User, changer?: User): Integration {
  return hookRecord({ _createdBy: actor(creator), ...(changer && { _updatedBy: actor(changer) }) })
}

function authorityOf (integration: Integration): Promise<Authority | null> {
  return new Authorities().of(callsOf(), integration)
}

const gone = { _id: 'goneId', username: 'gone' }

test('the creator answers, with the permissions of now', async (t) => {
  t.strictSame(await authorityOf(madeBy(admin)), { user: actor(admin), grant: 'full' })
  t.strictSame(await authorityOf(madeBy(owner)), { user: actor(owner), grant: 'own' })
  t.equal(await authorityOf(madeBy(guest)), null, 'a creator that lost every permission')
  t.equal(await authorityOf(madeBy(guest, admin)), null, 'and is still there')
  t.strictSame(await authorityOf(madeBy(owner, admin)), { user: actor(owner), grant: 'own' }, 'whoever changed the integration later')
  t.strictSame(await authorityOf({ ...madeBy(admin), _createdBy: { _id: admin._id, username: 'of old' } }), { user: actor(admin), grant: 'full' }, 'renamed')
})

test('without a creator, the user that changed the integration last answers, with the full permission only', async (t) => {
  t.strictSame(await authorityOf(madeBy(gone, admin)), { user: actor(admin), grant: 'full' })
  t.equal(await authorityOf(madeBy(gone, owner)), null)
  t.equal(await authorityOf(madeBy(gone, guest)), null)
  t.equal(await authorityOf(madeBy(gone, { _id: 'goneToo', username: 'gone too' })), null)
  t.equal(await authorityOf(madeBy(gone)), null)
})

test('users are found by their _id: somebody else may have the name by now', async (t) => {
  t.equal(await authorityOf(madeBy({ _id: 'admin', username: 'admin' })), null)
  t.equal(await authorityOf(madeBy(gone, { _id: 'admin', username: 'admin' })), null)
})

test('the permissions are those of the direction', async (t) => {
  const asked: string[] = []
  const calls = callsOf({ hasPermission: (user, permission) => { asked.push(permission); return hasPermission(user, permission) } })
  await new Authorities().of(calls, madeBy(owner))
  await new Authorities().of(calls, outgoingRecord({ _createdBy: actor(owner) }))
  t.strictSame(asked, [
    'manage-incoming-integrations', 'manage-own-incoming-integrations', 'manage-outgoing-integrations', 'manage-own-outgoing-integrations'
  ])
})

test('an answer is remembered for a minute', async (t) => {
  let now = 5_000
  const authorities = new Authorities(() => now)
  const asked: string[] = []
  let isRevoked = false
  const calls = callsOf({
    directory: watched('directory', directory, asked),
    hasPermission: (user, permission) => { asked.push(permission); return !isRevoked && hasPermission(user, permission) }
  })
  const integration = madeBy(admin)
  t.match(await authorities.of(calls, integration), { grant: 'full' })
  t.strictSame(asked.splice(0), ['directory.findUser("adminId")', 'manage-incoming-integrations'])
  isRevoked = true
  now += 59_999
  t.match(await authorities.of(calls, { ...integration, _id: 'another one of this creator' }), { grant: 'full' })
  t.strictSame(asked, [])
  t.equal(await authorities.of(calls, madeBy(admin, owner)), null, 'with another changer it is another question')
  t.equal(await authorities.of(calls, outgoingRecord({ _createdBy: actor(admin) })), null, 'and of another direction')
  asked.splice(0)
  now += 1
  t.equal(await authorities.of(calls, integration), null, 'asked again')
  t.ok(asked.length > 0)
  isRevoked = false
  t.equal(await authorities.of(calls, integration), null, 'that nobody answers is remembered as well')
  now += 60_000
  t.match(await authorities.of(calls, integration), { grant: 'full' })
})

test('a failure is not remembered', async (t) => {
  const authorities = new Authorities(() => 0)
  const fail = async (): Promise<never> => { throw new Error('away') }
  await t.rejects(authorities.of(callsOf({ hasPermission: fail }), madeBy(admin)), { code: 'error-service-unavailable' })
  await t.rejects(authorities.of(callsOf({ directory: { ...directory, findUser: fail } }), madeBy(admin)), { code: 'error-service-unavailable' })
  t.match(await authorities.of(callsOf(), madeBy(admin)), { grant: 'full' })
})

test('a thousand answers are remembered; the oldest is forgotten first', async (t) => {
  const authorities = new Authorities(() => 0)
  const asked: string[] = []
  const calls = callsOf({ directory: watched('directory', directory, asked) })
  const by = (number: number): Integration => madeBy({ _id: `creator ${number}`, username: 'x' })
  for (let number = 0; number < 1_001; number++) await authorities.of(calls, by(number))
  asked.splice(0)
  await authorities.of(calls, by(1))
  t.strictSame(asked, [], 'the second one is remembered')
  await authorities.of(calls, by(0))
  t.strictSame(asked, ['directory.findUser("creator 0")'])
})
