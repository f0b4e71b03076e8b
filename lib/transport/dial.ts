import type { LookupFunction } from 'node:net'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { AddressGuard } from './address-guard.ts'
import { CallFailed, codeOf } from './failure.ts'
import type { Lookup } from './lookup.ts'

/** The end of a connection. */
export interface Target {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Whether the entries of `outgoing.allow` apply. */
  readonly mayUseAllowed: boolean
}

/** A connection, and the socket below TLS. */
export interface Dialed {
  readonly socket: Socket | TLSSocket
  readonly raw: Socket
}

/** A later address is tried after so many milliseconds without a connection. */
const attemptTimeout = 1000

/** Opens connections to addresses that the guard permits. */
export class Dialer {
  readonly #guard: AddressGuard
  readonly #lookup: Lookup
  readonly #ca: string | undefined

  /** @param ca certificates to trust, in PEM, in the place of those of Node.js. */
  constructor (guard: AddressGuard, lookup: Lookup, ca: string | undefined) {
    this.#guard = guard
    this.#lookup = lookup
    this.#ca = ca
  }

  /**
   * Connects to a target.
   *
   * @param signal ends the attempt and everything that belongs to it.
   * @throws CallFailed of kind `refused-address`, `dns`, `connect` or `tls`.
   */
  async dial (target: Target, signal: AbortSignal): Promise<Dialed> {
    const addresses = await this.permitted(target, signal)
    signal.throwIfAborted()
    const raw = await this.#connect(target, addresses, signal)
    return { raw, socket: target.secure ? await this.#secure(raw, target, signal) : raw }
  }

  /**
   * The addresses of a target that may be connected to.
   *
   * @throws CallFailed of kind `refused-address` or `dns`.
   */
  async permitted (target: Target, signal: AbortSignal): Promise<readonly string[]> {
    const { host, port, mayUseAllowed } = target
    const trusted = mayUseAllowed && this.#guard.opensName(host, port)
    const found = isIP(host) === 0 ? await this.#lookup.addresses(host, trusted, signal) : [host]
    const permitted = found.filter((address) => this.#permits(address, target))
    if (permitted.length === 0) throw refused(host, found[0])
    return permitted
  }

  #permits (address: string, { host, port, mayUseAllowed }: Target): boolean {
    return this.#guard.permits(address, host, port, mayUseAllowed)
  }

  async #connect (target: Target, addresses: readonly string[], signal: AbortSignal): Promise<Socket> {
    const { host, port } = target
    const [only = host] = addresses
    const socket = connect({
      port,
      ...(addresses.length === 1
        ? { host: only }
        : { host, lookup: fixed(addresses), autoSelectFamily: true, autoSelectFamilyAttemptTimeout: attemptTimeout }),
      noDelay: true,
      keepAlive: true
    })
    try {
      await happened(socket, 'connect', signal)
    } catch (cause) {
      throw new CallFailed('connect', connectMessage(host, port, cause), { cause })
    }
    // What counts is where the socket is, whatever was looked up and filtered before.
    const { remoteAddress = '' } = socket
    if (this.#permits(remoteAddress, target)) return socket
    socket.destroy()
    throw refused(host, remoteAddress)
  }

  async #secure (raw: Socket, { host }: Target, signal: AbortSignal): Promise<TLSSocket> {
    const socket = connectTls({
      socket: raw,
      host,
      ...(isIP(host) === 0 && { servername: host }),
      // In words: NODE_TLS_REJECT_UNAUTHORIZED=0 switches the default off.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(this.#ca !== undefined && { ca: this.#ca })
    })
    try {
      await happened(socket, 'secureConnect', signal)
    } catch (cause) {
      raw.destroy()
      throw new CallFailed('tls', `a secure connection to ${host} failed${inBrackets(cause)}`, { cause })
    }
    return socket
  }
}

/** Waits for an event of a socket. A socket without it is destroyed. */
async function happened (socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  const abort = (): void => { socket.destroy(new Error('given up')) }
  signal.addEventListener('abort', abort, { once: true })
  try {
    await new Promise<void>((resolve, reject) => {
      // It stays: a socket without a listener for errors ends the process.
      socket.on('error', reject)
      socket.once('close', () => { reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })) })
      socket.once(event, () => { resolve() })
    })
  } catch (error) {
    socket.destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function fixed (addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_host, _options, done) => { done(null, all) }
}

function refused (host: string, address: string | undefined): CallFailed {
  return new CallFailed('refused-address',
    `the address of ${host} is not public; a server opens such addresses with the options outgoing.allow and outgoing.allowFor`,
    { reason: 'refused-address', ...(address !== undefined && { address }) })
}

function connectMessage (host: string, port: number, cause: unknown): string {
  return `no connection to port ${port} of ${host}${inBrackets(cause)}`
}

function inBrackets (cause: unknown): string {
  const code = codeOf(cause)
  return code === undefined ? '' : ` (${code})`
}
