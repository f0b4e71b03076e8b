import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { readWorkspace } from '../../examples/workspace.ts'

const user = { _id: 'u1', username: 'ann', authToken: 'very-secret', roles: [] }
const room = { _id: 'r1', name: 'general', type: 'c', members: [] }
const workspace = { roles: {}, users: [user], rooms: [room] }

test('names the place of a mistake and quotes nothing', async (t) => {
  const directory = t.testdir()
  const cases: ReadonlyArray<readonly [content: unknown, complaint: string]> = [
    ['{\n"users": [{"authToken": "very-secret" "roles": []}]}', 'not valid JSON near line 2'],
    ['{"users": [{"authToken": "very-secret', 'not valid JSON near line 1'],
    ['very-secret', 'not valid JSON'],
    [[], '/: expected object'],
    [{ ...workspace, users: undefined }, '/users: expected required property'],
    [{ ...workspace, roles: { admin: 'all' } }, '/roles/admin: expected a list of permissions'],
    [{ ...workspace, roles: { admin: ['very-secret', ''] } }, '/roles/admin/1: expected a text that is not blank'],
    [{ ...workspace, users: [{ ...user, username: ' ' }] }, '/users/0/username: expected a text that is not blank'],
    [{ ...workspace, users: [{ ...user, authToken: ['very-secret'] }] }, '/users/0/authToken: expected a text that is not blank'],
    [{ ...workspace, users: [{ ...user, authtoken: 'very-secret' }] }, '/users/0/authtoken: unexpected property'],
    [{ ...workspace, users: [{ ...user, roles: 'admin' }] }, '/users/0/roles: expected a list of roles'],
    [{ ...workspace, users: [{ ...user, roles: ['constructor'] }] }, '/users/0/roles/0: no such role'],
    [{ ...workspace, users: [user, user] }, '/users/1/_id: the same as /users/0/_id'],
    [{ ...workspace, users: [user, { ...user, _id: 'u2' }] }, '/users/1/username: the same as /users/0/username'],
    [
      { ...workspace, users: [user, { ...user, _id: 'u2', username: 'bea' }] },
      '/users/1/authToken: the same as /users/0/authToken'
    ],
    [
      { ...workspace, rooms: [{ ...room, type: 'x' }] },
      '/rooms/0/type: expected "c" (channel), "p" (private group) or "d" (direct conversation)'
    ],
    [{ ...workspace, rooms: [room, { ...room, _id: 'r2' }] }, '/rooms/1/name: the same as /rooms/0/name'],
    [{ ...workspace, rooms: [{ ...room, members: 'all' }] }, '/rooms/0/members: expected a list of user ids'],
    [{ ...workspace, rooms: [{ ...room, members: ['u1', 'u2'] }] }, '/rooms/0/members/1: no such user']
  ]
  for (const [i, [content, complaint]] of cases.entries()) {
    const file = join(directory, `${i}.json`)
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    await t.rejects(readWorkspace(file), new Error(`${file}: ${complaint}`))
  }
  const missing = join(directory, 'missing.json')
  await t.rejects(readWorkspace(missing), { message: /^\S+missing\.json: cannot be read \(Error: ENOENT: / })
})
