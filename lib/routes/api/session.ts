import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AdapterCalls, isPromiseLike } from '../../guard/adapter-calls.ts'
import { IntegrationError } from '../../errors/index.ts'
import type { Settings } from '../../options/options.ts'
import type { User } from '../../ports/auth.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import { asError } from '../as-error.ts'

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
  context.addHook('onRequest', (request, reply, done) => {
    // Answers hold tokens.
    reply.header('cache-control', 'no-store')
    const calls = new AdapterCalls(settings, settings.adapterTimeout)
    const admit = (caller: User | null): void => {
      if (caller === null) return done(new IntegrationError('error-unauthenticated'))
      request.setDecorator<Session>(session, { caller, calls })
      done()
    }
    let caller: Awaitable<User | null>
    try {
      caller = calls.authenticate(request)
    } catch (error) {
      return done(asError(error))
    }
    // Who is known at once need not wait for a promise. The second `then` also catches what the first one
    // throws: the rest of the request runs in it, and a rejection that nobody catches ends the process.
    if (isPromiseLike(caller)) caller.then(admit).then(undefined, (error) => done(asError(error)))
    else admit(caller)
  })
}

/** The session of a request that passed {@link authenticateRequests}. */
export function sessionOf (request: FastifyRequest): Session {
  return request.getDecorator<Session>(session)
}
