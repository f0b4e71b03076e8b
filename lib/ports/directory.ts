import type { User } from './auth.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'

/** A room of the host: a channel, a private group or a direct conversation. */
export interface Room {
  /**
   * The host's stable identifier of the room; never blank. Integrations keep it:
   * after the room is removed, no other room may have it.
   */
  readonly _id: string
}

/** The host's users and rooms. */
export interface Directory {
  /**
   * The user whose `_id` or username this is; the `_id` goes first when both
   * exist. Null or undefined when there is none.
   */
  findUser (idOrUsername: string, call?: PortCall): Awaitable<User | null | undefined>
  /**
   * The room whose `_id` or name this is, without a leading `#`; the `_id`
   * goes first when both exist. Null or undefined when there is none.
   */
  findRoom (idOrName: string, call?: PortCall): Awaitable<Room | null | undefined>
  /**
   * Whether the user is a member of the room; exactly true or false. Also asked
   * with an identifier that no room has, so that the calls are the same for a
   * room that does not exist: the answer is false then, after the same work as for any other room.
   */
  isMember (userId: string, roomId: string, call?: PortCall): Awaitable<boolean>
}
