import type { TransportFailureKind } from '../ports/transport.ts'

/** The kinds that fail again when the same request is sent again. */
const final: ReadonlySet<TransportFailureKind> = new Set(['invalid-request', 'refused-address', 'too-large'])

/** What is known of a failure besides its kind and its text. */
export interface CallFailedOptions extends ErrorOptions {
  /** The code for programs. Default: that of the cause, else the kind. */
  readonly reason?: string
  /** Whether the same request may succeed later. Default: as the kind says. */
  readonly retry?: boolean
  /** The address that was refused. */
  readonly address?: string
}

/**
 * A call that came to no answer. It has no property `code`: undici takes errors
 * with some codes for its own, and would connect again without end.
 */
export class CallFailed extends Error {
  override readonly name = 'CallFailed'
  readonly kind: TransportFailureKind
  readonly reason: string
  readonly retry: boolean
  readonly address: string | undefined

  /** @param message for the history: no secret, and nothing of the URL but its host. */
  constructor (kind: TransportFailureKind, message: string, { reason, retry, address, ...options }: CallFailedOptions = {}) {
    super(message, options)
    this.kind = kind
    this.reason = reason ?? codeOf(options.cause) ?? kind
    this.retry = retry ?? !final.has(kind)
    this.address = address
  }
}

/** The code of an error of Node.js or undici. An error of several attempts has the code of the last one. */
export function codeOf (error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return error instanceof AggregateError ? codeOf(error.errors.at(-1)) : undefined
}
