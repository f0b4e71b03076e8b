import type { InvalidField } from '../../schemas/index.ts'
import { CodedError } from './coded-error.ts'

/** The form of a failure in an answer. Most have the code behind the reason, as in Rocket.Chat. */
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
  'error-too-many-integrations': { status: 400, reason: 'You have as many integrations of this type as one user may have' },
  'error-list-too-large': { status: 400, reason: 'The integrations are larger than one answer may be' },
  'error-invalid-sort': { status: 400, reason: 'Invalid sort parameter provided' },
  'error-method-not-allowed': { status: 405, reason: 'Send the request with POST' },
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
  'error-invalid-integration': { status: 400, reason: 'Invalid integration' },
  'error-invalid-integration-history': { status: 400, reason: 'Invalid Integration History' },
  'integration-type-must-be-outgoing': { status: 400, reason: 'The integration type to replay must be an outgoing webhook.' },
  'history-data-must-be-defined': { status: 400, reason: 'The history data must be defined to replay an integration.' },
  'error-incoming-disabled': { status: 400, reason: "This server has no hooks: they need its option 'messenger'" },
  'error-outgoing-disabled': { status: 400, reason: "This server calls no receivers: its option 'outgoing' is false" },
  'error-scripts-disabled': { status: 400, reason: 'Scripts are disabled on this server' },
  'error-service-unavailable': { status: 503, reason: 'Service Unavailable', form: 'sentence' },
  'error-internal': { status: 500, reason: 'Internal server error', form: 'sentence' }
} as const satisfies Record<string, Failure>

/** The code of a failure that a client can meet. */
export type FailureCode = keyof typeof failures

/** The facts of a failure for programs, besides the code. */
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
  /** How many integrations of a list fit in one answer. */
  readonly fits?: number
  /** The permission that is missing. */
  readonly permission?: string
  /** Permissions of which one would be enough. */
  readonly permissions?: readonly string[]
  /** The mistakes in the body, at most 20. */
  readonly errors?: readonly InvalidField[]
}

/** The parts of a failure that are known when the failure is thrown. */
export interface FailureOptions {
  readonly details?: FailureDetails
  /** Replaces the reason of the table. */
  readonly reason?: string
  /** The error that led to the failure; logged, never sent. */
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
  /** The HTTP status of the answer. */
  readonly statusCode: number
  /** The reason without the code. */
  readonly reason: string
  /** The facts of the failure for programs. */
  readonly details: FailureDetails | undefined

  constructor (code: FailureCode, { details, reason = failures[code].reason, cause }: FailureOptions = {}) {
    super(messageOf(code, reason), cause === undefined ? undefined : { cause })
    this.code = code
    this.statusCode = failures[code].status
    this.reason = reason
    this.details = details
  }
}

/** The form of the failure with this code. */
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
 * @param errors the mistakes, each with the path of the field.
 * @param sentence the text of the message; by default the first error with its path.
 */
export function invalidParams (
  errors: readonly InvalidField[], sentence: string = errors.slice(0, 1).map(asSentence).join()
): IntegrationError {
  return new IntegrationError('invalid-params', { reason: sentence, details: { errors } })
}

function asSentence ({ path, message }: InvalidField): string {
  return `${path} ${message}`.trimStart()
}

/** An option is missing or wrong: registration, or the constructor that was given the option, fails. */
export class InvalidOptionError extends CodedError {
  readonly code = 'FCI_ERR_INVALID_OPTION'

  /**
   * @param option the name of the option.
   * @param must what the option must be.
   */
  constructor (option: string, must: string) {
    super(`fastify-chat-integrations: option '${option}' ${must}`)
  }
}

/** The plugin is registered twice in one context: registration fails. */
export class AlreadyRegisteredError extends CodedError {
  readonly code = 'FCI_ERR_ALREADY_REGISTERED'

  constructor () {
    super('fastify-chat-integrations: the plugin is registered in this context already. Give each workspace a context and ' +
      "a prefix of its own: app.register(async (context) => { await context.register(chatIntegrations, options) }, { prefix: '/one' })")
  }
}

/** A host adapter threw an error. The cause is the error of the adapter. */
export class AdapterFailedError extends CodedError {
  readonly code = 'FCI_ERR_ADAPTER_FAILED'

  /**
   * @param adapter the adapter, and the method if there are several.
   * @param options `cause`: the error that the adapter threw.
   */
  constructor (adapter: string, options?: ErrorOptions) {
    super(`${adapter} failed`, options)
  }
}

/** A host adapter did not answer in time. */
export class AdapterTimeoutError extends CodedError {
  readonly code = 'FCI_ERR_ADAPTER_TIMEOUT'

  /**
   * @param adapter the adapter, and the method if there are several.
   * @param option the option that sets the time.
   */
  constructor (adapter: string, option: string) {
    super(`${adapter} did not answer within ${option}`)
  }
}

/** The answer of a host adapter does not fit its interface. */
export class AdapterAnswerError extends CodedError {
  readonly code = 'FCI_ERR_ADAPTER_ANSWER'

  /**
   * @param adapter the adapter, and the method if there are several.
   * @param must the answer that is expected, and the kind of the answer that came.
   */
  constructor (adapter: string, must: string) {
    super(`${adapter} must answer ${must}`)
  }
}

/** The connection of a store is closed or did not come up in time. */
export class StoreUnavailableError extends CodedError {
  readonly code = 'FCI_ERR_STORE_UNAVAILABLE'

  /** @param why why the store is not available. */
  constructor (why: string) {
    super(`the store is not available: ${why}`)
  }
}

/** A queue cannot keep jobs now: it is full or closed, or its database is away. */
export class QueueUnavailableError extends CodedError {
  readonly code = 'FCI_ERR_QUEUE_UNAVAILABLE'

  /** @param why why the queue is not available. */
  constructor (why: string) {
    super(`the queue is not available: ${why}`)
  }
}

/** A change was carried out, but a failover may lose it: replicas did not confirm it. */
export class ChangeUnconfirmedError extends CodedError {
  readonly code = 'FCI_ERR_CHANGE_UNCONFIRMED'

  /** @param how how many replicas confirmed the change, or why that is not known. */
  constructor (how: string) {
    super(`the change was carried out, but a failover may lose it: ${how}`)
  }
}

/** An identifier is in use already. */
export class IdTakenError extends CodedError {
  readonly code = 'FCI_ERR_ID_TAKEN'

  /** @param id the `_id`. */
  constructor (id: string) {
    super(`an integration with the _id '${id}' exists already`)
  }
}

/** A stored record cannot be read. */
export class RecordDamagedError extends CodedError {
  readonly code = 'FCI_ERR_RECORD_DAMAGED'

  /**
   * @param id the `_id` of the record.
   * @param what the fault of the record.
   */
  constructor (id: string, what: string) {
    super(`the record of integration '${id}' is damaged: ${what}`)
  }
}

/** A stored record was written by a later version of this package. */
export class RecordTooNewError extends CodedError {
  readonly code = 'FCI_ERR_RECORD_TOO_NEW'

  /**
   * @param id the `_id` of the record.
   * @param format the format of the record.
   */
  constructor (id: string, format: string) {
    super(`the record of integration '${id}' was written by a newer version (format ${format})`)
  }
}

/**
 * An encrypted part of a stored record cannot be read: its key is unknown, or
 * the part is not what was written there.
 */
export class RecordNotDecryptedError extends CodedError {
  readonly code = 'FCI_ERR_RECORD_NOT_DECRYPTED'

  /**
   * @param id the `_id` of the record.
   * @param why which part of the record, and why.
   */
  constructor (id: string, why: string) {
    super(`the record of integration '${id}' cannot be decrypted: ${why}`)
  }
}
