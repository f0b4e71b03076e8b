import { Buffer } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { InvalidOptionError } from '../../errors/index.ts'
import type { Receiver } from '../../incoming/receive.ts'
import type { IncomingSettings } from '../../options/incoming.ts'
import { type Documentation, documented } from '../document.ts'
import { type AdmissionParts, admitRequests, askedBy, posting, sessionOf, showContentType } from './admit.ts'
import { readBytes, requirePlain } from './body.ts'
import { type HookDocument, hookDocument, profileDocument } from './document.ts'
import { failureOf } from './failure.ts'
import { hideParameters, hideUrls, urlOf } from './secrecy.ts'
import { endConnection, sendFailure, sendReply } from './send.ts'

/** The parts that the hook routes are made of. */
export interface HookParts extends AdmissionParts {
  readonly settings: IncomingSettings
  readonly receiver: Receiver
  readonly documentation: Documentation
}

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
    showContentType(request)
    // A hook of the host may have decompressed the body: then it has put another stream in the place of the request.
    if (payload === request.raw) requirePlain(request.headers['content-encoding'])
    return await readBytes(payload, request.headers['content-length'], settings)
  })
  context.setErrorHandler((error, request, reply) => {
    hideParameters(request)
    const asked = askedBy(request)
    const failed = failureOf(error)
    if (asked === undefined) return sendFailure(request, reply, failed)
    if (!request.raw.complete) endConnection(request, reply)
    return sendReply(request, reply, receiver.refuse(asked, failed), asked.integration._id)
  })
  admitRequests(context, parts)
  // Schemas only document: bodies are read by the capability.
  context.setValidatorCompiler(() => () => true)
  context.setSerializerCompiler(() => (body) => JSON.stringify(body))
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const asked = sessionOf(request)
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    // A request without a body has met no parser.
    showContentType(request)
    const sender = { headers: request.raw.headers, url: urlOf(request) }
    return sendReply(request, reply, await receiver.receive({ ...asked, body, sender }), asked.integration._id)
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
