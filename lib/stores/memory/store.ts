import { setImmediate } from 'node:timers/promises'
import type { Integration, IntegrationType } from '../../../schemas/index.ts'
import { IdTakenError, StoreUnavailableError } from '../../errors/index.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { PortCall } from '../../ports/call.ts'
import type {
  FollowListener, IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoredIntegration
} from '../../ports/store.ts'
import { fold, orderKey } from '../../base/text-order.ts'
import { Feed } from '../follow/feed.ts'
import { type Keyed, mergeSorted, SortedList } from '../sorted-list.ts'
import { MemoryFollower } from './follow.ts'

/** An integration as it is kept. As JSON, so that callers get copies and cannot change the stored one. */
interface Entry {
  readonly id: string
  readonly json: string
  readonly bytes: number
  readonly revision: number
  /** The name in the form that is searched: in lower case. */
  readonly name: string
  /** The lists that the integration is in, and its key in each. */
  readonly places: ReadonlyArray<readonly [list: string, key: string]>
}

interface Place extends Keyed {
  readonly entry: Entry
}

interface IdempotencyEntry extends IdempotencyRecord {
  readonly token: string
  /** When it lapses, in milliseconds since 1970. */
  readonly until: number
}

/** How many names are compared before other work gets a turn. */
const namesAtOnce = 10_000

/**
 * Keeps integrations in this process: for development, tests and hosts that
 * create their integrations anew at every start. Everything is forgotten when
 * the process ends, and no other process sees it.
 *
 * The lists are kept in order, so that a page costs about the same among few
 * and among many integrations. Only `nameContains` compares all names.
 */
export class MemoryStore implements IntegrationStore {
  readonly persistent: boolean = false
  readonly #entries = new Map<string, Entry>()
  /** By the name of the list; see {@link placesOf}. */
  readonly #lists = new Map<string, SortedList<Place>>()
  readonly #idempotency = new Map<string, IdempotencyEntry>()
  readonly #followers = new Set<MemoryFollower>()

  /** @throws IdTakenError */
  insert (integration: Integration, { once, mostOfCreator = Infinity }: InsertConditions, call: PortCall): InsertOutcome {
    requireCaller(call)
    if (this.#entries.has(integration._id)) throw new IdTakenError(integration._id)
    if (once !== undefined && !this.#isHeld(once.claim)) return 'claim-lost'
    const { type, _createdBy: { _id: creatorId } } = integration
    if (this.#list(listOf({ type, creatorId }, 'creation')).size >= mostOfCreator) return 'too-many'
    this.#put(integration, 1)
    this.#announce(integration)
    if (once !== undefined) this.#note(once.claim, once.answer)
    return 'inserted'
  }

  claim ({ key, fingerprint, token, lapsesAfter }: IdempotencyClaim, call: PortCall): IdempotencyRecord | null {
    requireCaller(call)
    this.#forgetLapsed()
    const known = this.#idempotency.get(key)
    if (known !== undefined && known.until > Date.now()) return { fingerprint: known.fingerprint, answer: known.answer }
    this.#remember(key, { fingerprint, token, answer: null, until: Date.now() + lapsesAfter })
    return null
  }

  settle (claim: IdempotencyClaim, answer: string, call: PortCall): boolean {
    requireCaller(call)
    if (!this.#isHeld(claim)) return false
    this.#note(claim, answer)
    return true
  }

  release (claim: IdempotencyClaim): void {
    if (this.#isHeld(claim)) this.#idempotency.delete(claim.key)
  }

  find (id: string): StoredIntegration | null {
    const entry = this.#entries.get(id)
    return entry === undefined ? null : stored(entry)
  }

  findByTargetUrl (url: string, scope: IntegrationScope): StoredIntegration | null {
    if (scope.type !== 'webhook-outgoing') return null
    const start = urlKey(url, scope.creatorId)
    const place = this.#list(urls).firstFrom(start)
    return place?.key.startsWith(start) ? stored(place.entry) : null
  }

  list (query: ListQuery, call?: PortCall): Awaitable<ListPage> {
    const { scopes, sortBy, descending, offset, count, nameContains } = query
    const lists = scopes.map((scope) => this.#list(listOf(scope, sortBy)))
    if (nameContains) return this.#search(lists, query, fold(nameContains), call)
    const total = lists.reduce((sum, { size }) => sum + size, 0)
    const from = Math.max(0, descending ? total - offset - count : offset)
    const places = rangeOf(lists, from, Math.max(0, Math.min(total, descending ? total - offset : offset + count)))
    return { ...readPage(descending ? places.reverse() : places, query), total }
  }

  replace (previous: StoredIntegration, next: Integration, call: PortCall): boolean {
    requireCaller(call)
    const held = this.#held(previous)
    if (held === undefined) return false
    this.#takeAway(held)
    this.#put(next, held.revision + 1)
    this.#announce(next)
    return true
  }

  remove (previous: StoredIntegration, call: PortCall): boolean {
    requireCaller(call)
    const held = this.#held(previous)
    if (held === undefined) return false
    this.#takeAway(held)
    this.#announce(previous.integration)
    return true
  }

  /** Changes are told in a later turn of the event loop. */
  async follow (types: readonly IntegrationType[], listener: FollowListener, call: PortCall): Promise<void> {
    const follower = new MemoryFollower(new Feed(types, listener, call), (id) => this.find(id))
    this.#followers.add(follower)
    try {
      const lists = types.map((type) => this.#list(listOf({ type }, 'creation')))
      await follower.run(lists.flatMap((list) => list.slice(0, list.size)).map(({ entry }) => entry.id), call)
    } finally {
      this.#followers.delete(follower)
    }
  }

  /** Lets the followers know that an integration has changed. */
  #announce (integration: Integration): void {
    for (const follower of this.#followers) follower.note(integration)
  }

  #isHeld ({ key, token }: IdempotencyClaim): boolean {
    const known = this.#idempotency.get(key)
    return known?.token === token && known.answer === null && known.until > Date.now()
  }

  #note ({ key, fingerprint, token, keptFor }: IdempotencyClaim, answer: string): void {
    this.#remember(key, { fingerprint, token, answer, until: Date.now() + keptFor })
  }

  #remember (key: string, entry: IdempotencyEntry): void {
    // Added at the end again, so that the entries that lapse first are roughly at the beginning.
    this.#idempotency.delete(key)
    this.#idempotency.set(key, entry)
  }

  #forgetLapsed (): void {
    for (const [key, { until }] of this.#idempotency) {
      if (until > Date.now()) return
      this.#idempotency.delete(key)
    }
  }

  #put (integration: Integration, revision: number): void {
    const json = JSON.stringify(integration)
    const places = placesOf(integration)
    const entry: Entry = {
      id: integration._id, json, bytes: Buffer.byteLength(json), revision, name: fold(integration.name), places
    }
    this.#entries.set(entry.id, entry)
    for (const [name, key] of places) {
      const list = this.#list(name)
      this.#lists.set(name, list)
      list.add({ key, entry })
    }
  }

  #takeAway ({ id, places }: Entry): void {
    this.#entries.delete(id)
    for (const [name, key] of places) {
      const list = this.#list(name)
      list.delete(key)
      if (list.size === 0) this.#lists.delete(name)
    }
  }

  /** The list of this name, or an empty one. Empty lists are not kept. */
  #list (name: string): SortedList<Place> {
    return this.#lists.get(name) ?? new SortedList()
  }

  /** Searches a copy of the lists, so that later changes do not matter, and lets other work run in between. */
  async #search (
    lists: ReadonlyArray<SortedList<Place>>, query: ListQuery, text: string, call: PortCall | undefined
  ): Promise<ListPage> {
    const { descending, offset, count } = query
    const wanted = offset + count
    const found: Place[][] = []
    let [total, seen] = [0, 0]
    for (const places of lists.map((list) => list.slice(0, list.size))) {
      if (descending) places.reverse()
      const fitting: Place[] = []
      for (const place of places) {
        if (place.entry.name.includes(text)) {
          total++
          if (fitting.length < wanted) fitting.push(place)
        }
        if (++seen % namesAtOnce !== 0) continue
        await setImmediate()
        call?.signal.throwIfAborted()
      }
      found.push(fitting)
    }
    // Integrations that were changed or removed during the search are left out.
    const places = mergeSorted(found, descending).slice(offset, wanted).filter(({ entry }) => this.#entries.get(entry.id) === entry)
    return { ...readPage(places, query), total }
  }

  #held ({ integration, revision }: StoredIntegration): Entry | undefined {
    const entry = this.#entries.get(integration._id)
    return entry !== undefined && String(entry.revision) === revision ? entry : undefined
  }
}

/** Refuses to write for a caller that no longer waits: its request was answered 503. */
function requireCaller (call: PortCall): void {
  if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
}

function stored ({ json, revision }: Entry): StoredIntegration {
  return { integration: JSON.parse(json), revision: String(revision) }
}

function readPage (places: readonly Place[], { maxBytes = Infinity }: ListQuery): Omit<ListPage, 'total'> {
  let bytes = 0
  const fits = places.findIndex(({ entry }) => (bytes += entry.bytes) > maxBytes)
  return fits === -1
    ? { integrations: places.map(({ entry }) => stored(entry).integration) }
    : { integrations: [], fits }
}

/** The entries from one place to before another of one list, or of two taken as one. */
function rangeOf ([a, b]: ReadonlyArray<SortedList<Place>>, from: number, to: number): Place[] {
  if (a === undefined || from >= to) return []
  if (b === undefined) return a.slice(from, to)
  // How many of the entries before the range are in the first list, by bisection.
  let [low, high] = [Math.max(0, from - b.size), Math.min(from, a.size)]
  while (low < high) {
    const middle = (low + high) >> 1
    const [place] = a.slice(middle, middle + 1)
    if (place !== undefined && middle + b.rankOf(place.key) < from) low = middle + 1
    else high = middle
  }
  return mergeSorted([a.slice(low, low + to - from), b.slice(from - low, to - low)], false).slice(0, to - from)
}

/** The name of the list of all called URLs. The names of the other lists have a space in them. */
const urls = 'urls'

function listOf ({ type, creatorId }: IntegrationScope, sortBy: ListQuery['sortBy']): string {
  return `${type} ${sortBy}${creatorId === undefined ? '' : ` ${creatorId}`}`
}

/** Every list that an integration is in, with its key there. */
function placesOf (integration: Integration): Array<[list: string, key: string]> {
  const { type, name, _createdBy: { _id: creatorId } } = integration
  const creation = creationKey(integration)
  const keys = { creation: orderKey(creation), name: orderKey(`${fold(name)}\0${creation}`) }
  const places = ([{ type }, { type, creatorId }]).flatMap((scope): Array<[string, string]> => [
    [listOf(scope, 'creation'), keys.creation], [listOf(scope, 'name'), keys.name]
  ])
  if (integration.type !== 'webhook-outgoing') return places
  for (const url of new Set(integration.urls)) {
    for (const start of [urlKey(url), urlKey(url, creatorId)]) places.push([urls, start + keys.creation])
  }
  return places
}

/** The beginning of the keys of a URL, for all creators or for one. JSON, so that no beginning is the beginning of another one. */
function urlKey (url: string, creatorId?: string): string {
  return JSON.stringify(creatorId === undefined ? [url] : [url, creatorId])
}

function creationKey ({ _createdAt, _id }: Integration): string {
  return `${_createdAt}${_id}`
}
