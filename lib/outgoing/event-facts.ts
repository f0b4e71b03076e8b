import { types } from 'node:util'
import type { EventName } from '../../schemas/index.ts'
import { isEventName } from '../model/events.ts'

/** A user of an event: the public fields and no others. Times are milliseconds since 1970. */
export interface UserFacts {
  readonly _id: string
  readonly username: string
  readonly name: string | undefined
  readonly type: string | undefined
  readonly createdAt: number | undefined
}

/** A room of an event; see {@link UserFacts}. */
export interface RoomFacts {
  readonly _id: string
  readonly name: string | undefined
  readonly type: string
  /** The participants of a direct room; undefined for any other room. */
  readonly users: readonly UserFacts[] | undefined
  readonly createdAt: number | undefined
}

/** A message of an event; see {@link UserFacts}. */
export interface MessageFacts {
  readonly _id: string
  readonly text: string
  readonly timestamp: number
  readonly alias: string | undefined
  readonly tmid: string | undefined
  readonly editedAt: number | undefined
  /** Whether a program wrote the message; undefined when the host does not say. */
  readonly bot: boolean | undefined
  /** Whether an integration made the message. */
  readonly isOfIntegration: boolean
}

/** What is known of an event without a message. */
interface RoomEvent {
  readonly event: 'roomArchived' | 'roomCreated' | 'roomJoined' | 'roomLeft'
  readonly room: RoomFacts
  readonly user: UserFacts
  readonly message?: never
}

/** What is known of an event with a message. */
interface MessageEvent {
  readonly event: 'sendMessage' | 'fileUploaded'
  readonly room: RoomFacts
  readonly user: UserFacts
  readonly message: MessageFacts
}

/** What is known of an event without a room. */
interface UserEvent {
  readonly event: 'userCreated'
  readonly room?: never
  readonly user: UserFacts
  readonly message?: never
}

/** An event that the host told of, in copies: what the host changes later does not matter. */
export type EventFacts = MessageEvent | RoomEvent | UserEvent

/** What the host told is no event. The message names the argument at fault and holds no value. */
export class WrongArgumentError extends Error {}

/** A direct room with more participants is refused: matching looks each of them up. */
const mostUsers = 1000

/** The years 0 to 9999, which ISO 8601 writes with four digits. */
const times = { first: -62_167_219_200_000, last: 253_402_300_799_999 }

/**
 * Reads what the host told. Each public field is read once, and no other
 * property is looked at.
 *
 * @throws WrongArgumentError also when a getter or a proxy of the host throws.
 */
export function readEvent (event: unknown, data: unknown): EventFacts {
  if (typeof event !== 'string' || !isEventName(event)) throw new WrongArgumentError('emit: the first argument must be the name of an event')
  return factsOf(event, new Source(data, event, 'data'))
}

function factsOf (event: EventName, data: Source): EventFacts {
  const user = userOf(data.source('user'))
  if (event === 'userCreated') return { event, user }
  const room = roomOf(data.source('room'))
  if (event !== 'sendMessage' && event !== 'fileUploaded') return { event, room, user }
  return { event, room, user, message: messageOf(data.source('message')) }
}

function userOf (source: Source): UserFacts {
  return {
    _id: source.filledText('_id'),
    username: source.filledText('username'),
    name: source.optionalText('name'),
    type: source.optionalText('type'),
    createdAt: source.optionalTime('createdAt')
  }
}

function roomOf (source: Source): RoomFacts {
  const [_id, name, type] = [source.filledText('_id'), source.optionalText('name'), source.filledText('type')]
  return {
    _id,
    name,
    type,
    // Objects of a database also have such a field for other rooms: with any number of members, in any form.
    users: type === 'd' ? source.optionalSources('users', mostUsers)?.map(userOf) : undefined,
    createdAt: source.optionalTime('createdAt')
  }
}

function messageOf (source: Source): MessageFacts {
  const bot = source.optional('bot')
  const mark = bot === undefined || typeof bot === 'boolean' ? undefined : source.of('bot', bot).optionalText('i')
  return {
    _id: source.filledText('_id'),
    text: source.text('text'),
    timestamp: source.time('timestamp'),
    alias: source.optionalText('alias'),
    tmid: source.optionalText('tmid'),
    editedAt: source.optionalTime('editedAt'),
    bot: typeof bot === 'boolean' ? bot : bot && true,
    isOfIntegration: mark !== undefined
  }
}

/** An object of the host. Its getters may throw, and may answer differently each time. */
class Source {
  readonly #value: object
  readonly #event: EventName
  readonly #path: string

  constructor (value: unknown, event: EventName, path: string) {
    this.#event = event
    this.#path = path
    if (typeof value !== 'object' || value === null) throw this.#wrong('', 'must be an object')
    this.#value = value
  }

  /** A field; undefined when it is absent or null. */
  optional (name: string): {} | undefined {
    try {
      const value: unknown = Reflect.get(this.#value, name)
      return value ?? undefined
    } catch {
      // What was thrown is the host's and may hold anything.
      throw this.#wrong(name, 'cannot be read')
    }
  }

  optionalText (name: string): string | undefined {
    const value = this.optional(name)
    if (value === undefined || typeof value === 'string') return value
    throw this.#wrong(name, 'must be a text, null or absent')
  }

  text (name: string): string {
    const value = this.optional(name)
    if (typeof value === 'string') return value
    throw this.#wrong(name, 'must be a text')
  }

  filledText (name: string): string {
    const value = this.optional(name)
    if (typeof value === 'string' && value !== '') return value
    throw this.#wrong(name, 'must be a text that is not empty')
  }

  optionalTime (name: string): number | undefined {
    const value = this.optional(name)
    return value === undefined ? undefined : this.#timeOf(name, value)
  }

  time (name: string): number {
    return this.#timeOf(name, this.optional(name))
  }

  /** A field that is an object. */
  source (name: string): Source {
    return this.of(name, this.optional(name))
  }

  /** A value of a field, which must be an object. */
  of (name: string, value: unknown): Source {
    return new Source(value, this.#event, `${this.#path}.${name}`)
  }

  optionalSources (name: string, most: number): Source[] | undefined {
    const value = this.optional(name)
    if (value === undefined) return undefined
    try {
      // A proxy that was revoked throws here.
      if (!Array.isArray(value)) throw this.#wrong(name, 'must be an array, null or absent')
    } catch (error) {
      throw error instanceof WrongArgumentError ? error : this.#wrong(name, 'cannot be read')
    }
    const list = this.of(`${name}[]`, value)
    const length = list.optional('length')
    if (typeof length !== 'number' || !(length <= most)) throw this.#wrong(name, `must have at most ${most} elements`)
    // Without the place in the list: each wrong argument is logged once.
    return Array.from({ length }, (_, index) => new Source(list.optional(String(index)), this.#event, list.#path))
  }

  #timeOf (name: string, value: unknown): number {
    const time = typeof value === 'string' ? Date.parse(value) : types.isDate(value) ? Date.prototype.getTime.call(value) : NaN
    if (time >= times.first && time <= times.last) return time
    throw this.#wrong(name, 'must be a Date, or a text that Date.parse understands, of the years 0 to 9999')
  }

  #wrong (name: string, must: string): WrongArgumentError {
    const path = name === '' ? this.#path : `${this.#path}.${name}`
    return new WrongArgumentError(`emit('${this.#event}', data): ${path} ${must}`)
  }
}
