import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hiddenParameters, hiddenUrl } from './path.ts'
import { hookSerializers } from './serializers.ts'

/** The URLs that requests came with, by request of Node.js. */
const urls = new WeakMap<object, string>()

/** The URL that a request came with. */
export function urlOf ({ raw }: FastifyRequest): string {
  return urls.get(raw) ?? ''
}

/**
 * Hides the tokens in URLs from loggers, and from hooks of the host. The logger
 * of a request is made before everything else: also hooks that the host added
 * before the plugin, and the line "incoming request", see no token in a URL.
 */
export function hideUrls (context: FastifyInstance): void {
  const { childLoggerFactory: outer, prefix } = context
  const serializers = hookSerializers()
  context.setChildLoggerFactory((logger, bindings, options, raw) => {
    hideUrl(raw, prefix)
    // The serializers of the host are in a chain of prototypes.
    return outer.call(context, logger, bindings, { ...options, serializers: Object.assign(Object.create(options.serializers ?? null), serializers) }, raw)
  })
}

function hideUrl (raw: FastifyRequest['raw'], prefix: string): void {
  const { url = '', rawHeaders } = raw
  urls.set(raw, url)
  // In HTTP/2, the header :path changes with the URL, and the raw headers do not.
  raw.url = hiddenUrl(url, prefix)
  const at = rawHeaders.indexOf(url)
  if (at !== -1) rawHeaders[at] = raw.url
  // Set by the option rewriteUrl of Fastify, and by others.
  if ('originalUrl' in raw) raw.originalUrl = raw.url
}

/** Hides the token in the parameters of a request. From here on, hooks of the host see none. */
export function hideParameters (request: FastifyRequest): void {
  request.params = hiddenParameters(Object(request.params))
}
