import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import type { Directory, User } from '../../../lib/index.ts'
import { directoryContract, type DirectoryUnderTest } from '../../../lib/testing.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { unchecked } from '../../support/unchecked.ts'

const users = [
  { _id: 'u1', username: 'alice' }, { _id: 'u2', username: 'bob' }, { _id: 'u3', username: 'u1' }
] as const satisfies readonly User[]
const rooms = [{ _id: 'r2', name: 'r1', members: [] }, { _id: 'r1', name: 'board', members: ['u1'] }]
const [member, stranger, namesake] = users

const findUser = (text: string): User | undefined => users.find(({ _id }) => _id === text) ?? users.find(({ username }) => username === text)
const findRoom: Directory['findRoom'] = (text) => rooms.find(({ _id }) => _id === text) ?? rooms.find(({ name }) => name === text)
const isMember = (userId: string, roomId: string): boolean => rooms.some(({ _id, members }) => _id === roomId && members.includes(userId))

/** A directory with other methods. */
function withMethods (methods: Partial<Directory> = {}): () => DirectoryUnderTest {
  return () => ({
    directory: { findUser, findRoom, isMember, ...methods },
    room: { _id: 'r1', name: 'board' },
    member,
    stranger,
    namesake,
    roomNamesake: { _id: 'r2', name: 'r1' }
  })
}

const mistakes: ReadonlyArray<Mistake<DirectoryUnderTest>> = [
  ['users are found by username only', withMethods({ findUser: (text) => users.find(({ username }) => username === text) }),
    'directory: findUser finds a user by the _id and by the username; the _id goes first'],
  ['the username goes first', withMethods({ findUser: (text) => users.toReversed().find(({ _id, username }) => _id === text || username === text) }),
    'directory: findUser finds a user by the _id and by the username; the _id goes first'],
  ['an _id is a number', withMethods({ findUser: (text) => unchecked({ ...findUser(text), _id: 1 }) }),
    'directory: findUser finds a user by the _id and by the username; the _id goes first'],
  ['rooms are found by name only', withMethods({ findRoom: (text) => rooms.find(({ name }) => name === text) }),
    'directory: findRoom finds a room by the _id and by the name; the _id goes first'],
  ['the name of a room goes first', withMethods({ findRoom: (text) => rooms.find(({ _id, name }) => _id === text || name === text) }),
    'directory: findRoom finds a room by the _id and by the name; the _id goes first'],
  ['an unknown user is an error', withMethods({
    findUser (text) {
      const user = findUser(text)
      if (user === undefined) throw new Error('no such user')
      return user
    }
  }), 'directory: findUser and findRoom answer null or undefined for any other text'],
  ['names are keys of an object', withMethods({
    findUser: (text) => findUser(text) ?? unchecked<Record<string, User>>({ alice: member })[text]
  }), 'directory: findUser and findRoom answer null or undefined for any other text'],
  ['names are patterns', withMethods({ findRoom: (text) => rooms.find(({ _id, name }) => new RegExp(`^${text}$`).test(`${_id} ${name}`)) ?? findRoom(text) }),
    'directory: findUser and findRoom answer null or undefined for any other text'],
  ['a room is found by the beginning of its name', withMethods({ findRoom: (text) => findRoom(text) ?? rooms.find(({ _id }) => text.startsWith(_id)) }),
    'directory: findUser and findRoom answer null or undefined for any other text'],
  ['isMember answers undefined', withMethods({ isMember: (userId, roomId) => unchecked(isMember(userId, roomId) || undefined) }),
    'directory: isMember answers exactly true or false'],
  ['isMember answers a number', withMethods({ isMember: (userId, roomId) => unchecked(Number(isMember(userId, roomId))) }),
    'directory: isMember answers exactly true or false'],
  ['every user is a member', withMethods({ isMember: () => true }), 'directory: isMember answers exactly true or false'],
  ['isMember fails for an unknown room', withMethods({
    isMember (userId, roomId) {
      const [room] = rooms.filter(({ _id }) => _id === roomId)
      return unchecked<{ members: readonly string[] }>(room).members.includes(userId)
    }
  }), 'directory: isMember answers false for a room or a user that does not exist'],
  ['a room that does not exist is open to every user', withMethods({
    isMember: (userId, roomId) => isMember(userId, roomId) || !rooms.some(({ _id }) => _id === roomId)
  }), 'directory: isMember answers false for a room or a user that does not exist'],
  ['look-ups share a variable', withMethods((() => {
    let wanted = ''
    return {
      async findUser (text) {
        wanted = text
        await nextTurn()
        return findUser(wanted)
      }
    }
  })()), 'directory: a hundred look-ups side by side are answered as one']
]

test('a directory without a mistake passes every case, all at the same time', (t) => passesAtOnce(t, directoryContract, withMethods()))

test('a directory without namesakes passes as well, and may answer later', (t) => passesAtOnce(t, directoryContract, async () => {
  const { directory, room } = withMethods()()
  return {
    directory: {
      findUser: async (text) => await directory.findUser(text) ?? null,
      findRoom: async (text) => await directory.findRoom(text) ?? null,
      isMember: async (...ids) => await directory.isMember(...ids)
    },
    room,
    member,
    stranger
  }
}))

test('the suite of directories finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, directoryContract, mistakes)
  t.strictSame(casesWithoutMistake(directoryContract, mistakes), [])
})
