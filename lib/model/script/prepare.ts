import { field, isPayload } from '../message/payload.ts'

/** A delivery that is to be sent. */
export interface PlannedRequest {
  readonly url: string
  /** The payload, with the integration's token. */
  readonly data: Readonly<Record<string, unknown>>
}

/** The request of a delivery as a script has it: every field that the script put there. */
export type ScriptRequest = Readonly<Record<string, unknown>>

/** The only argument of `prepare_outgoing_request`. JSON data. */
export interface PrepareArgument {
  readonly request: ScriptRequest
}

/** Makes the argument of `prepare_outgoing_request`, as Rocket.Chat makes it. */
export function prepareArgument ({ url, data }: PlannedRequest): PrepareArgument {
  return { request: { params: {}, method: 'POST', url, data, headers: {} } }
}

/** The parts of a request that a script chooses. The transport checks them. */
export interface ChosenRequest {
  readonly url: string
  readonly method: string
  readonly headers?: unknown
  readonly data?: unknown
  readonly auth?: unknown
  readonly params?: unknown
  readonly timeout?: unknown
}

/** The wish of a script before a delivery is sent. */
export type PrepareWish = SendWish | EndWish

interface CommonWish {
  /** A message to be posted first is made of this; absent when there is none. */
  readonly message?: unknown
  /** The result itself, which `process_outgoing_response` gets as `request`. */
  readonly request: ScriptRequest
}

/** A request is to be sent. */
interface SendWish extends CommonWish {
  readonly send: ChosenRequest
  readonly step: 'before-http-call'
}

/** The delivery ends, successfully. */
interface EndWish extends CommonWish {
  readonly send?: never
  readonly step: 'after-prepare-no-opts' | 'after-prepare-no-url_or_method' | 'after-prepare-send-message'
}

const chosen = ['headers', 'data', 'auth', 'params', 'timeout'] as const

/** Reads the result of `prepare_outgoing_request`. */
export function prepareWish (result: unknown): PrepareWish {
  const request: ScriptRequest = isPayload(result) ? { ...result } : {}
  const [url, method, message] = ['url', 'method', 'message'].map((name) => field(request, name))
  const asked = message ? { message } : {}
  if (isText(url) && isText(method)) {
    const others = Object.fromEntries(chosen.map((name) => [name, field(request, name)]).filter(([, value]) => value !== undefined && value !== null))
    return { ...asked, send: { url, method, ...others }, step: 'before-http-call', request }
  }
  if (message) return { ...asked, step: 'after-prepare-send-message', request }
  return { step: url || method ? 'after-prepare-no-url_or_method' : 'after-prepare-no-opts', request }
}

function isText (value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}
