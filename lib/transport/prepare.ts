import { Buffer } from 'node:buffer'
import type { SentRequest, TransportRequest } from '../ports/transport.ts'
import { withoutDot } from './allow-list.ts'
import { CallFailed } from './failure.ts'
import { signatureHeaders } from './signatures.ts'
import { version } from './version.ts'

/** A request that can be sent. */
export interface PreparedRequest {
  readonly sent: SentRequest
  /** In lower case, without a trailing dot; an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
  readonly origin: string
  /** Path and query. */
  readonly path: string
  readonly body: Uint8Array | null
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** Headers of the connection, or of the signature. */
const ownHeaders = /^(?:host|content-length|transfer-encoding|connection|upgrade|te|trailer|keep-alive|expect|http2-settings|proxy-.*|webhook-.*)$/

const token = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/

/** A character above U+00FF would be cut to one byte, which may be a line break. */
const headerText = /^[\t\x20-\x7E\x80-\xFF]*$/

const userAgent = `fastify-chat-integrations/${version}`

/**
 * Puts together what is really sent.
 *
 * @param now in milliseconds since 1970.
 * @throws CallFailed of kind `invalid-request`.
 */
export function prepare (request: TransportRequest, now: number): PreparedRequest {
  const url = urlOf(request.url)
  const method = methodOf(request.method)
  const notes: string[] = []
  const authorization = authorizationOf(request.auth, url)
  addParams(url, request.params)
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const { data = null } = request
  if (!hasBody && data !== null) notes.push(`a ${method} has no body: data was left out`)
  const text = !hasBody || data === null ? null : textOf(data)
  const body = text === null ? null : Buffer.from(text)
  const headers: Record<string, string> = Object.assign(Object.create(null), {
    'user-agent': userAgent,
    accept: '*/*',
    ...(body !== null && { 'content-type': 'application/json' }),
    ...(authorization !== undefined && { authorization })
  })
  if (!addHeaders(headers, request.headers)) notes.push('headers of the connection and of the signature cannot be set: they were left out')
  sign(headers, request, body, now)
  const host = withoutDot(url.hostname)
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
  const origin = `${url.protocol}//${host}${url.port === '' ? '' : `:${url.port}`}`
  const path = url.pathname + url.search
  return {
    sent: { method, url: origin + path, headers, body: text, notes },
    host: host.startsWith('[') ? host.slice(1, -1) : host,
    port,
    origin,
    path,
    body
  }
}

function urlOf (text: string): URL {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw invalid('the URL cannot be read')
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('the URL must begin with http: or https:')
  if (url.port === '0') throw invalid('the port of the URL must be from 1 to 65535')
  return url
}

function methodOf (method: unknown = 'POST'): string {
  const name = typeof method === 'string' ? method.toUpperCase() : ''
  if (!methods.has(name)) throw invalid(`the method must be one of ${[...methods].join(', ')}`)
  return name
}

/** Takes the credentials out of the URL, too. */
function authorizationOf (auth: unknown, url: URL): string | undefined {
  const ofUrl = url.username === '' && url.password === '' ? undefined : `${decoded(url.username)}:${decoded(url.password)}`
  url.username = ''
  url.password = ''
  const credentials = auth ?? ofUrl
  if (credentials === undefined) return undefined
  if (typeof credentials !== 'string' || !credentials.includes(':')) throw invalid('auth must be of the form "username:password"')
  return `Basic ${Buffer.from(credentials).toString('base64')}`
}

function decoded (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function addParams (url: URL, params: unknown): void {
  if (typeof params !== 'object' || params === null) return
  const added: Array<[string, string]> = []
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && one !== undefined) added.push([name, typeof one === 'object' ? textOf(one) : String(one)])
    }
  }
  // At once: each change of the parameters of a URL writes all of them anew.
  if (added.length > 0) url.search = new URLSearchParams([...url.searchParams, ...added]).toString()
}

function textOf (data: unknown): string {
  if (typeof data === 'string') return data
  try {
    const text: unknown = JSON.stringify(data)
    if (typeof text === 'string') return text
  } catch {}
  throw invalid('the body must be a text or JSON data')
}

/** Whether all of them could be set. */
function addHeaders (headers: Record<string, string>, given: unknown): boolean {
  if (typeof given !== 'object' || given === null) return true
  let all = true
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue
    if (!token.test(name)) throw invalid('a name of a header has a character that no name may have')
    const lower = name.toLowerCase()
    if (ownHeaders.test(lower)) {
      all = false
      continue
    }
    const text = Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? undefined : String(value)
    if (text === undefined || !headerText.test(text)) throw invalid(`the header ${lower} has a value that no header may have`)
    headers[lower] = text
  }
  return all
}

function sign (headers: Record<string, string>, { signature }: TransportRequest, body: Uint8Array | null, now: number): void {
  if (signature === undefined) return
  if (!token.test(signature.id)) throw invalid('the webhook-id of the delivery cannot be sent')
  try {
    Object.assign(headers, signatureHeaders(signature, body ?? new Uint8Array(), Math.floor(now / 1000)))
  } catch (cause) {
    throw invalid('the secret of the integration is empty', { cause })
  }
}

function invalid (message: string, options?: ErrorOptions): CallFailed {
  return new CallFailed('invalid-request', message, { reason: 'invalid-request', ...options })
}
