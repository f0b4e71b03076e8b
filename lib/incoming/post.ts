import { hash } from 'node:crypto'
import type { HookMessage } from '../../schemas/hooks/message.ts'
import type { IncomingIntegration } from '../../schemas/index.ts'
import { PostRefusedError } from '../errors/refusals.ts'
import type { Calls } from '../guard/calls.ts'
import { messenger } from '../guard/tables/messenger.ts'
import type { User } from '../ports/auth.ts'
import type { PostRequest } from '../ports/messenger.ts'
import type { Destination } from './destinations.ts'
import type { NotPosted, Posted } from './outcome.ts'

/** A message for one or more destinations. */
export interface Posting {
  readonly integration: IncomingIntegration
  readonly as: User
  readonly message: HookMessage
  /** The key of the delivery, where the sender named it. */
  readonly deliveryKey: string | undefined
}

/** Asks the messenger whether the message may be posted; undefined when it may. */
export async function checkPost (calls: Calls, posting: Posting, destination: Destination): Promise<NotPosted | undefined> {
  try {
    await calls.ask(messenger.check, requestOf(posting, destination))
    return undefined
  } catch (error) {
    return notPosted(destination, error)
  }
}

/** Posts the message at one destination. */
export async function post (calls: Calls, posting: Posting, destination: Destination): Promise<Posted | NotPosted> {
  try {
    const { _id } = await calls.ask(messenger.post, requestOf(posting, destination))
    return { channel: destination.channel, _id }
  } catch (error) {
    return notPosted(destination, error)
  }
}

function notPosted ({ channel }: Destination, error: unknown): NotPosted {
  if (error instanceof PostRefusedError) return { channel, error: error.refusal }
  return { channel, error: 'error-service-unavailable', cause: error }
}

function requestOf ({ integration, as, message, deliveryKey }: Posting, { id, target }: Destination): PostRequest {
  const { _id, name, type } = integration
  return {
    as,
    to: target,
    message: { ...message, bot: { i: _id } },
    integration: { _id, name, type },
    // A delivery for several destinations is several messages, each with an id of its own.
    ...(deliveryKey !== undefined && { deliveryId: hash('sha256', deliveryKey + id, 'base64url') })
  }
}
