import { readFile } from 'node:fs/promises'
import { type Static, Type } from '@sinclair/typebox'
import { Value, type ValueError } from '@sinclair/typebox/value'

const text = Type.String({ pattern: '\\S', description: 'a text that is not blank' })
const closed = { additionalProperties: false }

/** A workspace file. Unknown fields are refused: a misspelled field must not be ignored. */
export const WorkspaceSchema = Type.Object({
  roles: Type.Record(Type.String(), Type.Array(text, { description: 'a list of permissions' })),
  users: Type.Array(Type.Object({
    _id: text,
    username: text,
    name: Type.Optional(text),
    /** Without a token nobody can log in as this user: bots have none. */
    authToken: Type.Optional(text),
    roles: Type.Array(text, { description: 'a list of roles' })
  }, closed)),
  rooms: Type.Array(Type.Object({
    _id: text,
    name: text,
    type: Type.Union([Type.Literal('c'), Type.Literal('p'), Type.Literal('d')], {
      description: '"c" (channel), "p" (private group) or "d" (direct conversation)'
    }),
    members: Type.Array(text, { description: 'a list of user ids' })
  }, closed))
}, closed)

/** Users, their permissions, and rooms. */
export type Workspace = Static<typeof WorkspaceSchema>

/**
 * Reads a workspace file.
 *
 * @throws Error with one line that names the file and the place in it, and
 *   quotes nothing: the file holds tokens.
 */
export async function readWorkspace (file: string): Promise<Workspace> {
  const workspace = parse(file, await read(file))
  if (!Value.Check(WorkspaceSchema, workspace)) {
    const [misfit] = Array.from(Value.Errors(WorkspaceSchema, workspace), explain)
    throw new Error(`${file}: ${misfit}`)
  }
  const mistake = mistakes(workspace).next().value
  if (mistake !== undefined) throw new Error(`${file}: ${mistake}`)
  return workspace
}

async function read (file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`${file}: cannot be read (${cause})`, { cause })
  }
}

function parse (file: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    // V8's message quotes the text around the mistake; only its position is repeated.
    const position = /at position (\d+)/.exec(String(error))?.[1]
    const line = position === undefined ? '' : ` near line ${json.slice(0, Number(position)).split('\n').length}`
    throw new Error(`${file}: not valid JSON${line}`)
  }
}

function explain ({ path, message, schema }: ValueError): string {
  return `${path || '/'}: ${schema.description === undefined ? message.toLowerCase() : `expected ${schema.description}`}`
}

/** The rules that a schema cannot express: names are unique, and every reference names an entry that exists. */
function * mistakes ({ roles, users, rooms }: Workspace): Generator<string, undefined> {
  yield * repeated('/users', '_id', users.map(({ _id }) => _id))
  yield * repeated('/users', 'username', users.map(({ username }) => username))
  yield * repeated('/users', 'authToken', users.map(({ authToken }) => authToken))
  yield * repeated('/rooms', '_id', rooms.map(({ _id }) => _id))
  yield * repeated('/rooms', 'name', rooms.map(({ name }) => name))
  const userIds = new Set(users.map(({ _id }) => _id))
  for (const [i, user] of users.entries()) {
    for (const [j, role] of user.roles.entries()) {
      if (!Object.hasOwn(roles, role)) yield `/users/${i}/roles/${j}: no such role`
    }
  }
  for (const [i, room] of rooms.entries()) {
    for (const [j, member] of room.members.entries()) {
      if (!userIds.has(member)) yield `/rooms/${i}/members/${j}: no such user`
    }
  }
}

function * repeated (list: string, field: string, values: ReadonlyArray<string | undefined>): Generator<string, undefined> {
  for (const [i, value] of values.entries()) {
    if (value === undefined) continue
    const first = values.indexOf(value)
    if (first !== i) yield `${list}/${i}/${field}: the same as ${list}/${first}/${field}`
  }
}

/** Tells whether a user holds a permission by one of its roles. */
export function permissionsOf ({ roles, users }: Workspace): (userId: string, permission: string) => boolean {
  const permissionsOfRole = new Map(Object.entries(roles))
  const permissionsOfUser = new Map(users.map((user) => [
    user._id, new Set(user.roles.flatMap((role) => permissionsOfRole.get(role) ?? []))
  ]))
  return (userId, permission) => permissionsOfUser.get(userId)?.has(permission) ?? false
}
