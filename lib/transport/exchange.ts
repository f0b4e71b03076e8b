import type { Buffer } from 'node:buffer'
import type { Dispatcher } from 'undici'
import { areTiny, BodyBuffer, tooLarge, tooManyPieces } from './content.ts'
import { CallFailed, codeOf } from './failure.ts'

/** Most bytes of the headers of an answer. */
export const maxHeaderBytes = 16 * 1024

/** Headers as undici reads them: by lower-case name. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

/** What came back. */
export interface Received {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: Buffer
}

/** How far an exchange came. */
export type Phase = 'connecting' | 'waiting' | 'reading'

/** One request on a connection, and its answer. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #limit: number
  readonly #ended: (outcome: Received | CallFailed) => void
  readonly #body = new BodyBuffer()
  #over = false
  /** Whether the connection had served another request before. */
  reused = false
  phase: Phase = 'connecting'
  /** The time of performance.now() at which the headers came. */
  headersAt = 0
  status: number | undefined
  #headers: AnswerHeaders = {}

  /**
   * @param limit most bytes of the body as it travels.
   * @param ended called once, unless the exchange is given up.
   */
  constructor (limit: number, ended: (outcome: Received | CallFailed) => void) {
    this.#limit = limit
    this.#ended = ended
  }

  /** Whether nothing more is expected of this exchange. */
  get over (): boolean {
    return this.#over
  }

  /** Whether no part of an answer has come. */
  get untouched (): boolean {
    return this.phase !== 'reading'
  }

  /** The caller no longer waits. */
  giveUp (): void {
    this.#over = true
  }

  /** Something else than an answer ended the exchange. */
  fail (error: unknown): void {
    this.#end(classified(error))
  }

  /** @internal */
  onRequestStart (controller: Dispatcher.DispatchController): void {
    if (this.#over) controller.abort(new Error('given up'))
    else this.phase = 'waiting'
  }

  /** @internal */
  onResponseStart (_controller: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // 103 and its like stand before the answer.
    if (status < 200 || this.#over) return
    this.phase = 'reading'
    this.headersAt = performance.now()
    this.status = status
    this.#headers = headers
    if (Number(headers['content-length']) > this.#limit) this.#end(tooLarge(this.#limit))
  }

  /** @internal */
  onResponseData (_controller: Dispatcher.DispatchController, piece: Buffer): void {
    if (this.#over) return
    const body = this.#body
    if (body.length + piece.length > this.#limit) this.#end(tooLarge(this.#limit))
    else if (areTiny(body.pieces, body.length)) this.#end(tooManyPieces())
    else body.add(piece)
  }

  /** @internal */
  onResponseEnd (): void {
    if (this.status !== undefined) this.#end({ status: this.status, headers: this.#headers, body: this.#body.bytes() })
  }

  /** @internal */
  onResponseError (_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(classified(error))
  }

  #end (outcome: Received | CallFailed): void {
    if (this.#over) return
    this.#over = true
    this.#ended(outcome)
  }
}

/** Whether the other side had closed the connection. */
export function isClosed ({ reason }: CallFailed): boolean {
  return reason === 'UND_ERR_SOCKET' || reason === 'ECONNRESET' || reason === 'EPIPE'
}

function classified (error: unknown): CallFailed {
  if (error instanceof CallFailed) return error
  const code = codeOf(error) ?? ''
  const options = { cause: error }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new CallFailed('too-large', `the headers of the answer are larger than ${maxHeaderBytes} bytes`, options)
  }
  if (code.startsWith('HPE_')) return new CallFailed('protocol', `the answer is no HTTP/1.1 (${code})`, options)
  if (code.startsWith('ERR_SSL_')) return new CallFailed('tls', `the secure connection failed (${code})`, options)
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return new CallFailed('invalid-request', 'the request cannot be sent over HTTP', options)
  }
  return new CallFailed('protocol', 'the connection was closed before the answer was complete', options)
}
