import { type Messenger, PostRefusedError } from 'fastify-chat-integrations'
import type { Chat } from './chat.ts'
import { RefusedError } from './refused-error.ts'

/** Lets the plugin post into this chat, under the rules that people are under. A delivery that comes again posts nothing. */
export function messengerOf (chat: Chat): Messenger {
  return {
    post: ({ as, to, message, deliveryId }) => refusing(() => ({
      _id: deliveryId === undefined ? chat.post(as, to, message)._id : chat.deliver(deliveryId, as, to, message)
    })),
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
