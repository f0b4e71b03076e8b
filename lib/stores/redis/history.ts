import type { HistoryEntry } from '../../../schemas/history.ts'
import { requireKnownOptions } from '../../base/known-options.ts'
import { requireRedisClient } from '../../base/redis/require-client.ts'
import { defaultKeyPrefix, requireKeyPrefix } from '../../base/workspace-name.ts'
import { requireInteger } from '../../base/require-integer.ts'
import type { HistoryPage, HistoryQuery, HistoryStore } from '../../ports/history.ts'
import type { PortCall } from '../../ports/call.ts'
import { checkedBounds, historyBoundNames, type HistoryBounds } from '../history/bounds.ts'
import { decodeEntry, encodeEntry } from '../history/text.ts'
import type { RedisClient } from '../../base/redis/client-state.ts'
import { RedisConnection } from './connection.ts'
import {
  appendHistoryScript, clearHistoryScript, getHistoryScript, listHistoryScript
} from './history-scripts.ts'
import { distinct, RedisKeys } from './keys.ts'

/** Options of {@link RedisHistory}. */
export interface RedisHistoryOptions extends HistoryBounds {
  /**
   * The host's ioredis client, a `Redis` or a `Cluster`. It may be the client of
   * the store. The history neither closes it nor changes its settings.
   */
  readonly redis: RedisClient
  /**
   * Names the workspace, as for `RedisStore`. Every key begins with this name in
   * braces. It must not be blank and must not hold a brace.
   *
   * @defaultValue `'chat-integrations'`
   */
  readonly keyPrefix?: string
  /**
   * How many calls may wait for Redis at the same time. Further calls fail at
   * once, and their entries are lost. An integer from 1 to 1,000,000.
   *
   * @defaultValue `1000`
   */
  readonly maxInFlight?: number
}

/**
 * Keeps the history of integrations in Redis, for all processes of a workspace.
 * When Redis loses its data, only the history is lost.
 *
 * One script writes both keys of an integration. Both expire `maxAge` after the
 * last entry:
 *
 * | key | holds | serves |
 * |---|---|---|
 * | `{prefix}:history:<_id>` | stream of entries as JSON, capped | lists, newest first |
 * | `{prefix}:history-places:<_id>` | hash: the place of each entry in the stream, and the bytes of all | get; taking the place of an entry; the cap by bytes |
 */
export class RedisHistory implements HistoryStore {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #bounds: Required<HistoryBounds>

  /** @throws InvalidOptionError */
  constructor (options: RedisHistoryOptions) {
    // A host in plain JavaScript may forget the object around the client.
    const { redis, keyPrefix = defaultKeyPrefix, maxInFlight = 1000 } = options ?? {}
    requireRedisClient(redis, 'RedisHistory')
    requireKnownOptions(options, ['redis', 'keyPrefix', ...historyBoundNames, 'maxInFlight'], 'RedisHistory')
    requireKeyPrefix(keyPrefix, 'RedisHistory')
    requireInteger('maxInFlight', maxInFlight, 1, 1_000_000, 'RedisHistory')
    this.#bounds = checkedBounds(options, 'RedisHistory')
    this.#connection = new RedisConnection(redis, maxInFlight)
    this.#keys = new RedisKeys(keyPrefix)
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async append (entry: HistoryEntry, call: PortCall): Promise<void> {
    const { maxEntries, maxBytes, maxAge } = this.#bounds
    await this.#connection.run(appendHistoryScript, this.#keysOf(entry.integration._id), [
      distinct(entry._id),
      String(Date.parse(entry._updatedAt)),
      encodeEntry(entry),
      String(maxEntries),
      String(maxBytes),
      String(maxAge)
    ], call)
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async list (integrationId: string, { offset, count }: HistoryQuery, call: PortCall): Promise<HistoryPage> {
    const reply = await this.#connection.run(
      listHistoryScript, [this.#keys.history(integrationId)], [String(this.#bounds.maxAge), String(offset), String(count)], call)
    const [total, texts]: unknown[] = Array.isArray(reply) ? reply : []
    const entries = Array.isArray(texts) ? texts.flatMap((text) => decodeEntry(String(text)) ?? []) : []
    return { entries, total: Number(total) }
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async get (integrationId: string, historyId: string, call: PortCall): Promise<HistoryEntry | null> {
    const text = await this.#connection.run(
      getHistoryScript, this.#keysOf(integrationId), [String(this.#bounds.maxAge), distinct(historyId)], call)
    return typeof text === 'string' ? decodeEntry(text) : null
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async clear (integrationId: string, call: PortCall): Promise<void> {
    await this.#connection.run(clearHistoryScript, this.#keysOf(integrationId), [], call)
  }

  #keysOf (integrationId: string): string[] {
    return [this.#keys.history(integrationId), this.#keys.historyPlaces(integrationId)]
  }
}
