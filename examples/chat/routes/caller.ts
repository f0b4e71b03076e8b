import type { Authenticate } from 'fastify-chat-integrations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ChatUser } from '../records.ts'
import type { Chat } from '../chat.ts'
import { sendUnauthenticated } from './envelope.ts'

// A symbol: no other decorator can have the same name.
const caller = Symbol('chat.caller')

/** Lets only logged-in users through, before a body is read. */
export function authenticateCallers (app: FastifyInstance, authenticate: Authenticate, chat: Chat): void {
  app.decorateRequest(caller)
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store')
    const user = await authenticate(request)
    const known = user && chat.findUser(user._id)
    if (!known) return sendUnauthenticated(reply)
    request.setDecorator<ChatUser>(caller, known)
  })
}

/** The user that sends the request. */
export function callerOf (request: FastifyRequest): ChatUser {
  return request.getDecorator<ChatUser>(caller)
}
