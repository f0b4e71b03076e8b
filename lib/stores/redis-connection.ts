import { type Cluster, type Redis } from 'ioredis'
import { StoreUnavailableError } from '../errors.ts'
import { type StoreCall } from '../ports/store.ts'
import { type ReplicaCount, RedisConfirmedChanges } from './redis-confirmed-changes.ts'
import { type RedisScript } from './redis-scripts.ts'

/** Once Redis has been away for so many milliseconds, calls no longer wait for it. */
const patience = 2000

/**
 * While a Redis Cluster moves a slot to another node, a command with several
 * keys is refused unless all of them exist on one of the two: inserts, whose
 * record is new, until the whole slot has arrived. ioredis asks about five
 * times, within half a second, and then gives up with the last refusal.
 */
const slotIsMoving = /^Too many Cluster redirections\. Last error: \w+: (?:TRYAGAIN|ASK|MOVED) /

/** Milliseconds until such a command is sent again. */
const pause = 100

/** A client of the host: of one server, of a Sentinel group or of a Redis Cluster. */
export type RedisClient = Redis | Cluster

/**
 * Sends commands over the host's client, but only while it is connected.
 *
 * ioredis queues what it is given while it is disconnected and sends it when
 * it is back, long after our own caller gave up. Here a call waits in front of
 * that queue instead, and leaves when its time is up: a request that was
 * answered 503 before it was sent is never carried out later. (One that was
 * sent, and whose reply was lost, may have been carried out: nobody can know.)
 *
 * A short interruption costs a call some time and no more. In a long one,
 * waiting helps nobody: calls fail at once until Redis is back.
 */
export class RedisConnection {
  readonly #client: RedisClient
  readonly #maxInFlight: number
  /** Calls that wait for the connection or for their answer. */
  #inFlight = 0
  readonly #confirmed: RedisConfirmedChanges | undefined
  readonly #waiting = new Set<() => void>()
  #gathering = false
  /** When a call first met Redis away, in milliseconds of performance.now(). */
  #awaySince: number | undefined

  /**
   * @param maxInFlight with so many calls under way, further ones fail at once.
   * @param replicas that must confirm a change; none by default.
   */
  constructor (client: RedisClient, maxInFlight: number, replicas?: ReplicaCount) {
    this.#client = client
    this.#maxInFlight = maxInFlight
    if (replicas !== undefined) this.#confirmed = new RedisConfirmedChanges(client, replicas, (call) => this.#ready(call))
  }

  /**
   * Runs a script that changes something and waits for the replicas that must
   * confirm it.
   *
   * @param isChange whether a reply tells of something that a failover must
   *   not lose; most scripts reply 1 then.
   * @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws.
   */
  async change (
    script: RedisScript, keys: readonly string[], args: readonly string[], call: StoreCall,
    isChange: (reply: unknown) => boolean = (reply) => Number(reply) === 1
  ): Promise<unknown> {
    const confirmed = this.#confirmed
    if (confirmed === undefined) return await this.run(script, keys, args, call)
    return await this.#counted(async () => {
      await this.#ready(call)
      return await confirmed.run({ script, keys, args, call, isChange })
    })
  }

  /**
   * Runs a script, by its hash where Redis knows it already.
   *
   * @throws StoreUnavailableError or what ioredis throws.
   */
  run (script: RedisScript, keys: readonly string[], args: readonly string[], call: StoreCall): Promise<unknown> {
    return this.#send(call, (inFull) => inFull
      ? this.#client.eval(script.lua, keys.length, ...keys, ...args)
      : this.#client.evalsha(script.sha, keys.length, ...keys, ...args))
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  get (key: string, call: StoreCall): Promise<string | null> {
    return this.#send(call, () => this.#client.get(key))
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async getMany (keys: readonly string[], call: StoreCall): Promise<Array<string | null>> {
    return keys.length === 0 ? [] : await this.#send(call, () => this.#client.mget(...keys))
  }

  /**
   * Sends a command, and sends it again as long as Redis says that it could
   * not carry it out now.
   *
   * @param command is told whether a script must be sent in full.
   */
  #send<T> (call: StoreCall, command: (inFull: boolean) => Promise<T>): Promise<T> {
    return this.#counted(async () => {
      for (let inFull = false; ;) {
        await this.#ready(call)
        try {
          return await command(inFull)
        } catch (error) {
          const message = error instanceof Error ? error.message : ''
          // Redis was restarted or flushed, or this node never saw the script: nothing of it has run.
          if (message.startsWith('NOSCRIPT') && !inFull) inFull = true
          else if (slotIsMoving.test(message)) await new Promise((resolve) => setTimeout(resolve, pause))
          else throw error
        }
      }
    })
  }

  /**
   * What was sent counts until it is answered, even if its caller has given
   * up: a Redis that falls behind would otherwise be sent more and more.
   */
  async #counted<T> (run: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#maxInFlight) {
      throw new StoreUnavailableError(`${this.#inFlight} calls are under way already`)
    }
    this.#inFlight++
    try {
      return await run()
    } finally {
      this.#inFlight--
    }
  }

  #ready (call: StoreCall): Promise<void> | undefined {
    if (this.#isConnected) {
      if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
      this.#gather()
      return undefined
    }
    // With lazyConnect the first command would connect; here nothing is sent before there is a connection.
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

  #connected ({ signal }: StoreCall): Promise<void> {
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

  /** Listens on the host's client only while somebody waits. */
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
