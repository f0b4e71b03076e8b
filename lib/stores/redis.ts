import { randomUUID } from 'node:crypto'
import { type Integration } from '../../schemas/index.ts'
import { IdTakenError, InvalidOptionError, RecordDamagedError, RecordTooNewError } from '../errors.ts'
import {
  type IdempotencyClaim, type IdempotencyRecord, type InsertConditions, type InsertOutcome, type IntegrationScope,
  type IntegrationStore, type ListPage, type ListQuery, type StoreCall, type StoredIntegration
} from '../ports/store.ts'
import { compareText, fold } from './order.ts'
import { type RedisClient, RedisConnection } from './redis-connection.ts'
import {
  creationOfMember, creationOfTargetUrlMember, endOfCreator, idOfMember, indexMember, RedisKeys, restOfCreator,
  targetUrlCreatorLength, targetUrlMembers, targetUrlRange, type TextRange
} from './redis-keys.ts'
import { decodeIdempotency, encodeClaim, encodeDone, isDone } from './redis-idempotency.ts'
import { decodeRecord, encodeRecord } from './redis-record.ts'
import {
  claimScript, firstOfCreatorsScript, insertScript, pageScript, releaseScript, removeScript, replaceScript,
  searchNamesScript, settleScript
} from './redis-scripts.ts'

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
  /**
   * So many calls may be waiting for Redis at the same time. Further ones fail
   * at once, and their requests are answered 503: a Redis that falls behind is
   * given time to catch up.
   *
   * @defaultValue `1000`
   */
  readonly maxInFlight?: number
  /**
   * Answers a change only when so many replicas have confirmed it (Redis'
   * command WAIT), and fails it with a `ChangeUnconfirmedError` after
   * `timeout` milliseconds: the client is answered 503, but the change was
   * carried out and stays unless a failover loses it. Absent: a change is
   * answered when the master has executed it, and a failover loses what no
   * replica had received.
   *
   * WAIT keeps the connection waiting for every other command: give the store
   * a client of its own. `timeout` should be well below `adapterTimeout`: a
   * change may wait for two of them, one of the changes before it.
   */
  readonly waitForReplicas?: { readonly count: number, readonly timeout: number }
}

/** Longer than anybody waits for an answer. */
const longestWait = 60_000

/** About how many changes the stream keeps; readers that fall further behind start over. */
const changesKept = '10000'

/** So many names are looked at, or records read, in one step. */
const batch = 1000

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
 * | `{prefix}:target-urls` | sorted set, lexicographic, hashes of URL and creator first | finding the oldest outgoing webhook by `target_url`, of one creator or of all |
 * | `{prefix}:removed:<_id>` | who removed it; expires after a minute | a removal whose reply was lost |
 * | `{prefix}:idempotency:<hash>` | what became of an idempotency key; expires | a create that is sent again |
 * | `{prefix}:changes` | capped stream | other processes follow what changes |
 *
 * A page of a list is a range of one index, or of two merged by rank, and one
 * MGET; its cost grows with the logarithm of the number of integrations. Only
 * `nameContains` walks an index, a thousand names at a time.
 */
export class RedisStore implements IntegrationStore {
  readonly persistent = true
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys

  /** @throws InvalidOptionError */
  constructor (options: RedisStoreOptions) {
    // A host in plain JavaScript may forget the object around the client.
    const { redis, keyPrefix = 'chat-integrations', maxInFlight = 1000, waitForReplicas } = options ?? {}
    if (typeof redis?.evalsha !== 'function') {
      throw new InvalidOptionError('redis', 'of RedisStore must be an ioredis client (Redis or Cluster)')
    }
    if (typeof keyPrefix !== 'string' || keyPrefix.trim() === '' || /[{}]/.test(keyPrefix)) {
      throw new InvalidOptionError('keyPrefix', 'of RedisStore must be a text that is not blank and has no braces')
    }
    if (!Number.isInteger(maxInFlight) || maxInFlight < 1) {
      throw new InvalidOptionError('maxInFlight', 'of RedisStore must be an integer from 1')
    }
    if (waitForReplicas !== undefined && !isReplicaCount(waitForReplicas)) {
      throw new InvalidOptionError('waitForReplicas',
        `of RedisStore must have a count of replicas and a timeout in milliseconds (1 to ${longestWait})`)
    }
    this.#connection = new RedisConnection(redis, maxInFlight, waitForReplicas)
    this.#keys = new RedisKeys(keyPrefix)
  }

  /** @throws IdTakenError, ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async insert (
    integration: Integration, { once, mostOfCreator = 0 }: InsertConditions, call: StoreCall
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
  async claim (claim: IdempotencyClaim, call: StoreCall): Promise<IdempotencyRecord | null> {
    // What an earlier request did is answered again, so it must be as safe as at first. A claim may get lost.
    const present = await this.#connection.change(
      claimScript, [this.#keys.idempotency(claim.key)], [encodeClaim(claim), String(claim.lapsesAfter)], call, isDone)
    return typeof present === 'string' ? decodeIdempotency(claim.key, present) : null
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async settle (claim: IdempotencyClaim, answer: string, call: StoreCall): Promise<boolean> {
    const settled = await this.#connection.change(settleScript, [this.#keys.idempotency(claim.key)], [
      encodeClaim(claim), encodeDone(claim, answer), String(claim.keptFor)
    ], call)
    return Number(settled) === 1
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async release (claim: IdempotencyClaim, call: StoreCall): Promise<void> {
    await this.#connection.run(releaseScript, [this.#keys.idempotency(claim.key)], [encodeClaim(claim)], call)
  }

  /** @throws RecordDamagedError, RecordTooNewError, StoreUnavailableError or what ioredis throws. */
  async find (id: string, call: StoreCall): Promise<StoredIntegration | null> {
    const record = await this.#connection.get(this.#keys.record(id), call)
    return record === null ? null : decodeRecord(id, record)
  }

  /** @throws as `find`. */
  async findByTargetUrl (url: string, scope: IntegrationScope, call: StoreCall): Promise<StoredIntegration | null> {
    let members = await this.#firstOfCreators(targetUrlRange(url, scope), call)
    for (;;) {
      const oldest = members.reduce<string | undefined>((a, b) => a === undefined || isOlder(b, a) ? b : a, undefined)
      if (oldest === undefined) return null
      const found = await this.find(idOfTargetUrlMember(oldest), call)
      if (found !== null && callsUrl(found.integration, url)) return found
      // Removed or changed since its place was looked up: the next one of its creator takes its place.
      const next = await this.#firstOfCreators(restOfCreator(oldest), call)
      members = [...members.filter((member) => member !== oldest), ...next]
    }
  }

  /** @throws as `find`. */
  async list (query: ListQuery, call: StoreCall): Promise<ListPage> {
    if (query.scopes.length === 0) return { integrations: [], total: 0 }
    return query.nameContains ? await this.#search(query, query.nameContains, call) : await this.#page(query, call)
  }

  /** @throws ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async replace (previous: StoredIntegration, next: Integration, call: StoreCall): Promise<boolean> {
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
  async remove ({ integration, revision }: StoredIntegration, call: StoreCall): Promise<boolean> {
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

  /** What insert and remove write or take away there. */
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
  async #firstOfCreators ({ from, to }: TextRange, call: StoreCall): Promise<string[]> {
    const first: string[] = []
    for (let start = from; ;) {
      const members = membersOf(await this.#connection.run(
        firstOfCreatorsScript, [this.#keys.targetUrls], [start, to, String(batch), String(targetUrlCreatorLength)], call))
      first.push(...members)
      const last = members.at(-1)
      if (members.length < batch || last === undefined) return first
      start = endOfCreator(last)
      call.signal.throwIfAborted()
    }
  }

  async #page ({ scopes, sortBy, descending, offset, count }: ListQuery, call: StoreCall): Promise<ListPage> {
    const reply = await this.#connection.run(
      pageScript,
      scopes.map((scope) => this.#keys.index(scope, sortBy)),
      [String(offset), String(count), descending ? '1' : '0'],
      call
    )
    const { total, length, parts } = pageOf(reply)
    const members = merge(parts).slice(0, length)
    if (descending) members.reverse()
    return { ...await this.#read(members, call), total }
  }

  /** Walks the names of the scopes and reads the page. */
  async #search (query: ListQuery, text: string, call: StoreCall): Promise<ListPage> {
    const { scopes, sortBy, descending, offset, count } = query
    const parts: string[][] = []
    for (const scope of scopes) parts.push(await this.#searchNames(this.#keys.index(scope, 'name'), fold(text), call))
    const members = merge(sortBy === 'name' ? parts : parts.map((part) => part.map(creationOfMember)))
    if (descending) members.reverse()
    return { ...await this.#read(members.slice(offset, offset + count), call), total: members.length }
  }

  async #searchNames (key: string, text: string, call: StoreCall): Promise<string[]> {
    // By _id: one that is renamed meanwhile may be met twice.
    const found = new Map<string, string>()
    for (let start = '-'; ;) {
      const { last, fitting } = namesOf(await this.#connection.run(searchNamesScript, [key], [start, String(batch), text], call))
      for (const member of fitting) found.set(idOfMember(member), member)
      if (last === undefined) return [...found.values()]
      start = `(${last}`
      call.signal.throwIfAborted()
    }
  }

  async #read (members: readonly string[], call: StoreCall): Promise<Omit<ListPage, 'total'>> {
    const integrations: Integration[] = []
    const unreadable: Error[] = []
    for (let first = 0; first < members.length; first += batch) {
      const ids = members.slice(first, first + batch).map(idOfMember)
      const records = await this.#connection.getMany(ids.map((id) => this.#keys.record(id)), call)
      ids.forEach((id, index) => {
        const record = records[index]
        // Removed since its place was looked up.
        if (record == null) return
        try {
          integrations.push(decodeRecord(id, record).integration)
        } catch (error) {
          if (!(error instanceof RecordDamagedError || error instanceof RecordTooNewError)) throw error
          unreadable.push(error)
        }
      })
      call.signal.throwIfAborted()
    }
    return { integrations, ...(unreadable.length > 0 && { unreadable }) }
  }
}

function isOlder (member: string, other: string): boolean {
  return compareText(creationOfTargetUrlMember(member), creationOfTargetUrlMember(other)) < 0
}

function idOfTargetUrlMember (member: string): string {
  return idOfMember(creationOfTargetUrlMember(member))
}

function callsUrl (integration: Integration, url: string): boolean {
  return integration.type === 'webhook-outgoing' && integration.urls.includes(url)
}

/** Zero would mean: for ever. */
function isReplicaCount (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('count' in value) || !('timeout' in value)) return false
  const isUpTo = (most: number, number: unknown): boolean =>
    typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most
  return isUpTo(Number.MAX_SAFE_INTEGER, value.count) && isUpTo(longestWait, value.timeout)
}

/** Lists as one, ascending. */
function merge (parts: readonly string[][]): string[] {
  return parts.flat().sort(compareText)
}

function membersOf (reply: unknown): string[] {
  return Array.isArray(reply) ? reply : []
}

function pageOf (reply: unknown): { total: number, length: number, parts: string[][] } {
  const [total, length, ...parts] = Array.isArray(reply) ? reply : []
  return { total: Number(total), length: Number(length), parts }
}

function namesOf (reply: unknown): { last: string | undefined, fitting: string[] } {
  const [last, fitting] = Array.isArray(reply) ? reply : []
  return { last: last ?? undefined, fitting }
}
