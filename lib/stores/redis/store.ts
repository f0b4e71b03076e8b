import { randomUUID } from 'node:crypto'
import type { Integration, IntegrationType } from '../../../schemas/index.ts'
import { IdTakenError, InvalidOptionError, RecordDamagedError } from '../../errors/index.ts'
import { callsUrl } from '../../base/calls-url.ts'
import { requireKnownOptions } from '../../base/known-options.ts'
import { requireRedisClient } from '../../base/redis/require-client.ts'
import { defaultKeyPrefix, requireKeyPrefix } from '../../base/workspace-name.ts'
import type { PortCall } from '../../ports/call.ts'
import type {
  FollowListener, IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoredIntegration
} from '../../ports/store.ts'
import { orderKey } from '../../base/text-order.ts'
import { Feed } from '../follow/feed.ts'
import type { RedisClient } from '../../base/redis/client-state.ts'
import { RedisConnection } from './connection.ts'
import { changesKept, followRedis } from './follow.ts'
import {
  creationOfTargetUrlMember, idOfMember, indexMember, RedisKeys, restOfCreator, targetUrlCreatorLength, targetUrlMembers,
  targetUrlRange, type TextRange
} from './keys.ts'
import { RedisLists } from './lists.ts'
import { decodeIdempotency, encodeClaim, encodeDone, isDone } from './idempotency.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import {
  claimScript, firstOfCreatorsScript, insertScript, releaseScript, removeScript, replaceScript, settleScript
} from './scripts.ts'

/** Options of {@link RedisStore}. */
export interface RedisStoreOptions {
  /**
   * The host's ioredis client, a `Redis` or a `Cluster`. The store neither closes
   * it nor changes its settings. A client with `lazyConnect` connects at the first
   * call of the store.
   */
  readonly redis: RedisClient
  /**
   * Names the workspace. Every key begins with this name in braces. Several
   * workspaces can share one Redis under different names. The name must not be
   * blank and must not hold a brace.
   *
   * @defaultValue `'chat-integrations'`
   */
  readonly keyPrefix?: string
  /**
   * How many calls may wait for Redis at the same time. Further calls fail at
   * once, and their requests are answered 503. So a Redis that falls behind can
   * catch up. An integer from 1.
   *
   * @defaultValue `1000`
   */
  readonly maxInFlight?: number
  /**
   * A change is answered only after `count` replicas have confirmed it (Redis'
   * command WAIT). After `timeout` milliseconds the change fails with a
   * `ChangeUnconfirmedError`, and the client is answered 503. The change was
   * carried out all the same, and stays unless a failover loses it.
   *
   * Without this option, a change is answered after the master has executed it.
   * A failover then loses the changes that no replica had received.
   *
   * During a WAIT, the connection serves no other command: give the store a
   * client of its own. Keep `timeout` below a third of `adapterTimeout`. A change
   * may wait for two timeouts (its own, and one of the changes before it), and a
   * create with an `Idempotency-Key` for three.
   *
   * @defaultValue absent: no replica is waited for
   */
  readonly waitForReplicas?: { readonly count: number, readonly timeout: number }
}

const knownOptions = ['redis', 'keyPrefix', 'maxInFlight', 'waitForReplicas'] as const satisfies ReadonlyArray<keyof RedisStoreOptions>

/** The longest `timeout` of `waitForReplicas`, in milliseconds. No caller waits longer than this. */
const longestWait = 60_000

/** How many members of the index of target URLs are read in one step. */
const mostSteps = 1000

/** How many members of a URL may be out of date during one search. More means that the index is damaged. */
const mostStale = 100

/**
 * Keeps integrations in Redis.
 *
 * The keys of one integration. One script writes all of them:
 *
 * | key | holds | serves |
 * |---|---|---|
 * | `{prefix}:integration:<_id>` | the record, `<format>.<revision>\|<json>` | reading one; a change compares the revision |
 * | `{prefix}:type:<type>:by-creation`, `…:by-name` | sorted sets, lexicographic | pages of a list, and totals |
 * | `{prefix}:creator:<userId>:<type>:by-creation`, `…:by-name` | the same, for one creator | lists of callers with a `manage-own-…` permission |
 * | `{prefix}:target-urls` | sorted set, lexicographic, hashes of URL and creator first | finding the oldest outgoing webhook by `target_url`, of one creator or of all |
 * | `{prefix}:removed:<_id>` | the mark of a removal; expires after a minute | a removal whose reply was lost |
 * | `{prefix}:idempotency:<hash>` | the state of an idempotency key; expires | a create that is sent again |
 * | `{prefix}:changes` | capped stream | other processes follow the changes |
 *
 * A page of a list is a range of one index, or of two indexes merged by rank.
 * Its cost grows with the logarithm of the number of integrations. Only
 * `nameContains` walks an index, two thousand names at a time.
 */
export class RedisStore implements IntegrationStore {
  readonly persistent = true
  /** The `keyPrefix`. */
  readonly workspace: string
  readonly #redis: RedisClient
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys
  readonly #lists: RedisLists

  /** @throws InvalidOptionError */
  constructor (options: RedisStoreOptions) {
    // A host in plain JavaScript may forget the object around the client.
    const { redis, keyPrefix = defaultKeyPrefix, maxInFlight = 1000, waitForReplicas } = options ?? {}
    requireRedisClient(redis, 'RedisStore')
    requireKnownOptions(options, knownOptions, 'RedisStore')
    requireKeyPrefix(keyPrefix, 'RedisStore')
    if (!Number.isInteger(maxInFlight) || maxInFlight < 1) {
      throw new InvalidOptionError('maxInFlight', 'of RedisStore must be an integer from 1')
    }
    if (waitForReplicas !== undefined && !isReplicaCount(waitForReplicas)) {
      throw new InvalidOptionError('waitForReplicas',
        `of RedisStore must have a count of replicas and a timeout in milliseconds (1 to ${longestWait})`)
    }
    this.#redis = redis
    this.#connection = new RedisConnection(redis, maxInFlight, waitForReplicas)
    this.#keys = new RedisKeys(keyPrefix)
    this.#lists = new RedisLists(this.#connection, this.#keys)
    this.workspace = keyPrefix
  }

  /** @throws IdTakenError, ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async insert (
    integration: Integration, { once, mostOfCreator = 0 }: InsertConditions, call: PortCall
  ): Promise<InsertOutcome> {
    const keys = this.#keysOf(integration)
    const args = [encodeRecord(integration), ...this.#membersOf(integration), String(mostOfCreator)]
    if (once !== undefined) {
      keys.push(this.#keys.idempotency(once.claim.key))
      args.push(encodeClaim(once.claim), encodeDone(once.claim, once.answer), String(once.claim.keptFor))
    }
    switch (Number(await this.#connection.change(insertScript, keys, args, call))) {
      case 1: return 'inserted'
      case -1: return 'claim-lost'
      case -2: return 'too-many'
      default: throw new IdTakenError(integration._id)
    }
  }

  /** @throws RecordDamagedError, RecordTooNewError, ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async claim (claim: IdempotencyClaim, call: PortCall): Promise<IdempotencyRecord | null> {
    // An answer that is given again must be as safe as the first time. A claim alone may get lost.
    const present = await this.#connection.change(
      claimScript, [this.#keys.idempotency(claim.key)], [encodeClaim(claim), String(claim.lapsesAfter)], call, isDone)
    return typeof present === 'string' ? decodeIdempotency(claim.key, present) : null
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async settle (claim: IdempotencyClaim, answer: string, call: PortCall): Promise<boolean> {
    const settled = await this.#connection.change(settleScript, [this.#keys.idempotency(claim.key)], [
      encodeClaim(claim), encodeDone(claim, answer), String(claim.keptFor)
    ], call)
    return Number(settled) === 1
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async release (claim: IdempotencyClaim, call: PortCall): Promise<void> {
    await this.#connection.run(releaseScript, [this.#keys.idempotency(claim.key)], [encodeClaim(claim)], call)
  }

  /** @throws RecordDamagedError, RecordTooNewError, StoreUnavailableError or what ioredis throws. */
  async find (id: string, call: PortCall): Promise<StoredIntegration | null> {
    const record = await this.#connection.get(this.#keys.record(id), call)
    return record === null ? null : decodeRecord(id, record)
  }

  /** @throws as `find`. */
  async findByTargetUrl (url: string, scope: IntegrationScope, call: PortCall): Promise<StoredIntegration | null> {
    let members = await this.#firstOfCreators(targetUrlRange(url, scope), call)
    for (let stale = 0; stale < mostStale; stale++) {
      const oldest = members.reduce<string | undefined>((a, b) => a === undefined || isOlder(b, a) ? b : a, undefined)
      if (oldest === undefined) return null
      const found = await this.find(idOfTargetUrlMember(oldest), call)
      if (found !== null && callsUrl(found.integration, url)) return found
      // The integration was removed or changed after the search. The next one of its creator takes its place.
      const next = await this.#firstOfCreators(restOfCreator(oldest), call)
      members = [...members.filter((member) => member !== oldest), ...next]
    }
    throw new RecordDamagedError('target-urls', `${mostStale} members of a URL name integrations that do not call it`)
  }

  /** @throws as `find`. */
  async list (query: ListQuery, call: PortCall): Promise<ListPage> {
    return await this.#lists.list(query, call)
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async replace (previous: StoredIntegration, next: Integration, call: PortCall): Promise<boolean> {
    const { integration, revision } = previous
    const [before, after] = [targetUrlMembers(integration), targetUrlMembers(next)]
    const gone = before.filter((member) => !after.includes(member))
    const added = after.filter((member) => !before.includes(member))
    const { _id, type, _createdBy } = integration
    const replaced = await this.#connection.change(replaceScript, [
      this.#keys.record(_id),
      this.#keys.changes,
      this.#keys.index({ type }, 'name'),
      this.#keys.index({ type, creatorId: _createdBy._id }, 'name'),
      this.#keys.targetUrls
    ], [
      encodeRecord(next, revision),
      _id,
      type,
      changesKept,
      `${revision}|`,
      indexMember(integration, 'name'),
      indexMember(next, 'name'),
      String(gone.length),
      ...gone,
      ...added
    ], call)
    return Number(replaced) === 1
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async remove ({ integration, revision }: StoredIntegration, call: PortCall): Promise<boolean> {
    const removed = await this.#connection.change(removeScript, [
      ...this.#keysOf(integration),
      this.#keys.removed(integration._id)
    ], [
      `${revision}|`,
      ...this.#membersOf(integration),
      randomUUID()
    ], call)
    return Number(removed) === 1
  }

  /**
   * Reads the stream of changes over a connection of its own, a duplicate of
   * the host's client, which is closed when the signal is aborted. A change
   * made by any process is told within milliseconds; a flush or a failover that
   * loses changes, at the latest two seconds after Redis is back.
   */
  async follow (types: readonly IntegrationType[], listener: FollowListener, call: PortCall): Promise<void> {
    await followRedis(this.#redis, this.#keys, new Feed(types, listener, call), call)
  }

  /** The keys of insert and remove. */
  #keysOf ({ _id, type, _createdBy: { _id: creatorId } }: Integration): string[] {
    return [
      this.#keys.record(_id),
      this.#keys.changes,
      this.#keys.index({ type }, 'creation'),
      this.#keys.index({ type, creatorId }, 'creation'),
      this.#keys.index({ type }, 'name'),
      this.#keys.index({ type, creatorId }, 'name'),
      this.#keys.targetUrls
    ]
  }

  /** The members that insert adds to these keys, and remove takes away. */
  #membersOf (integration: Integration): string[] {
    return [
      integration._id,
      integration.type,
      changesKept,
      indexMember(integration, 'creation'),
      indexMember(integration, 'name'),
      ...targetUrlMembers(integration)
    ]
  }

  /** The first member of each creator in a part of the index of target URLs. */
  async #firstOfCreators ({ from, to }: TextRange, call: PortCall): Promise<string[]> {
    const first: string[] = []
    for (let start: string | undefined = Buffer.from(from).toString('hex'); start !== undefined;) {
      const reply = await this.#connection.run(
        firstOfCreatorsScript, [this.#keys.targetUrls], [start, to, String(mostSteps), String(targetUrlCreatorLength)], call)
      const [members, goOn]: unknown[] = Array.isArray(reply) ? reply : []
      if (Array.isArray(members)) first.push(...members)
      start = typeof goOn === 'string' ? goOn : undefined
      call.signal.throwIfAborted()
    }
    return first
  }
}

function isOlder (member: string, other: string): boolean {
  return orderKey(creationOfTargetUrlMember(member)) < orderKey(creationOfTargetUrlMember(other))
}

function idOfTargetUrlMember (member: string): string {
  return idOfMember(creationOfTargetUrlMember(member))
}

/** Whether this is a count and a timeout. A timeout of zero would mean: wait for ever. */
function isReplicaCount (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('count' in value) || !('timeout' in value)) return false
  const isUpTo = (most: number, number: unknown): boolean =>
    typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most
  return isUpTo(Number.MAX_SAFE_INTEGER, value.count) && isUpTo(longestWait, value.timeout)
}
