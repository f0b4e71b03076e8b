import type { Connection, Connections } from './connections.ts'
import { decoded, textOf } from './content.ts'
import { Exchange, isClosed, type Phase, type Received } from './exchange.ts'
import { CallFailed } from './failure.ts'
import type { PreparedRequest } from './prepare.ts'
import { retryAfter } from './retry-after.ts'
import type { TransportAnswer } from '../ports/transport.ts'

/** The answer of a receiver, read. */
type Answer = Pick<TransportAnswer, 'status' | 'headers' | 'body' | 'text' | 'retryAfter'>

/** The bounds of a call, and the connections that it uses. */
export interface CallOptions {
  readonly mayUseAllowed: boolean
  /** Milliseconds. */
  readonly timeout: number
  readonly maxBodyBytes: number
  readonly connections: Connections
}

const during: Readonly<Record<Phase, string>> = {
  connecting: 'no connection came about',
  waiting: 'no answer began',
  reading: 'the answer was not complete'
}

/** One call from its start to its outcome: one deadline, and at most two exchanges. */
export class Call {
  readonly #request: PreparedRequest
  readonly #options: CallOptions
  readonly #timer: NodeJS.Timeout
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (error: unknown) => void
  #exchange: Exchange
  #connection: Connection | undefined
  #settled = false
  /** Rejects with a CallFailed. */
  readonly answer: Promise<Answer>

  constructor (request: PreparedRequest, options: CallOptions) {
    this.#request = request
    this.#options = options
    const { promise, resolve, reject } = deferred<Answer>()
    this.answer = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#timer = setTimeout(() => {
      this.fail(new CallFailed('timeout', `${during[this.#exchange.phase]} within ${options.timeout} ms`, { reason: 'ETIMEDOUT' }))
    }, options.timeout)
    this.#exchange = this.#begin(false)
  }

  /** The status, when the headers of the answer have come. */
  get status (): number | undefined {
    return this.#exchange.status
  }

  /** The time of performance.now() at which the headers came. */
  get headersAt (): number {
    return this.#exchange.headersAt
  }

  /** Ends the call, unless it has ended. */
  fail (error: CallFailed): void {
    if (this.#settled) return
    this.#exchange.giveUp()
    this.#end()
    this.#reject(error)
  }

  #begin (fresh: boolean): Exchange {
    const exchange = new Exchange(this.#options.maxBodyBytes, (outcome) => { this.#ended(exchange, outcome) })
    this.#exchange = exchange
    this.#options.connections.run(this.#request, this.#options.mayUseAllowed, exchange, (connection) => { this.#connection = connection }, fresh)
    return exchange
  }

  #ended (exchange: Exchange, outcome: Received | CallFailed): void {
    if (outcome instanceof CallFailed) {
      this.#dropConnection()
      // The receiver closed an idle connection just when it was used again. Every
      // request carries its webhook-id, so that a second copy is recognised.
      if (exchange.reused && exchange.untouched && isClosed(outcome)) this.#begin(true)
      else this.fail(outcome)
      return
    }
    const connection = this.#connection
    this.#connection = undefined
    // First: the next call, which this answer may lead to, finds the connection idle. undici keeps a
    // request that comes too early, and takes another socket for it when it closes this one.
    if (connection !== undefined) this.#options.connections.release(connection)
    this.#read(outcome)
  }

  #read ({ status, headers, body }: Received): void {
    const done = (bytes: Buffer): void => {
      if (this.#settled) return
      const wait = retryAfter(headers['retry-after'], Date.now())
      this.#end()
      this.#resolve({ status, headers, body: bytes, text: textOf(bytes, headers['content-type']), ...(wait !== undefined && { retryAfter: wait }) })
    }
    const coding = headers['content-encoding']
    if (coding === undefined || this.#request.sent.method === 'HEAD') {
      done(body)
      return
    }
    decoded(body, coding, this.#options.maxBodyBytes).then(done).catch((error: unknown) => {
      this.fail(error instanceof CallFailed ? error : new CallFailed('protocol', 'the body of the answer cannot be read', { cause: error }))
    })
  }

  #end (): void {
    this.#settled = true
    clearTimeout(this.#timer)
    this.#dropConnection()
  }

  #dropConnection (): void {
    const connection = this.#connection
    this.#connection = undefined
    if (connection !== undefined) this.#options.connections.drop(connection)
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

function deferred<T> (): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((_resolve, _reject) => {
    resolve = _resolve
    reject = _reject
  })
  return { promise, resolve, reject }
}
