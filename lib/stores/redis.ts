import { type Integration } from '../../schemas/index.ts'
import { IdTakenError, InvalidOptionError } from '../errors.ts'
import {
  type IntegrationScope, type IntegrationStore, type ListPage, type ListQuery, type StoreCall, type StoredIntegration
} from '../ports/store.ts'
import { compareText, fold } from './order.ts'
import { type RedisClient, RedisConnection } from './redis-connection.ts'
import {
  creationOfTargetUrlMember, idOfMember, indexMember, RedisKeys, targetUrlCreatorLength, targetUrlMembers,
  targetUrlRange
} from './redis-keys.ts'
import { decodeRecord, encodeRecord } from './redis-record.ts'
import {
  firstOfCreatorsScript, insertScript, pageScript, removeScript, replaceScript, searchNamesScript
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
    const { redis, keyPrefix = 'chat-integrations', waitForReplicas } = options ?? {}
    if (typeof redis?.evalsha !== 'function') {
      throw new InvalidOptionError('redis', 'of RedisStore must be an ioredis client (Redis or Cluster)')
    }
    if (typeof keyPrefix !== 'string' || keyPrefix.trim() === '' || /[{}]/.test(keyPrefix)) {
      throw new InvalidOptionError('keyPrefix', 'of RedisStore must be a text that is not blank and has no braces')
    }
    if (waitForReplicas !== undefined && !isReplicaCount(waitForReplicas)) {
      throw new InvalidOptionError('waitForReplicas',
        `of RedisStore must have a count of replicas and a timeout in milliseconds (1 to ${longestWait})`)
    }
    this.#connection = new RedisConnection(redis, waitForReplicas)
    this.#keys = new RedisKeys(keyPrefix)
  }

  /** @throws IdTakenError, ChangeUnconfirmedError, StoreUnavailableError or what ioredis throws. */
  async insert (integration: Integration, call: StoreCall): Promise<void> {
    const inserted = await this.#connection.change(insertScript, this.#keysOf(integration), [
      encodeRecord(integration),
      ...this.#membersOf(integration)
    ], call)
    if (Number(inserted) !== 1) throw new IdTakenError(integration._id)
  }

  /** @throws RecordDamagedError, RecordTooNewError, StoreUnavailableError or what ioredis throws. */
  async find (id: string, call: StoreCall): Promise<StoredIntegration | null> {
    const record = await this.#connection.get(this.#keys.record(id), call)
    return record === null ? null : decodeRecord(id, record)
  }

  /** @throws as `find`. */
  async findByTargetUrl (url: string, scope: IntegrationScope, call: StoreCall): Promise<StoredIntegration | null> {
    for (;;) {
      const oldest = await this.#oldestOf(url, scope, call)
      if (oldest === undefined) return null
      const found = await this.find(idOfMember(oldest, 'creation'), call)
      // Removed between the two steps: the next one in the index is the oldest now.
      if (found !== null) return found
      call.signal.throwIfAborted()
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
    const removed = await this.#connection.change(removeScript, this.#keysOf(integration), [
      `${revision}|`,
      ...this.#membersOf(integration)
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

  /** What the oldest integration that calls a URL sorts by, with its `_id`. */
  async #oldestOf (url: string, scope: IntegrationScope, call: StoreCall): Promise<string | undefined> {
    const [start, end] = targetUrlRange(url, scope)
    const first: string[] = []
    for (let from = start; ;) {
      const members = membersOf(await this.#connection.run(
        firstOfCreatorsScript, [this.#keys.targetUrls], [from, end, String(batch), String(targetUrlCreatorLength)], call))
      first.push(...members.map(creationOfTargetUrlMember))
      const last = members.at(-1)
      if (members.length < batch || last === undefined) return first.sort(compareText)[0]
      from = `(${last.slice(0, targetUrlCreatorLength)};`
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
    return { integrations: await this.#read(members.map((member) => idOfMember(member, sortBy)), call), total }
  }

  /** Walks the names of the scopes, then reads the page; by creation, everything found has to be read to be sorted. */
  async #search (query: ListQuery, text: string, call: StoreCall): Promise<ListPage> {
    const { scopes, sortBy, descending, offset, count } = query
    const members: string[] = []
    for (const scope of scopes) members.push(...await this.#searchNames(this.#keys.index(scope, 'name'), fold(text), call))
    const ids = members.sort(compareText).map((member) => idOfMember(member, 'name'))
    const page = <T>(sorted: T[]): T[] => (descending ? sorted.reverse() : sorted).slice(offset, offset + count)
    if (sortBy === 'name') return { integrations: await this.#read(page(ids), call), total: ids.length }
    const integrations = (await this.#read(ids, call))
      .map((integration) => ({ integration, key: indexMember(integration, 'creation') }))
      .sort((a, b) => compareText(a.key, b.key))
      .map(({ integration }) => integration)
    return { integrations: page(integrations), total: integrations.length }
  }

  async #searchNames (key: string, text: string, call: StoreCall): Promise<Set<string>> {
    // A set: a name that is added meanwhile moves the others, and one may be met twice.
    const found = new Set<string>()
    for (let first = 0; ; first += batch) {
      const { seen, fitting } = namesOf(await this.#connection.run(
        searchNamesScript, [key], [String(first), String(first + batch - 1), text], call))
      for (const member of fitting) found.add(member)
      if (seen < batch) return found
      call.signal.throwIfAborted()
    }
  }

  async #read (ids: readonly string[], call: StoreCall): Promise<Integration[]> {
    const integrations: Integration[] = []
    for (let first = 0; first < ids.length; first += batch) {
      const some = ids.slice(first, first + batch)
      const records = await this.#connection.getMany(some.map((id) => this.#keys.record(id)), call)
      some.forEach((id, index) => {
        const record = records[index]
        // Removed since its place was looked up.
        if (record != null) integrations.push(decodeRecord(id, record).integration)
      })
      call.signal.throwIfAborted()
    }
    return integrations
  }
}

/** Zero would mean: for ever. */
function isReplicaCount (value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('count' in value) || !('timeout' in value)) return false
  const isUpTo = (most: number, number: unknown): boolean =>
    typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= most
  return isUpTo(Number.MAX_SAFE_INTEGER, value.count) && isUpTo(longestWait, value.timeout)
}

/** Two ascending lists as one. */
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

function namesOf (reply: unknown): { seen: number, fitting: string[] } {
  const [seen, fitting] = Array.isArray(reply) ? reply : []
  return { seen: Number(seen), fitting }
}
