import { type Integration } from '../../schemas/index.ts'
import { IdTakenError, StoreUnavailableError } from '../errors.ts'
import {
  type IdempotencyClaim, type IdempotencyRecord, type InsertConditions, type InsertOutcome, type IntegrationScope,
  type IntegrationStore, type ListPage, type ListQuery, type StoreCall, type StoredIntegration
} from '../ports/store.ts'
import { compareText, fold } from './order.ts'

interface Entry {
  readonly integration: Integration
  readonly revision: number
}

interface IdempotencyEntry extends IdempotencyRecord {
  readonly token: string
  /** When it lapses, in milliseconds since 1970. */
  readonly until: number
}

/**
 * Keeps integrations in this process: for development, tests and hosts that
 * create their integrations anew at every start. Everything is forgotten when
 * the process ends, and no other process sees it. A list costs as much as
 * there are integrations.
 */
export class MemoryStore implements IntegrationStore {
  readonly persistent: boolean = false
  readonly #entries = new Map<string, Entry>()
  readonly #idempotency = new Map<string, IdempotencyEntry>()

  /** @throws IdTakenError */
  insert (integration: Integration, { once, mostOfCreator = Infinity }: InsertConditions, call: StoreCall): InsertOutcome {
    requireCaller(call)
    if (this.#entries.has(integration._id)) throw new IdTakenError(integration._id)
    if (once !== undefined && !this.#isHeld(once.claim)) return 'claim-lost'
    const { type, _createdBy: { _id: creatorId } } = integration
    if (this.#sorted([{ type, creatorId }], 'creation').length >= mostOfCreator) return 'too-many'
    this.#put(integration, 1)
    if (once !== undefined) this.#note(once.claim, once.answer)
    return 'inserted'
  }

  claim ({ key, fingerprint, token, lapsesAfter }: IdempotencyClaim, call: StoreCall): IdempotencyRecord | null {
    requireCaller(call)
    this.#forgetLapsed()
    const known = this.#idempotency.get(key)
    if (known !== undefined && known.until > Date.now()) return { fingerprint: known.fingerprint, answer: known.answer }
    this.#remember(key, { fingerprint, token, answer: null, until: Date.now() + lapsesAfter })
    return null
  }

  settle (claim: IdempotencyClaim, answer: string, call: StoreCall): boolean {
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
    const [oldest] = this.#sorted([scope], 'creation')
      .filter(({ integration }) => integration.type === 'webhook-outgoing' && integration.urls.includes(url))
    return oldest === undefined ? null : stored(oldest)
  }

  list ({ scopes, sortBy, descending, offset, count, nameContains = '' }: ListQuery): ListPage {
    const wanted = fold(nameContains)
    const found = this.#sorted(scopes, sortBy).filter(({ integration }) => fold(integration.name).includes(wanted))
    if (descending) found.reverse()
    return {
      integrations: found.slice(offset, offset + count).map((entry) => stored(entry).integration),
      total: found.length
    }
  }

  replace (previous: StoredIntegration, next: Integration, call: StoreCall): boolean {
    requireCaller(call)
    const held = this.#held(previous)
    if (held === undefined) return false
    this.#put(next, held.revision + 1)
    return true
  }

  remove (previous: StoredIntegration, call: StoreCall): boolean {
    requireCaller(call)
    return this.#held(previous) !== undefined && this.#entries.delete(previous.integration._id)
  }

  #isHeld ({ key, token }: IdempotencyClaim): boolean {
    const known = this.#idempotency.get(key)
    return known?.token === token && known.answer === null && known.until > Date.now()
  }

  #note ({ key, fingerprint, token, keptFor }: IdempotencyClaim, answer: string): void {
    this.#remember(key, { fingerprint, token, answer, until: Date.now() + keptFor })
  }

  #remember (key: string, entry: IdempotencyEntry): void {
    // Behind all others: those that lapse first stand in front, more or less.
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
    // A copy in and a copy out: what callers do with their objects changes nothing here.
    this.#entries.set(integration._id, { integration: structuredClone(integration), revision })
  }

  #held ({ integration, revision }: StoredIntegration): Entry | undefined {
    const entry = this.#entries.get(integration._id)
    return entry !== undefined && String(entry.revision) === revision ? entry : undefined
  }

  #sorted (scopes: readonly IntegrationScope[], sortBy: ListQuery['sortBy']): Entry[] {
    const key = sortBy === 'name' ? nameKey : creationKey
    return [...this.#entries.values()]
      .filter(({ integration }) => scopes.some((scope) => isIn(scope, integration)))
      .sort((a, b) => compareText(key(a.integration), key(b.integration)))
  }
}

/** Nothing is written for a caller that was told that it failed. */
function requireCaller (call: StoreCall): void {
  if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
}

function stored ({ integration, revision }: Entry): StoredIntegration {
  return { integration: structuredClone(integration), revision: String(revision) }
}

function isIn ({ type, creatorId }: IntegrationScope, integration: Integration): boolean {
  return integration.type === type && (creatorId === undefined || integration._createdBy._id === creatorId)
}

function nameKey (integration: Integration): string {
  return `${fold(integration.name)}\0${creationKey(integration)}`
}

function creationKey ({ _createdAt, _id }: Integration): string {
  return `${_createdAt}${_id}`
}
