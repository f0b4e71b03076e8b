import { PassThrough, type Readable } from 'node:stream'
import type { Chat } from '../chat.ts'
import type { Message, RoomRecord } from '../records.ts'
import type { Room } from '../room.ts'
import type { Fate, Fates } from './fates.ts'

/** How many listeners there may be at once. */
const maxListeners = 100
/** How many messages of each room a new listener is sent. */
const backlog = 50
/** The number of bytes that may wait for a listener, apart from the backlog. A slower listener is disconnected. */
const maxBehind = 4 * 1024 * 1024
/** Milliseconds between signs of life: proxies and browsers drop a silent connection. */
const heartbeatInterval = 15_000

/**
 * Tells listeners about the public channels, as server-sent events:
 * `snapshot` (channels with their last messages) and `fates` (of deliveries) at
 * first, then `room` (the new state of a channel), `message` (a new one, or the
 * new state of an old one) and `fate`.
 * Private groups and direct conversations are never told of.
 */
export class LiveFeed {
  readonly #chat: Chat
  readonly #fates: Fates
  /** Each listener with the number of bytes that may wait for it. */
  readonly #listeners = new Map<PassThrough, number>()
  readonly #heartbeat: NodeJS.Timeout

  constructor (chat: Chat, fates: Fates) {
    this.#chat = chat
    this.#fates = fates
    fates.on('fate', (fate) => {
      const room = chat.findRoomById(fate.rid)
      if (room !== undefined) this.#tell(room, 'fate', fate)
    })
    const tellMessage = ({ room, message }: { room: Room, message: Message }): void => this.#tell(room, 'message', message)
    const tellRoom = ({ room }: { room: Room }): void => this.#tell(room, 'room', room.toRecord())
    chat.on('messagePosted', tellMessage).on('messageEdited', tellMessage)
    chat.on('roomCreated', tellRoom).on('roomArchived', tellRoom).on('roomJoined', tellRoom).on('roomLeft', tellRoom)
    this.#heartbeat = setInterval(() => this.#send(': still here\n\n'), heartbeatInterval).unref()
  }

  /** A new listener's stream; undefined when there are too many already. */
  open (): Readable | undefined {
    if (this.#listeners.size >= maxListeners) return undefined
    const listener = new PassThrough()
    const rooms = this.#chat.publicRooms()
    const fates = this.#fates.all().filter(({ rid }) => rooms.some(({ _id }) => _id === rid))
    const snapshot = Buffer.from(eventOf('snapshot', rooms.map(withMessages)) + (fates.length === 0 ? '' : eventOf('fates', fates)))
    this.#listeners.set(listener, snapshot.length + maxBehind)
    listener.once('close', () => this.#listeners.delete(listener))
    // Destroyed with its connection, which is no failure of the server.
    listener.on('error', () => undefined)
    // A browser that lost the connection asks again after one second.
    listener.write('retry: 1000\n\n')
    listener.write(snapshot)
    return listener
  }

  /** Ends every stream: a server that closes waits for them otherwise. */
  close (): void {
    clearInterval(this.#heartbeat)
    for (const listener of this.#listeners.keys()) listener.end()
  }

  #tell (room: Room, name: string, data: Message | RoomRecord | Fate): void {
    if (room.type === 'c' && this.#listeners.size > 0) this.#send(eventOf(name, data))
  }

  #send (text: string): void {
    const bytes = Buffer.from(text)
    for (const [listener, limit] of this.#listeners) {
      // A browser that is disconnected connects again and gets a new snapshot.
      if (listener.writableLength + listener.readableLength > limit) listener.destroy()
      else listener.write(bytes)
    }
  }
}

function withMessages (room: Room): RoomRecord & { messages: Message[] } {
  return { ...room.toRecord(), messages: room.timeline.newest(0, backlog).reverse() }
}

/** JSON has no line break outside of texts, and none unescaped inside of them: one line holds all of it. */
function eventOf (name: string, data: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
