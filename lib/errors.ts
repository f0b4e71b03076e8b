import createError from '@fastify/error'
import { type InvalidField } from '../schemas/index.ts'

/** How a failure is told: most with their code behind the reason, as Rocket.Chat does. */
interface Failure {
  readonly status: number
  readonly reason: string
  /**
   * - absent: `error` is "reason [code]", `errorType` is the code
   * - `sentence`: `error` is the reason, `errorType` is the code
   * - `plain`: `error` is the reason and there is no `errorType`
   */
  readonly form?: 'sentence' | 'plain'
}

/**
 * Every failure that a client can meet: its HTTP status and its reason. Codes
 * and reasons that Rocket.Chat has are written as Rocket.Chat writes them.
 */
export const failures = {
  'error-unauthenticated': { status: 401, reason: 'You must be logged in to do this.', form: 'plain' },
  'error-unauthorized': {
    status: 403,
    reason: 'User does not have the permissions required for this action [error-unauthorized]',
    form: 'plain'
  },
  'invalid-params': { status: 400, reason: 'The request does not fit its schema', form: 'sentence' },
  'error-invalid-integration-type': { status: 400, reason: 'Invalid integration type.', form: 'plain' },
  'error-integration-not-found': { status: 400, reason: 'No integration found.', form: 'plain' },
  'error-integration-does-not-exist': { status: 400, reason: 'The integration does not exists.', form: 'plain' },
  'not-authorized': { status: 400, reason: 'not-authorized', form: 'plain' },
  'error-integration-changed': { status: 409, reason: 'The integration has been changed since it was read' },
  'error-idempotency-key-in-use': { status: 409, reason: 'A request with this Idempotency-Key is still under way' },
  'error-idempotency-key-reused': { status: 422, reason: 'This Idempotency-Key was sent with another body' },
  'error-invalid-sort': { status: 400, reason: 'Invalid sort parameter provided' },
  'error-body-too-large': { status: 413, reason: 'The body is larger than this server accepts' },
  'error-unsupported-media-type': {
    status: 415,
    reason: 'Send the body as JSON, with the header Content-Type: application/json'
  },
  not_authorized: { status: 400, reason: 'Unauthorized' },
  'error-invalid-channel': { status: 400, reason: 'Invalid channel' },
  'error-invalid-channel-start-with-chars': { status: 400, reason: 'Invalid channel. Start with @ or #' },
  'error-invalid-room': { status: 400, reason: 'Invalid room' },
  'error-invalid-event-type': { status: 400, reason: 'Invalid event type' },
  'error-invalid-permissions': { status: 400, reason: 'Invalid permission for required Integration creation.' },
  'error-invalid-urls': { status: 400, reason: 'Invalid urls' },
  'error-invalid-targetRoom': { status: 400, reason: 'Invalid Target Room' },
  'error-invalid-username': { status: 400, reason: 'Invalid username' },
  'error-invalid-user': { status: 400, reason: 'Invalid user' },
  'error-user-lacks-message-impersonate-permission': {
    status: 400,
    reason: 'The user to post as lacks the permission message-impersonate'
  },
  'error-scripts-disabled': { status: 400, reason: 'Scripts are disabled on this server' },
  'error-service-unavailable': { status: 503, reason: 'Service Unavailable', form: 'sentence' },
  'error-internal': { status: 500, reason: 'Internal server error', form: 'sentence' }
} as const satisfies Record<string, Failure>

/** The code of a failure that a client can meet. */
export type FailureCode = keyof typeof failures

/** What a failure tells a program besides its code. */
export interface FailureDetails {
  /** The field of the body at fault. */
  readonly field?: string
  /** The channel at fault, as it was sent. */
  readonly channel?: string
  /** The username at fault, as it was sent. */
  readonly username?: string
  /** The event at fault, as it was sent. */
  readonly event?: string
  /** The limit that was exceeded. */
  readonly limit?: number
  /** The permission that is missing. */
  readonly permission?: string
  /** Permissions of which one would do. */
  readonly permissions?: readonly string[]
  /** Everything that is wrong with the body, at most 20 entries. */
  readonly errors?: readonly InvalidField[]
}

/** What can be said about a failure when it is thrown. */
export interface FailureOptions {
  readonly details?: FailureDetails
  /** Replaces the reason of the table. */
  readonly reason?: string
  /** What led to it; logged, never sent. */
  readonly cause?: unknown
}

/**
 * A request that was refused or failed. HTTP answers and the methods of
 * `fastify.integrations` fail with the same errors.
 */
export class IntegrationError extends Error {
  override readonly name = 'IntegrationError'
  /** The code of the failure; a client reads it as `errorType`. */
  readonly code: FailureCode
  /** The HTTP status it is answered with. */
  readonly statusCode: number
  /** The reason without the code. */
  readonly reason: string
  /** What a program can read about the failure. */
  readonly details: FailureDetails | undefined

  constructor (code: FailureCode, { details, reason = failures[code].reason, cause }: FailureOptions = {}) {
    super(messageOf(code, reason), cause === undefined ? undefined : { cause })
    this.code = code
    this.statusCode = failures[code].status
    this.reason = reason
    this.details = details
  }
}

/** How a failure is told. */
export function formOf (code: FailureCode): Failure['form'] {
  const failure: Failure = failures[code]
  return failure.form
}

function messageOf (code: FailureCode, reason: string): string {
  return formOf(code) === undefined ? `${reason} [${code}]` : reason
}

/**
 * A body or a query that does not fit its schema.
 *
 * @param errors what is wrong with which field.
 * @param sentence what the message says; by default the first error with its path.
 */
export function invalidParams (
  errors: readonly InvalidField[], sentence: string = errors.slice(0, 1).map(asSentence).join()
): IntegrationError {
  return new IntegrationError('invalid-params', { reason: sentence, details: { errors } })
}

function asSentence ({ path, message }: InvalidField): string {
  return `${path} ${message}`.trimStart()
}

/** An option is missing or wrong: registration fails. Arguments: the option, what it must be. */
export const InvalidOptionError = createError<[option: string, must: string]>(
  'FCI_ERR_INVALID_OPTION',
  "fastify-chat-integrations: option '%s' %s"
)

/** A host adapter threw; the cause is what it threw. Argument: the adapter. */
export const AdapterFailedError = createError<[adapter: string, options: { cause: unknown }]>(
  'FCI_ERR_ADAPTER_FAILED',
  '%s failed'
)

/** A host adapter did not answer within `adapterTimeout`. Argument: the adapter. */
export const AdapterTimeoutError = createError<[adapter: string]>(
  'FCI_ERR_ADAPTER_TIMEOUT',
  '%s did not answer within adapterTimeout'
)

/** A host adapter answered something else than its interface says. Arguments: the adapter, what it must answer. */
export const AdapterAnswerError = createError<[adapter: string, must: string]>(
  'FCI_ERR_ADAPTER_ANSWER',
  '%s must answer %s'
)

/** The connection of a store is closed or did not come up in time. Argument: why. */
export const StoreUnavailableError = createError<[why: string]>(
  'FCI_ERR_STORE_UNAVAILABLE',
  'the store is not available: %s'
)

/**
 * A change was carried out, but a failover may lose it: replicas did not
 * confirm it. Argument: how many did, or why that is not known.
 */
export const ChangeUnconfirmedError = createError<[how: string]>(
  'FCI_ERR_CHANGE_UNCONFIRMED',
  'the change was carried out, but a failover may lose it: %s'
)

/** An identifier is in use already. Argument: the `_id`. */
export const IdTakenError = createError<[id: string]>(
  'FCI_ERR_ID_TAKEN',
  "an integration with the _id '%s' exists already"
)

/** A stored record cannot be read. Arguments: the `_id`, what is wrong with it. */
export const RecordDamagedError = createError<[id: string, what: string]>(
  'FCI_ERR_RECORD_DAMAGED',
  "the record of integration '%s' is damaged: %s"
)

/** A stored record was written by a later version of this package. Arguments: the `_id`, its format. */
export const RecordTooNewError = createError<[id: string, format: string]>(
  'FCI_ERR_RECORD_TOO_NEW',
  "the record of integration '%s' was written by a newer version (format %s)"
)

/**
 * An encrypted part of a stored record cannot be read: its key is unknown, or
 * it is not what was written there. Arguments: the `_id`, which of it.
 */
export const RecordNotDecryptedError = createError<[id: string, why: string]>(
  'FCI_ERR_RECORD_NOT_DECRYPTED',
  "the record of integration '%s' cannot be decrypted: %s"
)
