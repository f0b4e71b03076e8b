import { hash } from 'node:crypto'
import type { HookMessage } from '../../schemas/hooks/message.ts'
import type { IncomingIntegration } from '../../schemas/index.ts'
import { settle } from '../base/settle.ts'
import { PostRefusedError } from '../errors/refusals.ts'
import type { Calls } from '../guard/calls.ts'
import { messenger } from '../guard/tables/messenger.ts'
import type { User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { PostedMessage, PostRequest, PostTarget } from '../ports/messenger.ts'
import type { Destination } from './destinations.ts'
import { frozen } from '../model/message/frozen.ts'
import type { NotPosted, Posted } from './outcome.ts'

/** A message for one or more destinations, as {@link postingOf} makes it. */
export interface Posting {
  readonly integration: IncomingIntegration
  readonly as: User
  /** The parts of the message are frozen: all destinations share them. */
  readonly message: HookMessage
  /** The key of the delivery, where the sender named it. */
  readonly deliveryKey: string | undefined
}

/** Makes a posting. The message must not be changed any more. */
export function postingOf ({ message, ...rest }: Posting): Posting {
  return { ...rest, message: frozen(message) }
}

/** Asks the messenger whether the message may be posted. Answers the destination, or why the message may not be posted there. */
export function checkPost (calls: Calls, posting: Posting, destination: Destination): Awaitable<Destination | NotPosted> {
  return settle<void, Destination | NotPosted>(
    () => calls.ask(messenger.check, requestOf(posting, destination)),
    () => destination,
    (error) => notPosted(destination, error)
  )
}

/** Posts the message at one destination. */
export function post (calls: Calls, posting: Posting, destination: Destination): Awaitable<Posted | NotPosted> {
  return settle<PostedMessage, Posted | NotPosted>(
    () => calls.ask(messenger.post, requestOf(posting, destination)),
    ({ _id }) => ({ channel: destination.channel, _id }),
    (error) => notPosted(destination, error)
  )
}

function notPosted ({ channel }: Destination, error: unknown): NotPosted {
  if (!(error instanceof PostRefusedError)) return { channel, error: 'error-service-unavailable', hasFailed: true, cause: error }
  return { channel, error: error.refusal, ...(error.cause !== undefined && { cause: error.cause }) }
}

/** Every call gets objects of its own, so that a messenger that changes them changes no other message. */
function requestOf ({ integration, as, message, deliveryKey }: Posting, { id, target }: Destination): PostRequest {
  const { _id, name, type } = integration
  return {
    as: { ...as },
    to: copyOf(target),
    message: { ...message, bot: { i: _id } },
    integration: { _id, name, type },
    // A delivery for several destinations is several messages, each with an id of its own.
    ...(deliveryKey !== undefined && { deliveryId: hash('sha256', deliveryKey + id, 'base64url') })
  }
}

function copyOf (target: PostTarget): PostTarget {
  return 'room' in target ? { room: { ...target.room } } : { user: { ...target.user } }
}
