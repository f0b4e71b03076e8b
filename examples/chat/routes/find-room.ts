import { Type } from '@sinclair/typebox'
import type { Chat } from '../chat.ts'
import type { ChatUser, RoomType } from '../records.ts'
import { RefusedError } from '../refused-error.ts'
import type { Room } from '../room.ts'

/** The two ways to name a room; one of them is needed. */
export const roomFields = {
  roomId: Type.Optional(Type.String()),
  roomName: Type.Optional(Type.String({ description: 'Instead of roomId.' }))
}

/** The parameters of a request that name a room. */
export interface RoomKey {
  readonly roomId?: string
  readonly roomName?: string
}

const kindOf: { readonly [type in RoomType]: string } = { c: 'channel', p: 'group', d: 'direct message' }

/**
 * The room of a type that a request names.
 *
 * @throws RefusedError error-room-param-not-provided; error-room-not-found,
 *   the same for a room that does not exist and a room that the user may not read.
 */
export function findRoom (chat: Chat, user: ChatUser, type: RoomType, { roomId, roomName }: RoomKey): Room {
  if (!roomId && !roomName) throw new RefusedError('error-room-param-not-provided', 'The parameter "roomId" or "roomName" is required')
  const room = roomId ? chat.findRoomById(roomId) : chat.findRoomByName(roomName ?? '')
  if (room?.type !== type || !chat.mayRead(user, room)) {
    throw new RefusedError(
      'error-room-not-found', `The required "roomId" or "roomName" param provided does not match any ${kindOf[type]}`)
  }
  return room
}
