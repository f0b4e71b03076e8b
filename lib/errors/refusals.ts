import type { ConsoleLine } from '../../schemas/history.ts'
import type { ScriptFailure } from '../ports/sandbox.ts'
import { CodedError } from './coded-error.ts'

/**
 * A host's messenger refuses a message. The sender reads the code: a word of
 * Rocket.Chat (`error-not-allowed`, `error-message-size-exceeded`,
 * `room_is_blocked`, `You_have_been_muted`), or any other word.
 */
export class PostRefusedError extends CodedError {
  readonly code = 'FCI_ERR_POST_REFUSED'
  /** The code that the sender reads. Never blank. */
  readonly refusal: string

  /**
   * @param code the code that the sender reads; a blank one becomes `unknown-error`.
   * @param options `cause`: the error that led to the refusal; logged, never sent.
   */
  constructor (code: string, options?: ErrorOptions) {
    // A host in plain JavaScript may forget the code; a sender must never read "undefined".
    const refusal = typeof code === 'string' && code.trim() !== '' ? code : 'unknown-error'
    super(`the message was refused: ${refusal}`, options)
    this.refusal = refusal
  }
}

/** An error of a script. */
export interface ScriptThrown {
  readonly name: string
  readonly message: string
  readonly stack?: string
}

/** The facts of a failure besides its reason. */
export interface ScriptFailedOptions extends ErrorOptions {
  /** The error that the script threw, or why it does not compile. Holds no line of the script's source. */
  readonly thrown?: ScriptThrown
  /** The lines that the script wrote before the failure. */
  readonly console?: readonly ConsoleLine[]
}

/** A sandbox could not run a script to its end. */
export class ScriptFailedError extends CodedError {
  readonly code = 'FCI_ERR_SCRIPT_FAILED'
  readonly reason: ScriptFailure
  /** The error that the script threw, or why it does not compile. */
  readonly thrown: ScriptThrown | undefined
  /** The lines that the script wrote before the failure. */
  readonly console: readonly ConsoleLine[]

  /** @param reason why the script failed. */
  constructor (reason: ScriptFailure, { thrown, console = [], ...options }: ScriptFailedOptions = {}) {
    super(`the script failed: ${reason}`, options)
    this.reason = reason
    this.thrown = thrown
    this.console = console
  }
}

/** The facts of a failed execution besides its code. */
export interface ExecutionFailedOptions extends ErrorOptions {
  readonly statusCode: number
  /** The text that a sender would read. */
  readonly message?: string
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** `fastify.integrations.execute` posted nothing. */
export class ExecutionFailedError extends CodedError {
  readonly code = 'FCI_ERR_EXECUTION_FAILED'
  /** The code of the failure, as a sender of a hook would meet it: `error-no-message`, or a word of the messenger. */
  readonly refusal: string
  /** The HTTP status that a sender would be answered. With 429 and 503, trying again later helps. */
  readonly statusCode: number
  /** More facts, for programs. */
  readonly details: Readonly<Record<string, unknown>> | undefined

  /** @param refusal the code of the failure. */
  constructor (refusal: string, { statusCode, message = `nothing was posted: ${refusal}`, details, ...options }: ExecutionFailedOptions) {
    super(message, options)
    this.refusal = refusal
    this.statusCode = statusCode
    this.details = details
  }
}
