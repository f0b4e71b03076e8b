import { setTimeout as sleep } from 'node:timers/promises'
import { RecordDamagedError, RecordTooNewError, StoreUnavailableError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { Feed } from '../follow/feed.ts'
import type { RedisClient } from '../../base/redis/client-state.ts'
import { RedisConnection } from './connection.ts'
import { changesScript, recordsScript } from './follow-scripts.ts'
import { idOfMember, isMember, type RedisKeys } from './keys.ts'
import { closeOwnClient, ownClientLike } from '../../base/redis/own-client.ts'
import { decodeRecord } from './record.ts'
import { searchNamesScript } from './scripts.ts'

/** About how many changes the stream keeps; readers that fall further behind start over. */
export const changesKept = '10000'

/** Milliseconds that Redis lets the reader wait for a change; then the reader asks whether any was lost. */
const longestWait = 2000

/** A reader that has heard nothing for so many milliseconds connects anew. */
const patience = 6000

/** Milliseconds between two attempts after an error. */
const pause = 250

/** So many changes, and so many members of an index, are read in one step. */
const readAtOnce = 500

/** So many bytes of records are read in one step, unless the first record is longer. */
const bytesAtOnce = 256 * 1024

/** Tells a feed of everything, over a connection of its own, until the signal of the call is aborted. */
export async function followRedis (redis: RedisClient, keys: RedisKeys, feed: Feed, call: PortCall): Promise<void> {
  const { signal } = call
  if (signal.aborted) return
  const client = ownClientLike(redis)
  const follower = new RedisFollower(new RedisConnection(client, Infinity), keys, feed, call)
  const watch = setInterval(() => {
    if (performance.now() - follower.heard < patience) return
    follower.heard = performance.now()
    feed.stale(new StoreUnavailableError(`Redis has not answered for ${patience / 1000} seconds`))
    client.disconnect(true)
  }, patience / 4)
  client.on('error', (error) => { feed.stale(error) })
  client.on('close', () => { feed.stale(new StoreUnavailableError('the connection that follows changes was closed')) })
  const end = new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve() }, { once: true }) })
  try {
    while (!signal.aborted) {
      try {
        await Promise.race([follower.step(), end])
      } catch (error) {
        feed.stale(error)
        await sleep(pause, undefined, { signal }).catch(() => {})
      }
    }
  } finally {
    clearInterval(watch)
    closeOwnClient(client)
  }
}

/**
 * Reads the stream of changes. An entry only names an integration; its present
 * state is read when it is told, so that the last word about an integration is
 * always the truth.
 *
 * No change is left out as long as the stream still has two entries: the last
 * one that was told, and the newest one that was there when records were last
 * read. A record can be newer than the changes that were told, and a failover
 * can take it back. Every script that reads makes sure of them in the same step.
 */
class RedisFollower {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #feed: Feed
  readonly #call: PortCall
  /** When Redis last answered, in milliseconds of performance.now(). */
  heard = performance.now()
  /** The last entry that was told; '' when there was none; undefined: all integrations have to be read. */
  #told: string | undefined
  /** The newest entry when records were last read; '' when there was none. */
  #seen = ''
  /** Whether there was no further entry at the last step. */
  #waits = false

  constructor (connection: RedisConnection, keys: RedisKeys, feed: Feed, call: PortCall) {
    this.#connection = connection
    this.#keys = keys
    this.#feed = feed
    this.#call = call
  }

  /**
   * Tells of all integrations, or of the next changes. A step that fails is
   * taken again.
   *
   * @throws StoreUnavailableError or what ioredis throws.
   */
  async step (): Promise<void> {
    const { changes } = this.#keys
    const told = this.#told
    if (told === undefined) return await this.#tellAll()
    // After an error the first thing to know is whether anything was lost.
    const waits = this.#waits
    this.#waits = false
    // Redis answers the second one when the first one is done.
    const [, reply] = await Promise.all([
      waits && this.#connection.waitForEntry(changes, told === '' ? '0-0' : told, longestWait, this.#call),
      this.#connection.run(changesScript, [changes], [told, this.#seen, String(readAtOnce), changesKept], this.#call)
    ])
    this.heard = performance.now()
    if (!Array.isArray(reply)) {
      this.#told = undefined
      return
    }
    const entries = reply.map(changeOf)
    const ids = entries.filter(({ type }) => this.#feed.covers(type)).map(({ _id }) => _id)
    if (!await this.#tell([...new Set(ids)], (id) => { this.#feed.removed(id) })) return
    this.#told = entries.at(-1)?.entry ?? told
    if (entries.length === readAtOnce) return
    this.#waits = true
    this.#feed.live()
  }

  /** Walks the indexes. What is changed meanwhile comes with the changes behind the entry that is the newest one now. */
  async #tellAll (): Promise<void> {
    this.#seen = ''
    await this.#read([])
    const told = this.#seen
    this.#feed.reset()
    for (const type of this.#feed.types) {
      const key = this.#keys.index({ type }, 'name')
      for (let at: string | undefined = ''; at !== undefined;) {
        // Every name holds the empty text.
        const args = [at, String(readAtOnce), '', '0', '0', '1', '', '0']
        const reply: unknown = await this.#connection.run(searchNamesScript, [key], args, this.#call)
        const [goOn, , members]: unknown[] = Array.isArray(reply) ? reply : []
        const ids = Array.isArray(members) ? members.map(String).filter(isMember).map(idOfMember) : []
        // One that is gone was never told.
        if (!await this.#tell(ids, () => {})) return
        at = typeof goOn === 'string' ? goOn : undefined
      }
    }
    this.#told = told
  }

  /**
   * Tells of the present state of integrations.
   *
   * @param gone is called for those that are not there.
   * @returns false when changes were lost and all integrations have to be read again.
   */
  async #tell (ids: readonly string[], gone: (id: string) => void): Promise<boolean> {
    for (let first = 0; first < ids.length;) {
      const part = ids.slice(first, first + readAtOnce)
      const records = await this.#read(part)
      if (records === undefined) {
        this.#told = undefined
        return false
      }
      records.forEach((record, index) => {
        const id = part[index] ?? ''
        if (typeof record === 'string') this.#tellRecord(id, record)
        else gone(id)
      })
      // Even a reply that says nothing takes the walk further.
      first += Math.max(1, records.length)
    }
    return true
  }

  #tellRecord (id: string, record: string): void {
    try {
      const stored = decodeRecord(id, record)
      if (this.#feed.covers(stored.integration.type)) this.#feed.present(stored)
    } catch (error) {
      if (!(error instanceof RecordDamagedError || error instanceof RecordTooNewError)) throw error
      this.#feed.unreadable(id, error)
    }
  }

  /** The records of the first of these integrations; undefined when changes were lost. */
  async #read (ids: readonly string[]): Promise<unknown[] | undefined> {
    const keys = [this.#keys.changes, ...ids.map((id) => this.#keys.record(id))]
    const reply = await this.#connection.run(recordsScript, keys, [this.#seen, String(bytesAtOnce)], this.#call)
    this.heard = performance.now()
    if (!Array.isArray(reply)) return undefined
    const [newest, records]: unknown[] = reply
    this.#seen = String(newest)
    return Array.isArray(records) ? records : []
  }
}

/** Reads an entry of the stream: its id, and its fields and their values in turn. */
function changeOf (reply: unknown): { readonly entry: string, readonly type: string, readonly _id: string } {
  const [entry, fields]: unknown[] = Array.isArray(reply) ? reply : []
  const values = new Map<string, string>()
  if (Array.isArray(fields)) {
    for (let index = 0; index + 1 < fields.length; index += 2) values.set(String(fields[index]), String(fields[index + 1]))
  }
  return { entry: String(entry), type: values.get('type') ?? '', _id: values.get('_id') ?? '' }
}
