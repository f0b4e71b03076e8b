import type { Cluster, Redis } from 'ioredis'
import { StoreUnavailableError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'

/** A client of the host: of one server, of a Sentinel group or of a Redis Cluster. */
export type RedisClient = Redis | Cluster

/** Once Redis has been away for so many milliseconds, calls no longer wait for it. */
const patience = 2000

/**
 * Whether a client of the host is connected, for all stores that use it. There
 * is one for each client, so that the client has at most three listeners of
 * ours, however many stores share it.
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

  /** That of a client. */
  static of (client: RedisClient): RedisClientState {
    let state = RedisClientState.#ofClients.get(client)
    if (state === undefined) RedisClientState.#ofClients.set(client, state = new RedisClientState(client))
    return state
  }

  /**
   * Waits until the client is connected; undefined when it is. A client that
   * was made with `lazyConnect` connects now, as it would with any command.
   *
   * @throws StoreUnavailableError when the caller no longer waits, or Redis has been away for long.
   */
  ready (call: PortCall): Promise<void> | undefined {
    if (this.#isConnected) {
      if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
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
      throw new StoreUnavailableError(`Redis is away (the client is ${this.#client.status})`)
    }
    return this.#connected(call)
  }

  /** Whether what is sent now goes out at once. A socket can have ended before ioredis takes notice. */
  get #isConnected (): boolean {
    if (this.#client.status !== 'ready') return false
    if (!('stream' in this.#client)) return true
    const { writable, readableEnded } = this.#client.stream
    return writable && !readableEnded
  }

  /**
   * Lets what many requests send in one turn of the event loop leave in one
   * write: under load, writing to the socket is most of what a command costs.
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

  #connected ({ signal }: PortCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const isClosed = this.#client.status === 'end'
        if (!signal.aborted && !this.#isConnected && !isClosed) return
        this.#waiting.delete(settle)
        if (this.#waiting.size === 0) this.#unlisten()
        signal.removeEventListener('abort', settle)
        if (signal.aborted) reject(new StoreUnavailableError(`Redis did not come back in time (the client is ${this.#client.status})`))
        else if (isClosed) reject(new StoreUnavailableError('the Redis client was closed'))
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
