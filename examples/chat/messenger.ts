import { type Messenger, PostRefusedError } from 'fastify-chat-integrations'
import type { Chat } from './chat.ts'
import { RefusedError } from './refused-error.ts'

/**
 * Lets the plugin post into this chat, under the rules that people are under.
 * The chat does not remember a `deliveryId`: everything ends with its process.
 */
export function messengerOf (chat: Chat): Messenger {
  return {
    post: ({ as, to, message }) => refusing(() => ({ _id: chat.post(as, to, message)._id })),
    check: ({ as, to, message }) => refusing(() => chat.check(as, to, message))
  }
}

/** The plugin must be able to tell a refusal of the chat from a failure of the chat. */
function refusing<T> (act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw error instanceof RefusedError ? new PostRefusedError(error.code, { cause: error }) : error
  }
}
