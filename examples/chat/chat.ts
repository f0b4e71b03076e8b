import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { permissionsOf, type Workspace } from '../workspace.ts'
import { Deliveries } from './deliveries.ts'
import type { ChatUser, Message } from './records.ts'
import { RefusedError } from './refused-error.ts'
import { Room } from './room.ts'

/** The events of the chat, each told after it happened. */
export interface ChatEvents {
  messagePosted: [event: { room: Room, user: ChatUser, message: Message }]
  messageEdited: [event: { room: Room, user: ChatUser, message: Message }]
  /** Of channels and groups. A direct conversation comes into being without an event, as in Rocket.Chat. */
  roomCreated: [event: { room: Room, user: ChatUser }]
  roomJoined: [event: { room: Room, user: ChatUser }]
  roomLeft: [event: { room: Room, user: ChatUser }]
  roomArchived: [event: { room: Room, user: ChatUser }]
}

/** Where a message goes: into a room, or into the direct conversation with a user. */
export type Destination = { readonly room: { readonly _id: string } } | { readonly user: { readonly _id: string } }

/** A message before it is posted. */
export interface Draft {
  readonly text: string
  readonly alias?: string | undefined
  readonly avatar?: string | undefined
  readonly emoji?: string | undefined
  readonly attachments?: ReadonlyArray<Readonly<Record<string, unknown>>> | undefined
  /** The `_id` of the message that this one replies to. */
  readonly threadId?: string | undefined
  readonly parseUrls: boolean
  readonly groupable: boolean
  readonly customFields?: Readonly<Record<string, unknown>> | undefined
  /** The integration that made the message. */
  readonly bot?: { readonly i: string } | undefined
}

/** The greatest number of characters of a message as JSON: 1,000 messages of every room stay in memory. */
const maxMessageLength = 100_000

/**
 * Rooms and messages in memory, and the rules about them. Starts with the
 * rooms of a workspace and forgets everything else with the process.
 */
export class Chat extends EventEmitter<ChatEvents> {
  readonly #userById: ReadonlyMap<string, ChatUser>
  readonly #userByName: ReadonlyMap<string, ChatUser>
  readonly #isPermitted: (userId: string, permission: string) => boolean
  readonly #roomById = new Map<string, Room>()
  readonly #roomByName = new Map<string, Room>()
  readonly #directRoomOf = new Map<string, Room>()
  readonly #deliveries = new Deliveries()

  constructor (workspace: Workspace) {
    super()
    const users = workspace.users.map(({ _id, username, name }) => ({ _id, username, ...(name !== undefined && { name }) }))
    this.#userById = new Map(users.map((user) => [user._id, user]))
    this.#userByName = new Map(users.map((user) => [user.username, user]))
    this.#isPermitted = permissionsOf(workspace)
    for (const room of workspace.rooms) this.#open(new Room(room))
  }

  /** The user whose `_id` or username this is; the `_id` goes first. */
  findUser (idOrUsername: string): ChatUser | undefined {
    return this.#userById.get(idOrUsername) ?? this.#userByName.get(idOrUsername)
  }

  /** The room whose `_id` or name this is; the `_id` goes first. */
  findRoom (idOrName: string): Room | undefined {
    return this.#roomById.get(idOrName) ?? this.#roomByName.get(idOrName)
  }

  findRoomById (id: string): Room | undefined {
    return this.#roomById.get(id)
  }

  findRoomByName (name: string): Room | undefined {
    return this.#roomByName.get(name)
  }

  /** The direct conversation of two users, if there is one. */
  findDirectRoom (one: string, other: string): Room | undefined {
    return this.#directRoomOf.get(pairOf([one, other]))
  }

  /** The rooms that every user may read, in the order of their making. */
  publicRooms (): Room[] {
    return [...this.#roomById.values()].filter(({ type }) => type === 'c')
  }

  isMember (userId: string, roomId: string): boolean {
    return this.#roomById.get(roomId)?.members.has(userId) ?? false
  }

  /** Whether a user may read a room: every user a channel, members all others. */
  mayRead (user: ChatUser, room: Room): boolean {
    return room.type === 'c' || room.members.has(user._id)
  }

  /** The members of a room, in the order of joining. */
  membersOf (room: Room): ChatUser[] {
    return [...room.members].flatMap((id) => this.#userById.get(id) ?? [])
  }

  /**
   * Makes a channel or group. Its creator is a member.
   *
   * @param members usernames of further members.
   * @throws RefusedError error-invalid-room-name, error-duplicate-channel-name, error-invalid-user.
   */
  create (creator: ChatUser, { type, name, members }: { type: 'c' | 'p', name: string, members: readonly string[] }): Room {
    if (!/^[\w.-]{1,100}$/.test(name)) throw new RefusedError('error-invalid-room-name', `${name} is not a valid room name`)
    // An _id goes before a name in every look-up, so that a name which is an _id would never be found.
    if (this.findRoom(name)) throw new RefusedError('error-duplicate-channel-name', `A channel with name '${name}' exists`)
    const others = members.map((username) => {
      const user = this.#userByName.get(username)
      if (user === undefined) throw new RefusedError('error-invalid-user', 'Invalid user')
      return user._id
    })
    const room = this.#open(new Room({ _id: newId(), type, name, creator, members: [creator._id, ...others] }))
    this.emit('roomCreated', { room, user: creator })
    return room
  }

  /**
   * Joins a channel. Nothing happens when the user is a member already.
   *
   * @throws RefusedError error-room-archived, error-not-allowed.
   */
  join (user: ChatUser, room: Room): void {
    refuseArchived(room)
    if (room.members.has(user._id)) return
    if (room.type !== 'c') throw new RefusedError('error-not-allowed', 'Not allowed')
    room.members.add(user._id)
    this.emit('roomJoined', { room, user })
  }

  /**
   * Leaves a channel or group.
   *
   * @throws RefusedError error-room-archived, error-user-not-in-room.
   */
  leave (user: ChatUser, room: Room): void {
    refuseArchived(room)
    if (!room.members.delete(user._id)) throw new RefusedError('error-user-not-in-room', 'You are not in this room')
    this.emit('roomLeft', { room, user })
  }

  /**
   * Archives a channel or group: it can be read and no longer written. Its
   * creator may, and each user with the permission `archive-room`.
   *
   * @throws RefusedError error-room-archived, error-not-authorized.
   */
  archive (user: ChatUser, room: Room): void {
    refuseArchived(room)
    if (room.creator?._id !== user._id && !this.#isPermitted(user._id, 'archive-room')) {
      throw new RefusedError('error-not-authorized', 'Not authorized')
    }
    room.archived = true
    this.emit('roomArchived', { room, user })
  }

  /**
   * Says whether `post` would post. Nothing changes.
   *
   * @throws RefusedError error-invalid-user, error-invalid-room,
   *   room_is_archived, error-not-allowed, error-no-message,
   *   error-message-size-exceeded.
   */
  check (author: { readonly _id: string }, to: Destination, draft: Draft): void {
    this.#admit(author, to, draft)
  }

  /**
   * Posts a message. The author joins the channel that it goes to; a direct
   * conversation that does not exist yet is made.
   *
   * @throws RefusedError as `check` does.
   */
  post (author: { readonly _id: string }, to: Destination, draft: Draft): Message {
    const { user, open } = this.#admit(author, to, draft)
    const room = open()
    if (room.type === 'c') this.join(user, room)
    const { text, alias, avatar, emoji, attachments, threadId, parseUrls, groupable, customFields, bot } = draft
    const ts = new Date().toISOString()
    const message: Message = {
      _id: newId(),
      rid: room._id,
      msg: text,
      ts,
      u: user,
      _updatedAt: ts,
      ...(alias && { alias }),
      // As in Rocket.Chat, a message shows one of the two.
      ...(avatar ? { avatar } : emoji && { emoji }),
      ...(attachments && { attachments: [...attachments] }),
      ...(threadId && { tmid: threadId }),
      parseUrls,
      groupable,
      ...(customFields && { customFields }),
      ...(bot && { bot })
    }
    room.timeline.add(message)
    room.messageCount += 1
    room.lastMessageAt = ts
    this.emit('messagePosted', { room, user, message })
    return message
  }

  /**
   * Posts the message of a delivery, once: when the delivery comes again,
   * nothing is posted.
   *
   * @returns the `_id` of the message, the same each time.
   * @throws RefusedError as `check` does, the first time.
   */
  deliver (deliveryId: string, author: { readonly _id: string }, to: Destination, draft: Draft): string {
    const known = this.#deliveries.find(deliveryId)
    if (known !== undefined) return known
    const { _id } = this.post(author, to, draft)
    this.#deliveries.add(deliveryId, _id)
    return _id
  }

  /**
   * Gives a message another text. Only its author may.
   *
   * @throws RefusedError error-action-not-allowed, room_is_archived,
   *   error-not-allowed, error-no-message, error-message-size-exceeded; or
   *   a sentence without a code when the room holds no such message.
   */
  edit (user: ChatUser, room: Room | undefined, messageId: string, text: string): Message {
    const message = room?.timeline.find(messageId)
    // The same answer for a room that does not exist and a room that the user may not read.
    if (room === undefined || message === undefined || !this.mayRead(user, room)) {
      throw new RefusedError(`No message found with the id of "${messageId}".`)
    }
    if (message.u._id !== user._id) throw new RefusedError('error-action-not-allowed', 'Message editing not allowed')
    refuseWriter(user, room)
    refuseContent({ ...message, text })
    const editedAt = new Date().toISOString()
    const edited: Message = {
      ...message, msg: text, editedAt, editedBy: { _id: user._id, username: user.username }, _updatedAt: editedAt
    }
    room.timeline.replace(edited)
    this.emit('messageEdited', { room, user, message: edited })
    return edited
  }

  /** Finds author and room and keeps the rules about posting. `open` makes the room where there is none yet. */
  #admit (author: { readonly _id: string }, to: Destination, draft: Draft): { user: ChatUser, open: () => Room } {
    const user = this.#userById.get(author._id)
    if (user === undefined) throw new RefusedError('error-invalid-user')
    const { room, open } = 'room' in to ? this.#existing(to.room._id) : this.#direct(user, to.user._id)
    if (room !== undefined) refuseWriter(user, room)
    refuseContent(draft)
    return { user, open }
  }

  #existing (roomId: string): { room: Room, open: () => Room } {
    const room = this.#roomById.get(roomId)
    if (room === undefined) throw new RefusedError('error-invalid-room')
    return { room, open: () => room }
  }

  #direct (user: ChatUser, partnerId: string): { room: Room | undefined, open: () => Room } {
    const partner = this.#userById.get(partnerId)
    if (partner === undefined) throw new RefusedError('error-invalid-user')
    const room = this.findDirectRoom(user._id, partner._id)
    return { room, open: () => room ?? this.#openDirectRoom(user, partner) }
  }

  #openDirectRoom (one: ChatUser, other: ChatUser): Room {
    const members = [one._id, other._id].sort()
    const _id = members.join('')
    return this.#open(new Room({ _id: this.findRoom(_id) === undefined ? _id : newId(), type: 'd', members }))
  }

  #open (room: Room): Room {
    this.#roomById.set(room._id, room)
    if (room.name !== undefined) this.#roomByName.set(room.name, room)
    if (room.type === 'd') this.#directRoomOf.set(pairOf(room.members), room)
    return room
  }
}

/** The same text for the same users, in any order. A user may talk to itself. */
function pairOf (userIds: Iterable<string>): string {
  return JSON.stringify([...new Set(userIds)].sort())
}

function newId (): string {
  return randomBytes(12).toString('hex')
}

function refuseArchived ({ archived, name }: Room): void {
  if (archived) throw new RefusedError('error-room-archived', `The channel, ${name}, is archived`)
}

function refuseWriter (user: ChatUser, { archived, type, members }: Room): void {
  // The words of Rocket.Chat when it refuses a message; other actions are refused with error-room-archived.
  if (archived) throw new RefusedError('room_is_archived')
  if (type !== 'c' && !members.has(user._id)) throw new RefusedError('error-not-allowed')
}

function refuseContent (draft: Pick<Draft, 'text' | 'attachments'>): void {
  if (draft.text.trim() === '' && !draft.attachments?.length) throw new RefusedError('error-no-message')
  if (JSON.stringify(draft).length > maxMessageLength) throw new RefusedError('error-message-size-exceeded')
}
