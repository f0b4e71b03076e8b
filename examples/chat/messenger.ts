import type { User } from 'fastify-chat-integrations'
import type { Chat, Destination, Draft } from './chat.ts'

/** One message that the plugin wants posted. */
export interface MessengerPost {
  /** The account that posts. */
  readonly as: User
  /** A room, or the direct conversation of `as` with a user. */
  readonly to: Destination
  readonly message: Draft & { readonly bot: { readonly i: string } }
  /** The integration that posts. */
  readonly integration: { readonly _id: string, readonly name: string, readonly type: string }
  /** Names the delivery, where a sender named it. This chat needs no memory of it: it ends with the process. */
  readonly deliveryId?: string
}

/** How the plugin posts into the chat. */
export interface Messenger {
  /** @throws RefusedError with a `code` when a rule of the chat forbids it. */
  post (post: MessengerPost): { _id: string }
  /** The same rules, and nothing is posted. */
  check (post: MessengerPost): void
}

/** Lets the plugin post into this chat, under the rules that people are under. */
export function messengerOf (chat: Chat): Messenger {
  return {
    post: ({ as, to, message }) => ({ _id: chat.post(as, to, message)._id }),
    check: ({ as, to, message }) => chat.check(as, to, message)
  }
}
