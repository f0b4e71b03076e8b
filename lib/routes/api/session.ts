import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Calls } from '../../guard/calls.ts'
import { auth } from '../../guard/tables/auth.ts'
import { isPromiseLike } from '../../base/is-promise-like.ts'
import { AdapterFailedError, IntegrationError } from '../../errors/index.ts'
import type { User } from '../../ports/auth.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import { asError } from '../as-error.ts'

/** The facts of a request whose caller is known. */
export interface Session {
  readonly caller: User
  /** The adapters, with what is left of the time that this request may wait for them. */
  readonly calls: Calls
}

// A symbol: no decorator of the host can have the same name.
const session = Symbol('fastify-chat-integrations.session')

/** Authenticates every request of the context before its body is read. */
export function authenticateRequests (context: FastifyInstance, newCalls: () => Calls): void {
  context.decorateRequest(session)
  context.addHook('onRequest', (request, reply, done) => {
    // Answers hold tokens.
    reply.header('cache-control', 'no-store')
    const calls = newCalls()
    const admit = (caller: User | null | undefined): void => {
      if (!caller) return done(new IntegrationError('error-unauthenticated'))
      request.setDecorator<Session>(session, { caller, calls })
      done()
    }
    let caller: Awaitable<User | null | undefined>
    try {
      caller = callerOf(calls, request)
    } catch (error) {
      return done(asError(error))
    }
    // A caller that is known at once need not wait for a promise. The second `then` also catches what the first one
    // throws: the rest of the request runs in it, and a rejection that nobody catches ends the process.
    if (isPromiseLike(caller)) caller.then(admit).then(undefined, (error) => done(asError(error)))
    else admit(caller)
  })
}

/** The caller of a request, or null when nobody is logged in. */
function callerOf (calls: Calls, request: FastifyRequest): Awaitable<User | null | undefined> {
  try {
    const caller = calls.ask(auth.authenticate, request)
    return isPromiseLike(caller) ? caller.then((user) => user, nullIfNotLoggedIn) : caller
  } catch (error) {
    return nullIfNotLoggedIn(error)
  }
}

/**
 * An error of authenticate may carry the reason: with any 4xx,
 * the caller has no valid credentials (`jwtVerify` answers 400 to a malformed
 * header and 401 to a wrong token). With a 403, the caller is known and is
 * refused: the client gets the message of the host's error.
 */
function nullIfNotLoggedIn (error: unknown): null {
  const thrown = error instanceof IntegrationError && error.cause instanceof AdapterFailedError ? error.cause.cause : null
  const status: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'statusCode') : undefined
  if (status === 403) throw thrown
  if (typeof status === 'number' && status >= 400 && status <= 499) return null
  throw error
}

/** The session of a request that passed {@link authenticateRequests}. */
export function sessionOf (request: FastifyRequest): Session {
  return request.getDecorator<Session>(session)
}
