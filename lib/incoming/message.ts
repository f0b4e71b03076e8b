import { type MessageDefaults, messageOf, type ReadMessage } from '../model/message/message.ts'
import type { Payload } from '../model/message/payload.ts'
import type { Profile } from './profiles/profile.ts'
import { noMessage, type Refusal } from './refusal.ts'

/** Makes the message of a payload, as senders of this profile write it. */
export function hookMessage (
  payload: Payload | undefined, profile: Profile, defaults: MessageDefaults, maxTextLength: number
): ReadMessage | Refusal {
  const read = messageOf(payload && profile.toPayload(payload), defaults, { maxTextLength, toMarkdown: profile.toMarkdown })
  return read.kind === 'message' ? read : noMessage(profile.fieldNames, read.notes)
}
