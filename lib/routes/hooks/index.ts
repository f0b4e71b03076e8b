import { Buffer } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Calls } from '../../guard/calls.ts'
import type { Admission, Admitted } from '../../incoming/admission.ts'
import { deliveryIdOf } from '../../incoming/deliveries.ts'
import type { Failed } from '../../incoming/outcome.ts'
import type { HookRequest, Receiver } from '../../incoming/receive.ts'
import type { IncomingSettings } from '../../options/incoming.ts'
import { InvalidOptionError } from '../../errors/index.ts'
import { asError } from '../as-error.ts'
import { type Documentation, documented } from '../document.ts'
import { readBytes, requirePlain } from './body.ts'
import { type HookDocument, hookDocument, profileDocument } from './document.ts'
import { failureOf } from './failure.ts'
import { hookPathOf } from './path.ts'
import { hideParameters, hideUrls, urlOf } from './secrecy.ts'
import { endConnection, sendAnswer, sendFailure, sendReply } from './send.ts'
import { wishesOf } from './wishes.ts'

/** The parts that the hook routes are made of. */
export interface HookParts {
  readonly settings: IncomingSettings
  readonly admission: Admission
  readonly receiver: Receiver
  /** Makes the calls of one request. */
  readonly newCalls: () => Calls
  readonly documentation: Documentation
}

/** The facts of a request that passed admission. */
type Session = Omit<HookRequest, 'body'>

// A symbol: no decorator of the host can have the same name.
const session = Symbol('fastify-chat-integrations.hook')

const posting: readonly string[] = ['POST', 'PUT']

/** Behind the prefix. A part that is longer than the host lets a parameter be is part of the rest. */
const urls = ['/:integrationId/:token', '/:integrationId/:token/:profile', '/*'] as const

/** The routes that are in a document. */
const documents: { readonly [url in typeof urls[number]]?: (settings: IncomingSettings) => HookDocument } = {
  '/:integrationId/:token': hookDocument,
  '/:integrationId/:token/:profile': profileDocument
}

/**
 * The routes that senders post to, in a context of their own. They read every
 * body as bytes: the parsers of the host and the content type do not count.
 */
export async function hookRoutes (context: FastifyInstance, parts: HookParts): Promise<void> {
  const { settings, receiver, documentation } = parts
  hideUrls(context)
  context.removeAllContentTypeParsers()
  context.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    // A hook of the host may have decompressed the body: then it has put another stream in the place of the request.
    if (payload === request.raw) requirePlain(request.headers['content-encoding'])
    return await readBytes(payload, request.headers['content-length'], settings)
  })
  context.decorateRequest(session)
  context.setErrorHandler((error, request, reply) => {
    hideParameters(request)
    const asked: Session | undefined = request.getDecorator(session)
    const failed = failureOf(error)
    if (asked === undefined) return sendFailure(request, reply, failed)
    if (!request.raw.complete) endConnection(request, reply)
    return sendReply(request, reply, receiver.refuse(asked, failed), asked.integration._id)
  })
  context.addHook('onRequest', (request, reply, done) => admit(parts, request, reply, done))
  context.addHook('preValidation', async (request) => showContentType(request))
  // Schemas only document: bodies are read by the capability.
  context.setValidatorCompiler(() => () => true)
  context.setSerializerCompiler(() => (body) => JSON.stringify(body))
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asked = request.getDecorator<Session>(session)
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    return sendReply(request, reply, await receiver.receive({ ...asked, body }), asked.integration._id)
  }
  const { schema: added, ...more } = settings.routeOptions
  const options = { ...more, bodyLimit: settings.bodyLimit, handler }
  // In no document. First: these routes learn the kind of the document before the other routes are put into the document.
  const hidden = { ...options, schema: { hide: true }, config: { ...more.config, swaggerTransform: documentation.look } }
  for (const url of urls) {
    const isDocumented = documents[url] !== undefined
    // Also every other method: the host's answer to an unknown route would log the URL.
    context.route({ ...hidden, method: context.supportedMethods.filter((method) => !posting.includes(method)), url })
    context.route({ ...hidden, method: isDocumented ? posting.filter((method) => method !== 'POST') : [...posting], url })
  }
  for (const [url, describe] of Object.entries(documents)) {
    const { about, schema } = describe(settings)
    context.route({ ...options, schema: documented(documentation, { security: [], ...added }, about, schema), method: 'POST', url })
  }
}

/**
 * Makes sure that no other registration in this server has the prefix: Fastify's
 * own error for a second route names neither the option nor the solution.
 *
 * @throws InvalidOptionError
 */
export function requireFreePrefix (fastify: FastifyInstance, { prefix, routeOptions: { constraints } }: IncomingSettings): void {
  const whole = fastify.prefix.replace(/\/$/, '') + prefix
  // Two workspaces may have one prefix on two hosts.
  if (!urls.some((url) => fastify.hasRoute({ method: 'POST', url: whole + url, ...(constraints && { constraints }) }))) return
  throw new InvalidOptionError('incoming.prefix', `must be another one: ${whole} is that of another registration in this server`)
}

/** Decides about a request before its body is read. */
function admit ({ admission, newCalls }: HookParts, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
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
      const { _id, name, channel: [first = ''], channelIds: [id = first] = [] } = integration
      sendAnswer(reply, profile.look({ _id, name, channelId: id.replace(/^[#@]/, '') }))
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

/** Once the body is read, hooks of the host see the header of the sender again. */
function showContentType (request: FastifyRequest): void {
  const { contentType } = request.getDecorator<Session>(session)
  if (contentType === undefined) delete request.raw.headers['content-type']
  else request.raw.headers['content-type'] = contentType
}

function methodNotAllowed (method: string): Failed {
  const code = 'error-method-not-allowed'
  return { kind: 'failed', status: 405, code, error: `${method} posts nothing: send the message with POST [${code}]` }
}
