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
import { readBytes, requirePlain } from './body.ts'
import { failureOf } from './failure.ts'
import { hiddenParameters, hiddenUrl, hookPathOf } from './path.ts'
import { sendAnswer, sendFailure, sendReply } from './send.ts'
import { wishesOf } from './wishes.ts'

/** The parts that the hook routes are made of. */
export interface HookParts {
  readonly settings: IncomingSettings
  readonly admission: Admission
  readonly receiver: Receiver
  /** Makes the calls of one request. */
  readonly newCalls: () => Calls
}

/** The facts of a request that passed admission. */
type Session = Omit<HookRequest, 'body'>

// A symbol: no decorator of the host can have the same name.
const session = Symbol('fastify-chat-integrations.hook')

const posting: readonly string[] = ['POST', 'PUT']

/** The schema of a route that is in no OpenAPI document: a document cannot have some of the methods. */
const hidden = { hide: true }

/**
 * The routes that senders post to, in a context of their own. They read every
 * body as bytes: the parsers of the host and the content type do not count.
 */
export async function hookRoutes (context: FastifyInstance, parts: HookParts): Promise<void> {
  const { settings, receiver } = parts
  takePrefix(context, settings)
  context.removeAllContentTypeParsers()
  context.addContentTypeParser('*', async (request: FastifyRequest, payload: FastifyRequest['raw']) => {
    // A hook of the host may have decompressed the body: then it has put another stream in the place of the request.
    if (payload === request.raw) requirePlain(request.headers['content-encoding'])
    return await readBytes(payload, request.headers['content-length'], settings)
  })
  context.decorateRequest(session)
  context.setErrorHandler((error, request, reply) => {
    const asked: Session | undefined = request.getDecorator(session)
    const failed = failureOf(error)
    if (asked !== undefined) return sendReply(request, reply, receiver.refuse(asked, failed), asked.integration._id)
    return sendFailure(request, reply, failed)
  })
  context.addHook('onRequest', (request, reply, done) => admit(parts, request, reply, done))
  const { schema, ...routeOptions } = settings.routeOptions
  const options = { ...routeOptions, bodyLimit: settings.bodyLimit }
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asked = request.getDecorator<Session>(session)
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    return sendReply(request, reply, await receiver.receive({ ...asked, body }), asked.integration._id)
  }
  for (const url of ['/:integrationId/:token', '/:integrationId/:token/:profile', '/*']) {
    // No form can describe all that senders send: the host decides whether the hooks are in its OpenAPI document.
    context.route({ ...options, method: [...posting], url, handler, schema: url === '/*' ? hidden : { ...hidden, ...schema } })
    // Every other method as well: the host's answer to an unknown route would log the URL.
    context.route({ ...options, method: context.supportedMethods.filter((method) => !posting.includes(method)), url, handler, schema: hidden })
  }
}

/** The prefixes that are taken, by server. */
const prefixes = new WeakMap<object, Set<string>>()

/** Fastify's own error for a second route names neither the option nor the solution. */
function takePrefix ({ server, prefix }: FastifyInstance, { routeOptions: { constraints } }: IncomingSettings): void {
  const taken = prefixes.get(server) ?? new Set()
  prefixes.set(server, taken)
  // Two workspaces may have one prefix on two hosts.
  const key = JSON.stringify([prefix, constraints])
  if (taken.has(key)) {
    throw new InvalidOptionError('incoming.prefix', `must be another one: ${prefix} is that of another registration in this server`)
  }
  taken.add(key)
}

/** Decides about a request before its body is read. */
function admit ({ admission, newCalls }: HookParts, request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void {
  const path = hookPathOf(Object(request.params))
  const { profile } = path
  const wishes = wishesOf(request.url)
  const contentType = request.headers['content-type']
  const deliveryId = deliveryIdOf(request.headers)
  hideToken(request)
  // Fastify refuses a content type that it cannot parse; here it is only a hint.
  if (contentType !== undefined) request.raw.headers['content-type'] = 'application/octet-stream'
  const isPost = posting.includes(request.method)
  if (!isPost && (request.method !== 'GET' || profile.look === undefined)) {
    reply.header('allow', posting.join(', '))
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
    request.setDecorator<Session>(session, { integration, contentType, deliveryId, profile, wishes })
    done()
  }
  const admitted = isPost ? admission.admit(calls, path, request.ip) : admission.look(calls, path, request.ip)
  // The second `then` also catches what the first one throws: the rest of the request runs in it.
  admitted.then(next).then(undefined, (error) => done(asError(error)))
}

/** From here on, hooks and loggers of the host see no token. */
function hideToken (request: FastifyRequest): void {
  const { raw, server } = request
  raw.url = hiddenUrl(request.url, server.prefix)
  if ('originalUrl' in raw) raw.originalUrl = raw.url
  request.params = hiddenParameters(Object(request.params))
}

function methodNotAllowed (method: string): Failed {
  const code = 'error-method-not-allowed'
  return { kind: 'failed', status: 405, code, error: `${method} posts nothing: send the message with POST [${code}]` }
}
