import { StoreUnavailableError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import { type RedisClient, RedisClientState } from '../../base/redis/client-state.ts'
import { type ReplicaCount, RedisConfirmedChanges } from './confirmed-changes.ts'
import { slotPause } from './retry.ts'
import { isUnknownScript, type RedisScript } from '../../base/redis/script.ts'
import { withoutCommand } from '../../base/redis/without-command.ts'

/**
 * While a Redis Cluster moves a slot to another node, Redis refuses a command
 * with several keys unless all of them exist on one of the two nodes. The record
 * of an insert is new, so an insert is refused until the whole slot has arrived.
 * ioredis tries about five times within half a second. Then it fails with the
 * last refusal.
 */
const slotIsMoving = /^Too many Cluster redirections\. Last error: \w+: (?:TRYAGAIN|ASK|MOVED) /

/**
 * Sends commands over the host's client, but only while it is connected.
 *
 * While ioredis is disconnected, it queues commands and sends them after it has
 * reconnected. By then, the caller may have given up long ago. So a call waits
 * here, before that queue, and fails when its time is over. A command whose
 * request was answered 503 before the command was sent is never carried out
 * later. (A command that was sent, and whose reply was lost, may have been
 * carried out. There is no way to know.)
 *
 * A short interruption only delays a call. In a long interruption, waiting does
 * not help: calls fail at once until Redis is back.
 */
export class RedisConnection {
  readonly #client: RedisClient
  readonly #state: RedisClientState
  readonly #maxInFlight: number
  /** Calls that wait for the connection or for their answer. */
  #inFlight = 0
  readonly #confirmed: RedisConfirmedChanges | undefined

  /**
   * @param maxInFlight how many calls may be under way. Further calls fail at once.
   * @param replicas the replicas that must confirm a change; none by default.
   */
  constructor (client: RedisClient, maxInFlight: number, replicas?: ReplicaCount) {
    this.#client = client
    this.#state = RedisClientState.of(client)
    this.#maxInFlight = maxInFlight
    if (replicas !== undefined) this.#confirmed = new RedisConfirmedChanges(client, replicas, (call) => this.#state.ready(call))
  }

  /**
   * Runs a script that writes, and waits for the replicas that must confirm it.
   *
   * @param isChange whether a reply reports a write that a failover must not
   *   lose. Most scripts reply 1 in that case.
   * @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws.
   */
  async change (
    script: RedisScript, keys: readonly string[], args: readonly string[], call: PortCall,
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
   * Runs a script, by its hash if Redis knows the script already.
   *
   * @throws StoreUnavailableError or what ioredis throws.
   */
  run (script: RedisScript, keys: readonly string[], args: readonly string[], call: PortCall): Promise<unknown> {
    return this.#send(call, (inFull) => inFull
      ? this.#client.eval(script.lua, keys.length, ...keys, ...args)
      : this.#client.evalsha(script.sha, keys.length, ...keys, ...args))
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  get (key: string, call: PortCall): Promise<string | null> {
    return this.#send(call, () => this.#client.get(key))
  }

  /**
   * Waits until a stream has an entry behind this one, at most so many
   * milliseconds. Redis does nothing else for the connection meanwhile.
   *
   * @throws StoreUnavailableError or what ioredis throws.
   */
  async waitForEntry (key: string, last: string, milliseconds: number, call: PortCall): Promise<void> {
    await this.#send(call, () => this.#client.xread('COUNT', 1, 'BLOCK', milliseconds, 'STREAMS', key, last))
  }

  /**
   * Sends a command. While Redis answers that it cannot carry the command out
   * now, sends it again.
   *
   * @param command sends the command; its argument says whether a script must be
   *   sent in full.
   */
  #send<T> (call: PortCall, command: (inFull: boolean) => Promise<T>): Promise<T> {
    return this.#counted(async () => {
      for (let inFull = false; ;) {
        await this.#state.ready(call)
        try {
          return await command(inFull)
        } catch (error) {
          const message = error instanceof Error ? error.message : ''
          // Redis was restarted or flushed, or this node never got the script. The script has not run.
          if (isUnknownScript(message) && !inFull) inFull = true
          else if (slotIsMoving.test(message)) await new Promise((resolve) => setTimeout(resolve, slotPause))
          else throw error
        }
      }
    })
  }

  /**
   * A command counts until Redis has answered, even if its caller has given up.
   * Otherwise a Redis that falls behind would get more and more commands.
   */
  async #counted<T> (run: () => Promise<T>): Promise<T> {
    if (this.#inFlight >= this.#maxInFlight) {
      throw new StoreUnavailableError(`${this.#inFlight} calls are under way already`)
    }
    this.#inFlight++
    try {
      return await run()
    } catch (error) {
      throw withoutCommand(error)
    } finally {
      this.#inFlight--
    }
  }
}
