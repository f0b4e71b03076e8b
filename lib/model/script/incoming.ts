import type { User } from '../../ports/auth.ts'
import { field, isPayload } from '../message/payload.ts'

/** A call of an incoming webhook, as far as its script may see it. */
export interface IncomingCall {
  /** The payload, another JSON value, or the text; undefined for an empty body. */
  readonly content: unknown
  /** The body as text. */
  readonly contentRaw: string
  /** The fields of a form; empty for any other body. */
  readonly form: Readonly<Record<string, string>>
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Path and query of the request, as they came. */
  readonly url: string
  readonly integrationId: string
  /** The token of the request. The script does not see the token. */
  readonly token: string
  /** The user that posts. */
  readonly user: User & { readonly name?: string }
}

/** The only argument of `process_incoming_request`. JSON data. */
export interface IncomingArgument {
  readonly request: Readonly<Record<string, unknown>>
}

/** The headers that tell who the sender is. */
const withheld: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization'])

/** Stands in the place of the token. */
const mask = '***'

/** Makes the argument of `process_incoming_request`, as Rocket.Chat makes it, without credentials. */
export function incomingArgument (call: IncomingCall): IncomingArgument {
  const { content, contentRaw, form, headers, integrationId, user } = call
  const url = withoutToken(call.url, call.token)
  const { pathname, search } = partsOf(url)
  return {
    request: {
      ...(content !== undefined && { content }),
      content_raw: contentRaw,
      headers: headersOf(headers, call.token),
      body: form,
      url: { hash: '', search, query: queryOf(search), pathname, path: url },
      url_raw: url,
      url_params: { integrationId, token: mask },
      user: { _id: user._id, name: user.name ?? user.username, username: user.username }
    }
  }
}

/** Some proxies repeat the URL of a request in a header. */
function headersOf (headers: IncomingCall['headers'], token: string): IncomingCall['headers'] {
  const hide = (value: string): string => (token === '' ? value : value.replaceAll(token, () => mask))
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined || withheld.has(name)) return []
    return [[name, typeof value === 'string' ? hide(value) : value.map(hide)]]
  }))
}

function partsOf (url: string): { readonly pathname: string, readonly search: string } {
  const at = url.indexOf('?')
  return at < 0 ? { pathname: url, search: '' } : { pathname: url.slice(0, at), search: url.slice(at) }
}

/** A token may be percent-encoded in the path. */
function withoutToken (url: string, token: string): string {
  if (token === '') return url
  const { pathname, search } = partsOf(url)
  return pathname.split('/').map((part) => (decoded(part) === token ? mask : part)).join('/') + search.replaceAll(token, () => mask)
}

function decoded (part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** A name that comes more than once has an array. */
function queryOf (search: string): Record<string, string | string[]> {
  const query = new Map<string, string | string[]>()
  for (const [name, value] of new URLSearchParams(search)) {
    const earlier = query.get(name)
    if (earlier === undefined) query.set(name, value)
    else if (typeof earlier === 'string') query.set(name, [earlier, value])
    else earlier.push(value)
  }
  return Object.fromEntries(query)
}

/** The wish of the script of an incoming webhook. */
export type IncomingWish =
  /** A message is made of `content`. A `response` is merged into the answer to the sender. */
  | { readonly kind: 'content', readonly content: unknown, readonly response?: unknown, readonly notes: readonly string[] }
  /** The sender is refused. An object is merged into the answer. */
  | { readonly kind: 'error', readonly error: unknown }
  /** Nothing is posted, and the sender is answered 200. */
  | { readonly kind: 'nothing' }
  /** The result means nothing. */
  | { readonly kind: 'wrong' }

/** Reads the result of `process_incoming_request`. */
export function incomingWish (result: unknown): IncomingWish {
  // `false && …` gives other values than false.
  if (!result || result === true) return { kind: 'nothing' }
  if (!isPayload(result)) return { kind: 'wrong' }
  if (Object.keys(result).length === 0) return { kind: 'nothing' }
  const [content, error, response, user] = ['content', 'error', 'response', 'user'].map((name) => field(result, name))
  if (error) return { kind: 'error', error }
  if (content === undefined || content === null) return { kind: 'wrong' }
  const notes = user === undefined ? [] : ['the script returned user: it was left out, because a script does not choose the account that posts']
  return { kind: 'content', content, ...(response !== undefined && { response }), notes }
}
