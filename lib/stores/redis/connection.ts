import { StoreUnavailableError } from '../../errors/index.ts'
import type { StoreCall } from '../../ports/store.ts'
import { type RedisClient, RedisClientState } from './client-state.ts'
import { type ReplicaCount, RedisConfirmedChanges } from './confirmed-changes.ts'
import type { RedisScript } from './scripts.ts'

/**
 * While a Redis Cluster moves a slot to another node, a command with several
 * keys is refused unless all of them exist on one of the two: inserts, whose
 * record is new, until the whole slot has arrived. ioredis asks about five
 * times, within half a second, and then gives up with the last refusal.
 */
const slotIsMoving = /^Too many Cluster redirections\. Last error: \w+: (?:TRYAGAIN|ASK|MOVED) /

/** Milliseconds until such a command is sent again. */
const pause = 100

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
  readonly #state: RedisClientState
  readonly #maxInFlight: number
  /** Calls that wait for the connection or for their answer. */
  #inFlight = 0
  readonly #confirmed: RedisConfirmedChanges | undefined

  /**
   * @param maxInFlight with so many calls under way, further ones fail at once.
   * @param replicas that must confirm a change; none by default.
   */
  constructor (client: RedisClient, maxInFlight: number, replicas?: ReplicaCount) {
    this.#client = client
    this.#state = RedisClientState.of(client)
    this.#maxInFlight = maxInFlight
    if (replicas !== undefined) this.#confirmed = new RedisConfirmedChanges(client, replicas, (call) => this.#state.ready(call))
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
      await this.#state.ready(call)
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

  /**
   * Waits until a stream has an entry behind this one, at most so many
   * milliseconds. Redis does nothing else for the connection meanwhile.
   *
   * @throws StoreUnavailableError or what ioredis throws.
   */
  async waitForEntry (key: string, last: string, milliseconds: number, call: StoreCall): Promise<void> {
    await this.#send(call, () => this.#client.xread('COUNT', 1, 'BLOCK', milliseconds, 'STREAMS', key, last))
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
        await this.#state.ready(call)
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
}
