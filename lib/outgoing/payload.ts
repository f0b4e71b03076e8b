import type { PayloadWithoutToken, SentMessage, SentRoom, SentUser } from '../../schemas/events/payload.ts'
import { present } from '../model/present.ts'
import type { EventFacts, MessageFacts, RoomFacts, UserFacts } from './event-facts.ts'

/** What payloads say besides the event. */
export interface PayloadContext {
  /** The address of the chat; empty when it is not known. */
  readonly siteUrl: string
  /** When the event happened, in milliseconds since 1970: the timestamp of an event that has no time of its own. */
  readonly now: number
}

/**
 * What receivers are sent for an event: the public fields and nothing else.
 * Token and trigger word are those of an integration and are added later.
 */
export function payloadOf (facts: EventFacts, { siteUrl, now }: PayloadContext): PayloadWithoutToken {
  const { user } = facts
  const person = { user_id: user._id, user_name: user.username }
  if (facts.event === 'userCreated') {
    return { bot: isBot(user), timestamp: iso(user.createdAt ?? now), ...person, user: sentUser(user) } satisfies PayloadWithoutToken<'userCreated'>
  }
  const { room } = facts
  const channel = { channel_id: room._id, ...present({ channel_name: room.name }) }
  if (facts.event === 'roomCreated') {
    return {
      bot: isBot(user), ...channel, timestamp: iso(room.createdAt ?? now), ...person, owner: sentUser(user), room: sentRoom(room)
    } satisfies PayloadWithoutToken<'roomCreated'>
  }
  if (facts.message === undefined) {
    return {
      bot: isBot(user), timestamp: iso(now), ...channel, ...person, user: sentUser(user), room: sentRoom(room)
    } satisfies PayloadWithoutToken<'roomJoined'>
  }
  const { message } = facts
  const fields = {
    bot: message.bot === true,
    ...channel,
    message_id: message._id,
    timestamp: iso(message.timestamp),
    ...person,
    text: message.text,
    siteUrl,
    ...present({ alias: filled(message.alias), tmid: filled(message.tmid) }),
    ...(message.editedAt !== undefined && { isEdited: true as const })
  } satisfies PayloadWithoutToken<'sendMessage'>
  if (facts.event === 'sendMessage') return fields
  return { ...fields, user: sentUser(user), room: sentRoom(room), message: sentMessage(message) } satisfies PayloadWithoutToken<'fileUploaded'>
}

function isBot ({ type }: UserFacts): boolean {
  return type === 'bot'
}

function sentUser ({ _id, username, name, type, createdAt }: UserFacts): SentUser {
  return { _id, username, ...present({ name, type, createdAt: optionalIso(createdAt) }) }
}

function sentRoom ({ _id, name, type, users, createdAt }: RoomFacts): SentRoom {
  return { _id, ...present({ name }), type, ...present({ users: users?.map(sentUser), createdAt: optionalIso(createdAt) }) }
}

function sentMessage ({ _id, text, timestamp, alias, tmid, editedAt, bot }: MessageFacts): SentMessage {
  return { _id, text, timestamp: iso(timestamp), ...present({ alias, tmid, editedAt: optionalIso(editedAt), bot }) }
}

function filled (text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function iso (time: number): string {
  return new Date(time).toISOString()
}

function optionalIso (time: number | undefined): string | undefined {
  return time === undefined ? undefined : iso(time)
}
