import type { Payload } from '../../model/message/payload.ts'
import type { Answer, Outcome, Wishes } from '../outcome.ts'

/** The way in which one family of senders writes, and the answers that the family understands. */
export interface Profile {
  /** The last part of the path, in lower case; empty for the default. */
  readonly name: string
  /** The payload of a body, with the field names of this package. Not for the payload of a script. */
  readonly toPayload: (payload: Payload) => Payload
  /** Makes markdown of the family's own marks in texts. Not for texts of a script. */
  readonly toMarkdown: (text: string) => string
  /** The fields one of which makes a message. */
  readonly fieldNames: readonly string[]
  /** The answer. The header `Retry-After` is the same for every profile and is not part of the answer. */
  readonly answer: (outcome: Outcome, wishes: Wishes) => Answer
  /** The answer to a GET request, which some senders send before the first message. Absent: GET is refused. */
  readonly look?: (hook: Looked) => Answer
}

/** The facts of a hook that the answer to a GET request tells. */
export interface Looked {
  readonly _id: string
  readonly name: string
  /** The first destination. */
  readonly channelId: string
}

/** For families that write the fields of this package. */
export function samePayload (payload: Payload): Payload {
  return payload
}

/** For families that write markdown. */
export function sameText (text: string): string {
  return text
}
