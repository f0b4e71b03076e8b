import type { Authenticate } from 'fastify-chat-integrations'
import { tokenHeaderSecurity } from 'fastify-chat-integrations/schemas'
import type { FastifyInstance } from 'fastify'
import type { Chat } from '../chat.ts'
import { authenticateCallers } from './caller.ts'
import { sendFailure } from './envelope.ts'
import { addMessageRoutes } from './messages.ts'
import { addRoomRoutes } from './rooms.ts'

/** The chat over HTTP, with paths and shapes of Rocket.Chat: `/api/v1/chat.postMessage` and the routes beside it. */
export async function serveChat (app: FastifyInstance, { chat, authenticate }: { chat: Chat, authenticate: Authenticate }): Promise<void> {
  await app.register(async (context) => {
    context.setErrorHandler(sendFailure)
    authenticateCallers(context, authenticate, chat)
    const schema = { tags: ['chat'], security: tokenHeaderSecurity }
    addMessageRoutes(context.withTypeProvider(), chat, schema)
    addRoomRoutes(context.withTypeProvider(), chat, schema)
  }, { prefix: '/api/v1' })
}
