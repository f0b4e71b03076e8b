import type { EventData, EventMessage, EventRoom, EventUser } from '../../schemas/events/data.ts'

/** A user, as a host tells of it. */
export function eventUser (changes: Partial<EventUser> = {}): EventUser {
  return { _id: 'aliceId', username: 'alice', ...changes }
}

/** A public room, as a host tells of it. */
export function eventRoom (changes: Partial<EventRoom> = {}): EventRoom {
  return { _id: 'generalId', name: 'general', type: 'c', ...changes }
}

/** A message, as a host tells of it. */
export function eventMessage (changes: Partial<EventMessage> = {}): EventMessage {
  return { _id: 'messageId', text: 'deploy now', timestamp: new Date('2024-05-06T07:08:09.010Z'), ...changes }
}

/** A message in a public room, with changes of its parts. */
export function messageEvent (
  { room, user, message }: { room?: Partial<EventRoom>, user?: Partial<EventUser>, message?: Partial<EventMessage> } = {}
): EventData['sendMessage'] {
  return { room: eventRoom(room), user: eventUser(user), message: eventMessage(message) }
}
