import type { Refusal } from './refusal.ts'

/** One destination and the fate of the message there. */
export type Posted =
  | { readonly channel: string, readonly _id: string }
  /** `error` is the bare code, as in Rocket.Chat. */
  | { readonly channel: string, readonly error: string }

/** The message was not posted at a destination. */
export interface NotPosted {
  readonly channel: string
  /** The bare code. */
  readonly error: string
  /** Present when the messenger failed or was late: then it did not refuse. */
  readonly hasFailed?: true
  /** The failure, or the reason that the messenger gave for a refusal; logged, never sent. */
  readonly cause?: unknown
}

/** A message was posted, or tried to be posted, at each destination. */
export type PostedOutcome = Extract<Outcome, { kind: 'posted' | 'separate' }>

/** The end of a request to an incoming webhook, before a profile words the answer. */
export type Outcome =
  /** At least one message was posted. */
  | { readonly kind: 'posted', readonly posted: readonly Posted[], readonly text: string, readonly timestamp: string }
  /** A script wanted nothing to be posted. */
  | { readonly kind: 'nothing' }
  /** The destinations stand each for itself (`separateResponse`). */
  | { readonly kind: 'separate', readonly posted: readonly Posted[], readonly text: string, readonly timestamp: string }
  /** A script returned `response`, which the sender is answered. */
  | { readonly kind: 'script-response', readonly response: unknown, readonly posted: PostedOutcome }
  /** A script returned `error`. */
  | { readonly kind: 'script-error', readonly error: unknown }
  | Failed

/** Nothing was posted, and repeating helps only for status 429 and 503. */
export interface Failed {
  readonly kind: 'failed'
  readonly status: number
  /** The code for programs: of this package, or a word of the host's messenger. */
  readonly code: string
  /** The text for people: the whole field `error` of the default answer. */
  readonly error: string
  readonly details?: Readonly<Record<string, unknown>>
  /** Seconds after which to repeat, for status 429 and 503. */
  readonly retryAfter?: number
  /** The error that led to the failure; logged, never sent. */
  readonly cause?: unknown
  /** Whether the messenger did not answer in time: the message may still be posted. */
  readonly mayPostLater?: boolean
}

/** The outcome of a request whose body or payload makes no message. */
export function failedBy ({ code, reason, error, position }: Refusal): Failed {
  return {
    kind: 'failed',
    status: 400,
    code,
    error: `${error} [${code}]`,
    details: { reason, ...(position !== undefined && { position }) }
  }
}

/** The outcome where the id, the token or the type is wrong: the same words in all three cases. */
export function unknownHook (): Failed {
  return { kind: 'failed', status: 404, code: 'error-invalid-hook', error: 'Invalid integration id or token provided.' }
}

/** The outcome where the integration is switched off. */
export function disabledHook (): Failed {
  return { kind: 'failed', status: 503, code: 'error-integration-disabled', error: 'Service Unavailable' }
}

/** The outcome where an adapter, the store or the messenger failed, or was late. */
export function unavailable (cause: unknown): Failed {
  return {
    kind: 'failed', status: 503, code: 'error-service-unavailable', error: 'Service Unavailable', retryAfter: 5, cause
  }
}

/**
 * The outcome beyond a limit.
 *
 * @param wait the milliseconds until a request is within the limit again.
 */
export function tooManyRequests (wait: number): Failed {
  const retryAfter = Math.ceil(wait / 1000)
  return {
    kind: 'failed',
    status: 429,
    code: 'error-too-many-requests',
    error: `Too many requests. Send the next one in ${retryAfter} s [error-too-many-requests]`,
    retryAfter
  }
}

/** The outcome where an earlier request with the same delivery is not done yet. */
export function stillUnderWay (): Failed {
  return {
    kind: 'failed',
    status: 503,
    code: 'error-delivery-under-way',
    error: 'The same delivery is still under way [error-delivery-under-way]',
    retryAfter: 1
  }
}

/** The outcome where a destination, the account or the message is refused with a bare code, as in Rocket.Chat. */
export function refused (code: string, error: string = code): Failed {
  return { kind: 'failed', status: 400, code, error }
}

/** The outcome where the script of the integration did not run to its end. */
export function scriptFailed (reason: string): Failed {
  return {
    kind: 'failed',
    status: 400,
    code: 'error-running-script',
    error: 'The script of this integration could not be run [error-running-script]',
    details: { reason }
  }
}

/** The answer to a request. */
export interface Answer {
  readonly status: number
  /** Undefined when there is no body. */
  readonly contentType: string | undefined
  readonly body: string
}

/** Wishes of a sender, from the query. */
export interface Wishes {
  /** `?wait=true`, in any case: the answer tells the ids of the messages. */
  readonly wait: boolean
}

/** An answer in JSON. */
export function jsonAnswer (status: number, body: unknown): Answer {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}

/** An answer in plain text; senders compare the body byte for byte. */
export function textAnswer (status: number, body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body }
}

/** The outcome of separate destinations as if they were one: the first failure counts when all failed. */
export function asOne (outcome: Extract<Outcome, { kind: 'separate' }>): Extract<Outcome, { kind: 'posted' }> | Failed {
  if (outcome.posted.some((posted) => '_id' in posted)) return { ...outcome, kind: 'posted' }
  const error = firstError(outcome.posted)
  return { kind: 'failed', status: 400, code: error, error }
}

/** The first reason why a message was not posted. */
export function firstError (list: readonly Posted[]): string {
  for (const posted of list) if ('error' in posted) return posted.error
  return 'unknown-error'
}

/** The sentence of a script's `error`: a text, or the `error` or `message` of an object. */
export function scriptSentence (error: unknown): string {
  const candidates = typeof error === 'object' && error !== null
    ? ['error', 'message'].map((name) => (Object.hasOwn(error, name) ? Reflect.get(error, name) : undefined))
    : [error]
  const sentence: unknown = candidates.find((candidate) => typeof candidate === 'string' && candidate.trim() !== '')
  return typeof sentence === 'string' ? sentence : 'The script of this integration refused the request.'
}
