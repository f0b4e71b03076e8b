import { ChangeUnconfirmedError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { RedisClient } from '../../base/redis/client-state.ts'
import { slotPause } from './retry.ts'
import { isUnknownScript, type RedisScript } from '../../base/redis/script.ts'

/** How many replicas must confirm a change, and how many milliseconds they have. */
export interface ReplicaCount {
  readonly count: number
  readonly timeout: number
}

/** A script that writes, and its arguments. */
export interface Change {
  readonly script: RedisScript
  /** Whether a reply reports a write that a failover must not lose. */
  readonly isChange: (reply: unknown) => boolean
  readonly keys: readonly string[]
  readonly args: readonly string[]
  readonly call: PortCall
}

interface SentChange extends Change {
  /** True after Redis did not know the script: the source is sent, not the hash. */
  readonly inFull?: boolean
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs changes and waits until replicas have confirmed them.
 *
 * WAIT replies how many replicas have all earlier writes of its connection. It
 * is therefore sent directly after the changes, in one pipeline. ioredis sends a
 * pipeline to one node. When the connection breaks, ioredis sends the whole
 * pipeline again or fails the rest of it. So WAIT always reaches the server that
 * carried out the changes. Another server could have lost the changes and
 * confirm them all the same. (Redis does not allow a script or a transaction to
 * wait.)
 *
 * Redis does nothing else for a connection that waits. One WAIT therefore serves
 * all changes that came together. Changes that come during a WAIT are gathered
 * for the next one. So a replica that hangs costs a change at most two timeouts,
 * with any number of changes.
 */
export class RedisConfirmedChanges {
  readonly #client: RedisClient
  readonly #replicas: ReplicaCount
  readonly #ready: (call: PortCall) => Promise<void> | undefined
  #gathered: SentChange[] = []
  #sending = false

  /** @param ready resolves when the client is connected; throws when the caller no longer waits. */
  constructor (client: RedisClient, replicas: ReplicaCount, ready: (call: PortCall) => Promise<void> | undefined) {
    this.#client = client
    this.#replicas = replicas
    this.#ready = ready
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  run (change: Change): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ ...change, resolve, reject })
      if (this.#sending) return
      this.#sending = true
      // Changes of the same turn of the event loop are sent together.
      setImmediate(() => { this.#sendAll() })
    })
  }

  async #sendAll (): Promise<void> {
    while (this.#gathered.length > 0) {
      const changes = this.#gathered
      this.#gathered = []
      try {
        await this.#send(await this.#stillWanted(changes))
      } catch (error) {
        for (const { reject } of changes) reject(error)
      }
    }
    this.#sending = false
  }

  /** The gathered changes whose callers still wait, as soon as the client is connected. */
  async #stillWanted (changes: readonly SentChange[]): Promise<SentChange[]> {
    const wanted = await Promise.all(changes.map(async (change) => {
      try {
        await this.#ready(change.call)
        return [change]
      } catch (error) {
        change.reject(error)
        return []
      }
    }))
    return wanted.flat()
  }

  async #send (changes: readonly SentChange[]): Promise<void> {
    if (changes.length === 0) return
    const { count, timeout } = this.#replicas
    const pipeline = this.#client.pipeline()
    for (const { script, keys, args, inFull } of changes) {
      if (inFull) pipeline.eval(script.lua, keys.length, ...keys, ...args)
      else pipeline.evalsha(script.sha, keys.length, ...keys, ...args)
    }
    const results = await pipeline.wait(count, timeout).exec() ?? []
    const [failure, confirmed] = results[changes.length] ?? []
    const unconfirmed = failure != null
      ? `replicas could not be asked (${failure.message})`
      : Number(confirmed) >= count ? undefined : `${Number(confirmed)} of ${count} replicas confirmed it within ${timeout} ms`
    const again: SentChange[] = []
    let redirected: SentChange | undefined
    changes.forEach((change, index) => {
      const [error, reply] = results[index] ?? [new Error('the pipeline was cut short')]
      if (error == null) {
        // A change that did not find the expected state has written nothing.
        if (unconfirmed === undefined || !change.isChange(reply)) change.resolve(reply)
        else change.reject(new ChangeUnconfirmedError(unconfirmed))
      } else if (isUnknownScript(error.message)) again.push({ ...change, inFull: true })
      else if (/^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(error.message)) again.push(redirected = change)
      else change.reject(error)
    })
    // None of these was carried out.
    this.#gathered.unshift(...again)
    if (redirected !== undefined) await this.#findSlot(redirected)
  }

  /** Sends one command that ioredis redirects, so that ioredis learns the new node. It does not redirect a pipeline with failed commands. */
  async #findSlot ({ keys: [key = ''] }: SentChange): Promise<void> {
    try {
      await this.#client.get(key)
    } catch {
      // The next attempt will say so again.
    }
    await new Promise((resolve) => setTimeout(resolve, slotPause))
  }
}
