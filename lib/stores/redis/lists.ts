import type { Integration } from '../../../schemas/index.ts'
import { RecordDamagedError, RecordTooNewError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { IntegrationScope, ListPage, ListQuery } from '../../ports/store.ts'
import { compareKeys, fold, orderKey } from '../../base/text-order.ts'
import type { RedisConnection } from './connection.ts'
import { creationOfMember, idOfMember, isMember, type RedisKeys } from './keys.ts'
import { decodeRecord } from './record.ts'
import { pageScript, readScript, searchNamesScript } from './scripts.ts'
import { type Keyed, mergeSorted } from '../sorted-list.ts'

/** How many records are read in one step, at most. */
const recordsAtOnce = 1000

/** How many bytes of records are read in one step, at most, unless the first record is longer. */
const bytesAtOnce = 256 * 1024

/** About how many bytes the JSON of an integration is longer than its record, which leaves out usual values. */
const unsaid = 200

/** How many names are compared in one step. */
const namesAtOnce = 2000

/** How many found members are put in order in one step. */
const sortedAtOnce = 5000

/** A member of an index, or its end, and its key. */
interface Found extends Keyed {
  readonly member: string
}

/** The lists of RedisStore. */
export class RedisLists {
  readonly #connection: RedisConnection
  readonly #keys: RedisKeys

  constructor (connection: RedisConnection, keys: RedisKeys) {
    this.#connection = connection
    this.#keys = keys
  }

  /** @throws StoreUnavailableError or what ioredis throws. */
  async list (query: ListQuery, call: PortCall): Promise<ListPage> {
    if (query.scopes.length === 0) return { integrations: [], total: 0 }
    const { total, members } = query.nameContains
      ? await this.#search(query, fold(query.nameContains), call)
      : await this.#page(query, call)
    return { ...await this.#read(members, query, call), total }
  }

  async #page ({ scopes, sortBy, descending, offset, count }: ListQuery, call: PortCall): Promise<Members> {
    const reply = await this.#connection.run(
      pageScript,
      scopes.map((scope) => this.#keys.index(scope, sortBy)),
      [String(offset), String(count), descending ? '1' : '0'],
      call
    )
    const [total, length, ...parts]: unknown[] = Array.isArray(reply) ? reply : []
    const members = mergeSorted(parts.map((part) => textsOf(part).map(found)), false).slice(0, Number(length)).map(({ member }) => member)
    return { total: Number(total), members: descending ? members.reverse() : members }
  }

  /** Walks the names of the scopes. Keeps only members that can be on the page. */
  async #search (query: ListQuery, text: string, call: PortCall): Promise<Members> {
    const { sortBy, descending, offset, count } = query
    const wanted = offset + count
    const first = new FirstOf(wanted, descending)
    const parts: Found[][] = []
    let total = 0
    for (const scope of query.scopes) {
      const part: Found[] = []
      const key = this.#keys.index(scope, 'name')
      for (let at: string | undefined = ''; at !== undefined;) {
        const reply: unknown = await this.#connection.run(searchNamesScript, [key], [
          at,
          String(namesAtOnce),
          text,
          sortBy === 'name' && descending ? '1' : '0',
          String(wanted - part.length),
          sortBy === 'creation' ? '1' : '0',
          timeOf(first.last),
          descending ? '1' : '0'
        ], call)
        const [goOn, fitting, members]: unknown[] = Array.isArray(reply) ? reply : []
        total += Number(fitting)
        if (sortBy === 'name') part.push(...textsOf(members).map(found))
        else first.add(textsOf(members).map(found))
        at = typeof goOn === 'string' ? goOn : undefined
        call.signal.throwIfAborted()
      }
      parts.push(part)
    }
    const members = (sortBy === 'name' ? mergeSorted(parts, descending) : first.sorted).slice(offset, wanted).map(({ member }) => member)
    return { total, members }
  }

  /** Reads the records of a page, in parts of limited size. */
  async #read (members: readonly string[], query: ListQuery, call: PortCall): Promise<Omit<ListPage, 'total'>> {
    const integrations: Integration[] = []
    const unreadable: Error[] = []
    const ids = idsOf(members, unreadable)
    let left = query.maxBytes ?? Number.MAX_SAFE_INTEGER
    for (let first = 0; first < ids.length;) {
      const part = ids.slice(first, first + recordsAtOnce)
      const reply = await this.#connection.run(
        readScript, part.map((id) => this.#keys.record(id)), [bytesAtOnce, left, unsaid].map(String), call)
      const [bytes, isTooLarge, records]: unknown[] = Array.isArray(reply) ? reply : []
      const texts: unknown[] = Array.isArray(records) ? records : []
      if (Number(isTooLarge) === 1) return { integrations: [], fits: first + texts.length }
      texts.forEach((record, index) => {
        const id = part[index] ?? ''
        // The integration was removed after its place was looked up.
        if (typeof record !== 'string') return
        try {
          integrations.push(listed(id, record, query.scopes))
        } catch (error) {
          if (!(error instanceof RecordDamagedError || error instanceof RecordTooNewError)) throw error
          unreadable.push(error)
        }
      })
      left -= Number(bytes)
      // An empty reply counts as one record, so that the loop ends.
      first += Math.max(1, texts.length)
      call.signal.throwIfAborted()
    }
    return { integrations, ...(unreadable.length > 0 && { unreadable }) }
  }
}

/** The members of a page in order, and the number of members in the whole list. */
interface Members {
  readonly members: readonly string[]
  readonly total: number
}

/**
 * Reads a record of the list. A wrong index alone must not show an integration
 * to another creator.
 *
 * @throws RecordDamagedError or RecordTooNewError.
 */
function listed (id: string, record: string, scopes: readonly IntegrationScope[]): Integration {
  const { integration } = decodeRecord(id, record)
  const belongs = scopes.some(({ type, creatorId }) =>
    integration.type === type && (creatorId === undefined || integration._createdBy._id === creatorId))
  if (belongs) return integration
  throw new RecordDamagedError(id, 'it stands in an index that it does not belong to')
}

/** The `_id`s of members, each once. A walk may meet an integration twice when it is renamed meanwhile. */
function idsOf (members: readonly string[], unreadable: Error[]): string[] {
  const ids = new Set<string>()
  for (const member of members) {
    if (isMember(member)) ids.add(idOfMember(member))
    else unreadable.push(new RecordDamagedError('unknown', 'an index holds a member that names no integration'))
  }
  return [...ids]
}

/**
 * Keeps the first members of all that are added, in one order and up to a given
 * number. It keeps nothing of the others.
 */
class FirstOf {
  readonly #most: number
  readonly #descending: boolean
  #kept: Found[] = []
  #fresh: Found[] = []

  constructor (most: number, descending: boolean) {
    this.#most = most
    this.#descending = descending
  }

  add (found: readonly Found[]): void {
    this.#fresh.push(...found)
    if (this.#fresh.length >= Math.min(this.#most, sortedAtOnce)) this.#settle()
  }

  /** The last kept member, once enough members are kept. Members behind it are not needed. */
  get last (): Found | undefined {
    return this.#kept.length < this.#most ? undefined : this.#kept.at(-1)
  }

  /** All kept members, in order. */
  get sorted (): readonly Found[] {
    this.#settle()
    return this.#kept
  }

  #settle (): void {
    const fresh = this.#fresh.sort((a, b) => compareKeys(a.key, b.key))
    if (this.#descending) fresh.reverse()
    this.#kept = mergeSorted([this.#kept, fresh], this.#descending)
      // The walk may meet an integration twice when it is renamed meanwhile.
      .filter(({ key }, index, all) => key !== all[index - 1]?.key)
      .slice(0, this.#most)
    this.#fresh = []
  }
}

function found (member: string): Found {
  return { member, key: orderKey(member) }
}

/** The time in a member's end, in base 36. */
function timeOf (last: Found | undefined): string {
  return last === undefined ? '' : creationOfMember(last.member).slice(0, 9)
}

function textsOf (reply: unknown): string[] {
  return Array.isArray(reply) ? reply : []
}
