import type { Cluster, Redis } from 'ioredis'
import { StoreUnavailableError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'

/** A client of the host: of one server, of a Sentinel group or of a Redis Cluster. */
export type RedisClient = Redis | Cluster

/** The error of a port that cannot be used now. */
export type Unavailable = new (why: string) => Error

/** How many milliseconds Redis may be away before calls fail at once instead of waiting. */
const patience = 2000

/**
 * Whether a client is connected, for all stores that use the client. There is
 * one state for each client. So the client has at most three
 * listeners of this package, with any number of stores.
 */
export class RedisClientState {
  static readonly #ofClients = new WeakMap<RedisClient, RedisClientState>()
  readonly #client: RedisClient
  readonly #waiting = new Set<() => void>()
  #gathering = false
  /** When a call first met Redis away, in milliseconds of performance.now(). */
  #awaySince: number | undefined

  private constructor (client: RedisClient) {
    this.#client = client
  }

  /** The state of a client. */
  static of (client: RedisClient): RedisClientState {
    let state = RedisClientState.#ofClients.get(client)
    if (state === undefined) RedisClientState.#ofClients.set(client, state = new RedisClientState(client))
    return state
  }

  /**
   * Waits until the client is connected. Returns undefined when it is connected
   * already. A client with `lazyConnect` connects now, as with any command.
   *
   * @throws Unavailable when the caller no longer waits, or Redis has been away for long.
   */
  ready (call: PortCall, Unavailable: Unavailable = StoreUnavailableError): Promise<void> | undefined {
    if (this.#isConnected) {
      if (call.aborted ?? call.signal.aborted) throw new Unavailable('nobody waits for the answer')
      this.#gather()
      return undefined
    }
    if (this.#client.status === 'wait') this.#client.connect().catch(() => {})
    const now = performance.now()
    if (this.#awaySince === undefined) {
      this.#awaySince = now
      this.#client.once('ready', this.#back)
    }
    if (now - this.#awaySince > patience) {
      throw new Unavailable(`Redis is away (the client is ${this.#client.status})`)
    }
    return this.#connected(call, Unavailable)
  }

  /** Whether a command would be written to the socket at once. A socket may have ended before ioredis notices. */
  get #isConnected (): boolean {
    if (this.#client.status !== 'ready') return false
    if (!('stream' in this.#client)) return true
    const { writable, readableEnded } = this.#client.stream
    return writable && !readableEnded
  }

  /**
   * Sends all commands of one turn of the event loop with one write. Under load,
   * most of the cost of a command is the write to the socket.
   */
  #gather (): void {
    if (this.#gathering || !('stream' in this.#client)) return
    const { stream } = this.#client
    stream.cork()
    this.#gathering = true
    setImmediate(() => {
      this.#gathering = false
      stream.uncork()
    })
  }

  #connected ({ signal }: PortCall, Unavailable: Unavailable): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const isClosed = this.#client.status === 'end'
        if (!signal.aborted && !this.#isConnected && !isClosed) return
        this.#waiting.delete(settle)
        if (this.#waiting.size === 0) this.#unlisten()
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(new Unavailable(`Redis did not come back in time (the client is ${this.#client.status})`))
        else if (isClosed) reject(new Unavailable('the Redis client was closed'))
        else resolve()
      }
      if (this.#waiting.size === 0) this.#listen()
      this.#waiting.add(settle)
      signal.addEventListener('abort', settle)
      settle()
    })
  }

  /** Listens on the host's client only while a call waits. */
  #listen (): void {
    this.#client.on('ready', this.#wake)
    this.#client.on('end', this.#wake)
  }

  #unlisten (): void {
    this.#client.off('ready', this.#wake)
    this.#client.off('end', this.#wake)
  }

  readonly #back = (): void => {
    this.#awaySince = undefined
  }

  readonly #wake = (): void => {
    for (const settle of [...this.#waiting]) settle()
  }
}
