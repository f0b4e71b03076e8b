import { type Integration } from '../../schemas/index.ts'
import { IdTakenError, InvalidOptionError } from '../errors.ts'
import { type IntegrationStore, type StoreCall } from '../ports/store.ts'
import { type RedisClient, RedisConnection } from './redis-connection.ts'
import { indexMember, orders, RedisKeys, urlMembers } from './redis-keys.ts'
import { decodeRecord, encodeRecord } from './redis-record.ts'
import { insertScript } from './redis-scripts.ts'

/** Options of {@link RedisStore}. */
export interface RedisStoreOptions {
  /**
   * The host's ioredis client, `Redis` or `Cluster`. It stays the host's: it is
   * neither opened nor closed here, and its settings are not changed.
   */
  readonly redis: RedisClient
  /**
   * Names the workspace; every key begins with it, in braces. Several
   * workspaces can share one Redis under different names. Must not be blank
   * and must not hold a brace.
   *
   * @defaultValue `'chat-integrations'`
   */
  readonly keyPrefix?: string
}

/** About how many changes the stream keeps; readers that fall further behind start over. */
const changesKept = 10_000

/**
 * Keeps integrations in Redis.
 *
 * What is there for one integration, all of it written by one script:
 *
 * | key | holds | serves |
 * |---|---|---|
 * | `{prefix}:integration:<_id>` | the record, `<format>.<revision>\|<json>` | get; a change compares the revision |
 * | `{prefix}:type:<type>:by-creation`, `…:by-name` | sorted sets, lexicographic | pages of a list, and totals |
 * | `{prefix}:creator:<userId>:<type>:by-creation`, `…:by-name` | the same of one creator | lists of callers with a `manage-own-…` permission |
 * | `{prefix}:url:<hash>` | sorted set, lexicographic | finding an outgoing webhook by `target_url`, the oldest first, of all and of one creator |
 * | `{prefix}:changes` | capped stream | other processes follow what changes |
 *
 * Lists, updates and removals need nothing else, so what is written now needs
 * no migration later. A page is a range of one index, or of two merged by rank
 * (`ZLEXCOUNT` tells the place of a member in a set that it is not in), and one
 * MGET. An update or a removal compares the revision and derives every index
 * member from the record that it replaces.
 */
export class RedisStore implements IntegrationStore {
  readonly persistent = true
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys

  /** @throws InvalidOptionError */
  constructor (options: RedisStoreOptions) {
    // A host in plain JavaScript may forget the object around the client.
    const { redis, keyPrefix = 'chat-integrations' } = options ?? {}
    if (typeof redis?.evalsha !== 'function') {
      throw new InvalidOptionError('redis', 'of RedisStore must be an ioredis client (Redis or Cluster)')
    }
    if (typeof keyPrefix !== 'string' || keyPrefix.trim() === '' || /[{}]/.test(keyPrefix)) {
      throw new InvalidOptionError('keyPrefix', 'of RedisStore must be a text that is not blank and has no braces')
    }
    this.#connection = new RedisConnection(redis)
    this.#keys = new RedisKeys(keyPrefix)
  }

  /** @throws IdTakenError, StoreUnavailableError or what ioredis throws. */
  async insert (integration: Integration, call: StoreCall): Promise<void> {
    const { _id, type, _createdBy: { _id: creatorId } } = integration
    const keys = [
      this.#keys.record(_id),
      this.#keys.changes,
      ...orders.flatMap((order) => [this.#keys.index({ type }, order), this.#keys.index({ type, creatorId }, order)])
    ]
    if (type === 'webhook-outgoing') {
      for (const url of integration.urls) keys.push(this.#keys.targetUrl(url))
    }
    const inserted = await this.#connection.run(insertScript, keys, [
      encodeRecord(integration, 1),
      _id,
      type,
      String(changesKept),
      ...orders.map((order) => indexMember(integration, order)),
      ...urlMembers(integration)
    ], call)
    if (Number(inserted) !== 1) throw new IdTakenError(_id)
  }

  /** @throws RecordDamagedError, RecordTooNewError, StoreUnavailableError or what ioredis throws. */
  async find (id: string, call: StoreCall): Promise<Integration | null> {
    const record = await this.#connection.get(this.#keys.record(id), call)
    return record === null ? null : decodeRecord(id, record)
  }
}
