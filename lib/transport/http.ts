import type { PortCall } from '../ports/call.ts'
import type {
  RequestCheck, SentRequest, Transport, TransportAnswer, TransportFailure, TransportOutcome, TransportRequest, UnsentRequest
} from '../ports/transport.ts'
import { AddressGuard } from './address-guard.ts'
import { readAllowList } from './allow-list.ts'
import { Call } from './call.ts'
import { Connections } from './connections.ts'
import { Dialer, type Target } from './dial.ts'
import { CallFailed } from './failure.ts'
import { nameServers } from './lookup.ts'
import { prepare } from './prepare.ts'

/** Settings of the transport. */
export interface HttpTransportOptions {
  /**
   * Addresses that are opened although they are not public: hosts, addresses and
   * networks, each with a port, with `:*` for every port, or with neither, which
   * means 80 and 443. Link-local and metadata addresses are opened only by a
   * network of their own. The names of hosts are looked up by the operating system.
   *
   * @defaultValue `[]`
   */
  readonly allow?: readonly string[] | undefined
  /** How long a whole call may take, in milliseconds. @defaultValue `10000` */
  readonly timeout?: number | undefined
  /** Most bytes of the body of an answer, compressed and decompressed. @defaultValue `1048576` (1 MiB) */
  readonly maxBodyBytes?: number | undefined
  /** Most connections to one origin. Further calls wait. @defaultValue `64` */
  readonly maxConnectionsPerOrigin?: number | undefined
  /** Certificates to trust, in PEM, in the place of those of Node.js. */
  readonly ca?: string | undefined
  /** Name servers, as `dns.setServers` takes them. Default: those of the system. */
  readonly nameServers?: readonly string[] | undefined
}

/** Calls receivers over HTTP/1.1, with and without TLS. */
export class HttpTransport implements Transport, RequestCheck {
  readonly #dialer: Dialer
  readonly #timeout: number
  readonly #maxBodyBytes: number
  readonly #connections: Connections
  readonly #calls = new Set<Call>()
  /** One listener for each signal, however many calls share it. */
  readonly #bySignal = new WeakMap<AbortSignal, Set<Call>>()
  #closed = false

  /** @throws InvalidOptionError that names a wrong entry of `allow`. */
  constructor ({ allow, timeout = 10_000, maxBodyBytes = 1024 * 1024, maxConnectionsPerOrigin = 64, ca, nameServers: servers }: HttpTransportOptions = {}) {
    this.#timeout = timeout
    this.#maxBodyBytes = maxBodyBytes
    const guard = new AddressGuard(readAllowList(allow))
    this.#dialer = new Dialer(guard, nameServers(servers), ca)
    this.#connections = new Connections(this.#dialer, { maxBodyBytes, maxConnectionsPerOrigin })
  }

  /** How many connections are open, in use or idle. */
  get connections (): number {
    return this.#connections.size
  }

  async send (request: TransportRequest, call?: Pick<PortCall, 'signal'>): Promise<TransportOutcome> {
    const begun = performance.now()
    let sent: SentRequest | undefined
    let running: Call | undefined
    try {
      if (this.#closed || call?.signal.aborted === true) throw givenUp()
      const prepared = prepare(request, Date.now())
      sent = prepared.sent
      running = new Call(prepared, {
        mayUseAllowed: request.mayUseAllowed,
        timeout: timeoutOf(request.timeout, this.#timeout),
        maxBodyBytes: this.#maxBodyBytes,
        connections: this.#connections
      })
      this.#enter(running, call?.signal)
      const answer = await running.answer
      return { ...answer, kind: 'answer', sent, duration: performance.now() - begun, firstByte: running.headersAt - begun } satisfies TransportAnswer
    } catch (error) {
      return failureOf(error, performance.now() - begun, sent, running?.status)
    } finally {
      if (running !== undefined) this.#leave(running, call?.signal)
    }
  }

  async check (request: TransportRequest, call?: Pick<PortCall, 'signal'>): Promise<UnsentRequest | TransportFailure> {
    const begun = performance.now()
    let sent: SentRequest | undefined
    try {
      if (this.#closed || call?.signal.aborted === true) throw givenUp()
      const { sent: prepared, host, port, origin } = prepare(request, Date.now())
      sent = prepared
      const target = { host, port, secure: origin.startsWith('https:'), mayUseAllowed: request.mayUseAllowed }
      await this.#permit(target, timeoutOf(request.timeout, this.#timeout), call?.signal)
      return { kind: 'unsent', sent }
    } catch (error) {
      return failureOf(error, performance.now() - begun, sent, undefined)
    }
  }

  async close ({ signal }: PortCall): Promise<void> {
    this.#closed = true
    const end = (): void => { for (const call of this.#calls) call.fail(givenUp()) }
    if (signal.aborted) end()
    signal.addEventListener('abort', end, { once: true })
    await Promise.allSettled([...this.#calls].map((call) => call.answer))
    signal.removeEventListener('abort', end)
    this.#connections.close()
  }

  /** @throws CallFailed when the target may not be connected to, or when that is not known in time. */
  async #permit (target: Target, timeout: number, signal: AbortSignal | undefined): Promise<void> {
    const lookup = new AbortController()
    let stop = (): void => {}
    // The look-up of the operating system heeds no signal.
    const over = new Promise<never>((_resolve, reject) => {
      const giveUp = (): void => { reject(givenUp()) }
      const timer = setTimeout(() => {
        reject(new CallFailed('timeout', `the address was not found out within ${timeout} ms`, { reason: 'ETIMEDOUT' }))
      }, timeout)
      signal?.addEventListener('abort', giveUp, { once: true })
      stop = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', giveUp)
        lookup.abort()
      }
    })
    try {
      await Promise.race([this.#dialer.permitted(target, lookup.signal), over])
    } finally {
      stop()
    }
  }

  #enter (call: Call, signal: AbortSignal | undefined): void {
    this.#calls.add(call)
    if (signal === undefined) return
    let calls = this.#bySignal.get(signal)
    if (calls === undefined) {
      const all = calls = new Set<Call>()
      this.#bySignal.set(signal, all)
      signal.addEventListener('abort', () => { for (const one of all) one.fail(givenUp()) }, { once: true })
    }
    calls.add(call)
  }

  #leave (call: Call, signal: AbortSignal | undefined): void {
    this.#calls.delete(call)
    if (signal !== undefined) this.#bySignal.get(signal)?.delete(call)
  }
}

function timeoutOf (wished: unknown, most: number): number {
  const milliseconds = Number(wished ?? Number.NaN)
  return milliseconds > 0 ? Math.min(milliseconds, most) : most
}

function givenUp (): CallFailed {
  return new CallFailed('aborted', 'the call was given up: the server is closing, or the caller no longer waits', { reason: 'aborted' })
}

function failureOf (error: unknown, duration: number, sent: SentRequest | undefined, status: number | undefined): TransportFailure {
  const failed = error instanceof CallFailed ? error : new CallFailed('protocol', 'the call failed', { cause: error })
  return {
    kind: failed.kind,
    error: { code: failed.reason, message: failed.message },
    retry: failed.retry,
    duration,
    ...(sent !== undefined && { sent }),
    ...(status !== undefined && { status }),
    ...(failed.address !== undefined && { address: failed.address })
  }
}
