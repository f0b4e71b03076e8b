import { type FastifyInstance, type FastifyRequest } from 'fastify'
import { AdapterCalls } from '../core/adapter-calls.ts'
import { IntegrationError } from '../errors.ts'
import { type Settings } from '../options.ts'
import { type User } from '../ports/auth.ts'

/** What is known about a request once its caller is. */
export interface Session {
  readonly caller: User
  /** The adapters, with what is left of the time that this request may wait for them. */
  readonly calls: AdapterCalls
}

// A symbol: no decorator of the host can have the same name.
const session = Symbol('fastify-chat-integrations.session')

/** Authenticates every request of the context before its body is read. */
export function authenticateRequests (context: FastifyInstance, settings: Settings): void {
  context.decorateRequest(session)
  context.addHook('onRequest', async (request, reply) => {
    // Answers hold tokens.
    reply.header('cache-control', 'no-store')
    const calls = new AdapterCalls(settings, settings.adapterTimeout)
    const caller = await calls.authenticate(request)
    if (caller === null) throw new IntegrationError('error-unauthenticated')
    request.setDecorator<Session>(session, { caller, calls })
  })
}

/** The session of a request that passed {@link authenticateRequests}. */
export function sessionOf (request: FastifyRequest): Session {
  return request.getDecorator<Session>(session)
}
