import type { EventName } from '../../schemas/index.ts'

/** Which fields mean something for an event. */
export interface EventUse {
  readonly channel: boolean
  readonly triggerWords: boolean
  readonly targetRoom: boolean
}

const uses: Readonly<Record<EventName, EventUse>> = {
  sendMessage: { channel: true, triggerWords: true, targetRoom: false },
  fileUploaded: { channel: true, triggerWords: false, targetRoom: false },
  roomArchived: { channel: false, triggerWords: false, targetRoom: false },
  roomCreated: { channel: false, triggerWords: false, targetRoom: false },
  roomJoined: { channel: true, triggerWords: false, targetRoom: false },
  roomLeft: { channel: true, triggerWords: false, targetRoom: false },
  userCreated: { channel: false, triggerWords: false, targetRoom: true }
}

/** Whether there is an event of this name. Inherited names such as `constructor` are no events. */
export function isEventName (name: string): name is EventName {
  return Object.hasOwn(uses, name)
}

/** Which fields mean something for the event. */
export function useOf (event: EventName): EventUse {
  return uses[event]
}
