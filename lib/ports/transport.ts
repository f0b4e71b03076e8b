import type { HttpError } from '../../schemas/history.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'

/** How a request is signed. */
export interface TransportSignature {
  /** The `webhook-id` of the delivery, the same in every attempt. */
  readonly id: string
  /**
   * The secrets of the integration, the newest one first. While a renewed
   * secret is young, the earlier one follows. Empty: the request names its delivery and is not signed.
   */
  readonly secrets: readonly string[]
}

/**
 * One request to a receiver. A script may have chosen the fields of type
 * `unknown`: the transport checks them.
 */
export interface TransportRequest {
  /** An http or https URL. Its user name and password become an `Authorization` header. */
  readonly url: string
  /** GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in any case. Default: POST. */
  readonly method?: unknown
  /** An object of texts, numbers or booleans by name. Headers of the connection and of the signature are left out. */
  readonly headers?: unknown
  /** The body: a text as it is, anything else as JSON; null or absent: none. GET and HEAD have no body. */
  readonly data?: unknown
  /** `user:password` for an `Authorization` header. */
  readonly auth?: unknown
  /** An object of values that are added to the query of the URL. */
  readonly params?: unknown
  /** Milliseconds for the whole call. At most the time of the transport. */
  readonly timeout?: unknown
  readonly signature?: TransportSignature
  /** Whether the entries of `outgoing.allow` apply to this request. */
  readonly mayUseAllowed: boolean
}

/** The request as it was sent. */
export interface SentRequest {
  readonly method: string
  /** Without user name and password. */
  readonly url: string
  /** By lower-case name, signatures included. */
  readonly headers: Readonly<Record<string, string>>
  /** The body; null when there is none. */
  readonly body: string | null
  /** Parts of the request that were left out, and the reasons; none repeats a value. */
  readonly notes: readonly string[]
}

/** The common part of every outcome. */
interface TransportDone {
  /** The request; absent when it could not be put together. */
  readonly sent?: SentRequest
  /** Milliseconds from the call to the outcome. */
  readonly duration: number
}

/** A receiver answered, with any status. */
export interface TransportAnswer extends TransportDone {
  readonly kind: 'answer'
  readonly sent: SentRequest
  /** The HTTP status, from 200. */
  readonly status: number
  /** By lower-case name. A header that came more than once has an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body, decompressed. */
  readonly body: Uint8Array
  /** The body in the charset that its content type names, else in UTF-8. */
  readonly text: string
  /** `Retry-After` in milliseconds, from 0 to 24 hours; absent when there is none that can be read. */
  readonly retryAfter?: number
  /** Milliseconds from the call to the headers of the answer. */
  readonly firstByte: number
}

/**
 * Why a receiver was not reached, or gave no answer.
 *
 * | kind | meaning | may be tried again |
 * |---|---|---|
 * | `invalid-request` | the URL, or what a script chose, cannot be sent | no |
 * | `refused-address` | the address is not public and no option opens it | no |
 * | `dns` | the name has no address, or no name server answered | yes |
 * | `connect` | no connection came about | yes |
 * | `tls` | the certificate is not trusted, or TLS failed | yes |
 * | `timeout` | the whole call took too long | yes |
 * | `too-large` | headers or body of the answer are larger than allowed | no |
 * | `protocol` | the connection broke, or the answer is no HTTP/1.1 | yes, but not for a body that cannot be decompressed |
 * | `aborted` | the caller no longer waits, or the transport is closed | yes |
 */
export type TransportFailureKind =
  | 'invalid-request' | 'refused-address' | 'dns' | 'connect' | 'tls' | 'timeout' | 'too-large' | 'protocol' | 'aborted'

/** No complete answer came. */
export interface TransportFailure extends TransportDone {
  readonly kind: TransportFailureKind
  /** For the history. Holds no secret, and nothing of the URL but its host. */
  readonly error: HttpError
  /** Whether the same request may succeed later. */
  readonly retry: boolean
  /** The status, when the headers of the answer had arrived: with 2xx the receiver has accepted the delivery. */
  readonly status?: number
  /** The address that was refused. For the log only: an address tells of the inner network. */
  readonly address?: string
}

/** The outcome of a request. */
export type TransportOutcome = TransportAnswer | TransportFailure

/** A request that could be sent. */
export interface UnsentRequest {
  readonly kind: 'unsent'
  readonly sent: SentRequest
}

/** Says whether a request could be sent, and sends nothing. */
export interface RequestCheck {
  /** Puts the request together, and looks up the address of its host. Never rejects. */
  check (request: TransportRequest, call?: Pick<PortCall, 'signal'>): Promise<UnsentRequest | TransportFailure>
}

/** Calls receivers. Never follows a redirect, and never uses a proxy of the environment. */
export interface Transport {
  /** Sends one request. Never rejects. */
  send (request: TransportRequest, call?: Pick<PortCall, 'signal'>): Promise<TransportOutcome>
  /**
   * Refuses further requests, waits for those under way until the signal is
   * aborted, and closes all connections.
   */
  close (call: PortCall): Awaitable<void>
}
