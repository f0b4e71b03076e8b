import { ChangeUnconfirmedError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { RedisClient } from './client-state.ts'
import { isUnknownScript, slotPause } from './retry.ts'
import type { RedisScript } from './scripts.ts'

/** How many replicas must confirm a change, and how many milliseconds they have. */
export interface ReplicaCount {
  readonly count: number
  readonly timeout: number
}

/** A script that changes something. */
export interface Change {
  readonly script: RedisScript
  /** Whether a reply tells of something that a failover must not lose. */
  readonly isChange: (reply: unknown) => boolean
  readonly keys: readonly string[]
  readonly args: readonly string[]
  readonly call: PortCall
}

interface SentChange extends Change {
  /** Redis did not know the script. */
  readonly inFull?: boolean
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
}

/**
 * Runs changes and waits until replicas have confirmed them.
 *
 * WAIT says how many replicas have all that its own connection wrote before.
 * So it is sent right behind the changes, in one pipeline: ioredis sends a
 * pipeline to one node, and when the connection breaks it sends the whole of
 * it again or fails what is left. WAIT never asks another server than the one
 * that carried out the changes; that could have lost them and confirm all the
 * same. (Neither a script nor a transaction can wait: Redis does not let them.)
 *
 * Redis does nothing else for a connection that waits. One WAIT therefore
 * serves all changes that came together, and those that come meanwhile are
 * gathered for the next one: however many they are, a replica that hangs costs
 * a change at most two timeouts.
 */
export class RedisConfirmedChanges {
  readonly #client: RedisClient
  readonly #replicas: ReplicaCount
  readonly #ready: (call: PortCall) => Promise<void> | undefined
  #gathered: SentChange[] = []
  #sending = false

  /** @param ready resolves when the client is connected; throws when the caller is gone. */
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
      // What comes in the same turn of the event loop goes along.
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

  /** Those whose callers still wait, as soon as the client is connected. */
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
        // A change that found another state than it expected has changed nothing.
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

  /** ioredis does not redirect a pipeline of which some commands failed, but it learns from a command that it does redirect. */
  async #findSlot ({ keys: [key = ''] }: SentChange): Promise<void> {
    try {
      await this.#client.get(key)
    } catch {
      // The next attempt will say so again.
    }
    await new Promise((resolve) => setTimeout(resolve, slotPause))
  }
}
