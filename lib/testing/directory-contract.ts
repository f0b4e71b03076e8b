import assert from 'node:assert/strict'
import type { User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { Directory, Room } from '../ports/directory.ts'
import { answerTo } from './answer-to.ts'
import { type Cases, type ContractOptions, registerCases } from './contract.ts'
import { patient } from './samples.ts'
import { unknownNames } from './unknown-names.ts'

/** A room with the name that people write behind `#`. */
export interface NamedRoom extends Room {
  /** Without `#`. */
  readonly name: string
}

/** A directory with samples of its host, as the suite `directoryContract` is given it. */
export interface DirectoryUnderTest {
  readonly directory: Directory
  /** A room that not every user may read. */
  readonly room: NamedRoom
  /** A user that is a member of `room`. */
  readonly member: User
  /** A user that is no member of `room`. */
  readonly stranger: User
  /**
   * A user whose username is the `_id` of `member`, if the host allows such a
   * name: the look-up of the `_id` must find `member`.
   */
  readonly namesake?: User
  /**
   * A room whose name is the `_id` of `room`, if the host allows such a name:
   * the look-up of the `_id` must find `room`.
   */
  readonly roomNamesake?: NamedRoom
}

const directoryCases: Cases<DirectoryUnderTest> = {
  async 'findUser finds a user by the _id and by the username; the _id goes first' (create) {
    const { member, stranger, namesake, findUser } = await asking(create)
    assert.notEqual(member._id, stranger._id, 'the samples are two users')
    for (const user of [member, stranger]) {
      for (const text of [user._id, user.username]) assert.deepEqual(await findUser(text), asUser(user), `the answer of findUser(${JSON.stringify(text)})`)
    }
    if (namesake === undefined) return
    assert.equal(namesake.username, member._id, 'the username of the namesake is the _id of the member')
    assert.deepEqual(await findUser(namesake._id), asUser(namesake), 'the namesake')
  },

  async 'findRoom finds a room by the _id and by the name; the _id goes first' (create) {
    const { room, roomNamesake, findRoom } = await asking(create)
    for (const text of [room._id, room.name]) assert.equal(await findRoom(text), room._id, `the answer of findRoom(${JSON.stringify(text)})`)
    if (roomNamesake === undefined) return
    assert.equal(roomNamesake.name, room._id, 'the name of the namesake is the _id of the room')
    assert.equal(await findRoom(roomNamesake._id), roomNamesake._id, 'the namesake')
  },

  async 'findUser and findRoom answer null or undefined for any other text' (create) {
    const { member, room, findUser, findRoom } = await asking(create)
    for (const text of [...unknownNames, `${member.username}/`, `${member._id}.`]) {
      assert.equal(await findUser(text), null, `the answer of findUser(${JSON.stringify(text)})`)
    }
    for (const text of [...unknownNames, `${room.name}/`, `${room._id}.`]) {
      assert.equal(await findRoom(text), null, `the answer of findRoom(${JSON.stringify(text)})`)
    }
  },

  async 'isMember answers exactly true or false' (create) {
    const { room, member, stranger, isMember } = await asking(create)
    assert.equal(await isMember(member._id, room._id), true, 'a member')
    assert.equal(await isMember(stranger._id, room._id), false, 'a user that is no member')
  },

  async 'isMember answers false for a room or a user that does not exist' (create) {
    const { room, member, isMember } = await asking(create)
    for (const text of unknownNames) {
      assert.equal(await isMember(member._id, text), false, `the room ${JSON.stringify(text)}`)
      assert.equal(await isMember(text, room._id), false, `the user ${JSON.stringify(text)}`)
    }
  },

  async 'a hundred look-ups side by side are answered as one' (create) {
    const { room, member, stranger, findUser, findRoom, isMember } = await asking(create)
    const users = Array.from({ length: 100 }, (_, index) => index % 2 === 0 ? member : stranger)
    const answers = await Promise.all(users.map(async ({ _id, username }) =>
      await Promise.all([findUser(username), isMember(_id, room._id), findRoom(room.name)])))
    assert.deepEqual(answers, users.map((user) => [asUser(user), user === member, room._id]))
  }
}

/**
 * Registers the cases that every `Directory` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * The time of an answer is not measured. `isMember` must take as long for a
 * room that does not exist as for any other room.
 *
 * @param options `create` makes a directory, with samples of its users and rooms.
 */
export function directoryContract (options: ContractOptions<DirectoryUnderTest>): void {
  registerCases(options, { directory: directoryCases })
}

/** The samples, and the questions of a directory. An unknown user or room is null. */
interface Asking extends Omit<DirectoryUnderTest, 'directory'> {
  readonly findUser: (idOrUsername: string) => Promise<User | null>
  /** Resolves to the `_id`. */
  readonly findRoom: (idOrName: string) => Promise<string | null>
  readonly isMember: (userId: string, roomId: string) => Promise<boolean>
}

async function asking (create: () => Awaitable<DirectoryUnderTest>): Promise<Asking> {
  const { directory, ...samples } = await create()
  const asked = (method: string, ...input: string[]): string => `${method}(${input.map((text) => JSON.stringify(text)).join(', ')})`
  return {
    ...samples,
    findUser: async (text) => asUser(await answerTo(asked('findUser', text), () => directory.findUser(text, patient))),
    findRoom: async (text) => (await answerTo(asked('findRoom', text), () => directory.findRoom(text, patient)))?._id ?? null,
    isMember: async (...ids) => await answerTo(asked('isMember', ...ids), () => directory.isMember(...ids, patient))
  }
}

/** The properties of a user that the plugin reads. */
function asUser (user: User | null | undefined): User | null {
  return user === null || user === undefined ? null : { _id: user._id, username: user.username }
}
