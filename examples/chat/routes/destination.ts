import type { Chat, Destination } from '../chat.ts'
import { RefusedError } from '../refused-error.ts'

/**
 * Where `chat.postMessage` sends a message: `#` names a room, `@` a user,
 * and a text without either names a room or else a user; by `_id` first.
 *
 * @throws RefusedError invalid-channel.
 */
export function findDestination (chat: Chat, name: string): Destination {
  const prefix = name[0]
  const key = prefix === '#' || prefix === '@' ? name.slice(1) : name
  const room = prefix === '@' ? undefined : chat.findRoom(key)
  if (room !== undefined) return { room }
  const user = prefix === '#' ? undefined : chat.findUser(key)
  if (user !== undefined) return { user }
  throw new RefusedError('invalid-channel', '')
}
