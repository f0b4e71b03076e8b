import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Calls } from '../../guard/calls.ts'
import type { Admission, Admitted } from '../../incoming/admission.ts'
import { deliveryIdOf } from '../../incoming/deliveries.ts'
import { firstPlaceOf } from '../../incoming/destinations.ts'
import type { Failed } from '../../incoming/outcome.ts'
import type { HookRequest } from '../../incoming/receive.ts'
import { asError } from '../as-error.ts'
import { hookPathOf } from './path.ts'
import { hideParameters, urlOf } from './secrecy.ts'
import { sendAnswer, sendFailure } from './send.ts'
import { wishesOf } from './wishes.ts'

/** The parts that admission is made of. */
export interface AdmissionParts {
  readonly admission: Admission
  /** Makes the calls of one request. */
  readonly newCalls: () => Calls
}

/** The methods that post. */
export const posting: readonly string[] = ['POST', 'PUT']

/** The facts of a request that passed admission. */
type Session = Omit<HookRequest, 'body' | 'sender'>

// A symbol: no decorator of the host can have the same name.
const session = Symbol('fastify-chat-integrations.hook')

/** Decides about every request of the context before its body is read. */
export function admitRequests (context: FastifyInstance, parts: AdmissionParts): void {
  context.decorateRequest(session)
  context.addHook('onRequest', (request, reply, done) => admit(parts, request, reply, done))
}

/** The facts of a request that passed admission. */
export function sessionOf (request: FastifyRequest): Session {
  return request.getDecorator<Session>(session)
}

/** The same; undefined for a request that a hook of the host refused before. */
export function askedBy (request: FastifyRequest): Session | undefined {
  return request.getDecorator<Session | undefined>(session)
}

function admit ({ admission, newCalls }: AdmissionParts, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const path = hookPathOf(Object(request.params))
  const { profile } = path
  const wishes = wishesOf(urlOf(request))
  const deliveryId = deliveryIdOf(request.headers)
  hideParameters(request)
  const isPost = posting.includes(request.method)
  if (!isPost && (request.method !== 'GET' || profile.look === undefined)) {
    reply.header('allow', [...(profile.look === undefined ? [] : ['GET']), ...posting].join(', '))
    sendFailure(request, reply, methodNotAllowed(request.method))
    return
  }
  const calls = newCalls()
  const next = (admitted: Admitted | Failed): void => {
    if (admitted.kind === 'failed') {
      sendFailure(request, reply, admitted, profile, wishes)
      return
    }
    const { integration } = admitted
    if (!isPost && profile.look !== undefined) {
      const { _id, name } = integration
      sendAnswer(reply, profile.look({ _id, name, channelId: firstPlaceOf(integration) }))
      return
    }
    request.setDecorator<Session>(session, { integration, contentType: hideContentType(request), deliveryId, profile, wishes })
    done()
  }
  const admitted = isPost ? admission.admit(calls, path, request.ip) : admission.look(calls, path, request.ip)
  // The second `then` also catches what the first one throws: the rest of the request runs in it.
  admitted.then(next).then(undefined, (error) => done(asError(error)))
}

/**
 * Fastify refuses a content type that it cannot parse, and takes a body of HTTP/2
 * without content type and length for none. Here the header is only a hint.
 */
function hideContentType ({ raw: { headers } }: FastifyRequest): string | undefined {
  const contentType = headers['content-type']
  headers['content-type'] = 'application/octet-stream'
  return contentType
}

/** Fastify has looked at the header: from here on, hooks of the host see that of the sender again. */
export function showContentType (request: FastifyRequest): void {
  const { contentType } = sessionOf(request)
  if (contentType === undefined) delete request.raw.headers['content-type']
  else request.raw.headers['content-type'] = contentType
}

function methodNotAllowed (method: string): Failed {
  const code = 'error-method-not-allowed'
  return { kind: 'failed', status: 405, code, error: `${method} posts nothing: send the message with POST [${code}]` }
}
