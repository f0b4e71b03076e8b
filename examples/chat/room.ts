import type { ChatUser, RoomRecord, RoomType } from './records.ts'
import { Timeline } from './timeline.ts'

/** A room of the chat with its members and messages. Rules are kept by `Chat`, not here. */
export class Room {
  readonly _id: string
  readonly type: RoomType
  readonly name: string | undefined
  /** The user that made the room; a room of the workspace file has none. */
  readonly creator: ChatUser | undefined
  readonly createdAt = new Date().toISOString()
  /** User ids, in the order of joining. */
  readonly members: Set<string>
  readonly timeline = new Timeline()
  archived = false
  messageCount = 0
  lastMessageAt: string | undefined

  constructor ({ _id, type, name, creator, members }: {
    _id: string, type: RoomType, name?: string, creator?: ChatUser, members: Iterable<string>
  }) {
    this._id = _id
    this.type = type
    this.name = name
    this.creator = creator
    this.members = new Set(members)
  }

  /** The room as a reply shows it. */
  toRecord (): RoomRecord {
    const { _id, type, name, creator, createdAt, members, archived, messageCount, lastMessageAt } = this
    return {
      _id,
      t: type,
      ...(name !== undefined && { name }),
      ...(creator && { u: { _id: creator._id, username: creator.username } }),
      ts: createdAt,
      msgs: messageCount,
      usersCount: members.size,
      ...(lastMessageAt !== undefined && { lm: lastMessageAt }),
      ...(archived && { archived })
    }
  }
}
