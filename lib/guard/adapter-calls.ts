import type { FastifyRequest } from 'fastify'
import type { Integration } from '../../schemas/index.ts'
import {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, IntegrationError, RecordDamagedError,
  RecordNotDecryptedError, RecordTooNewError
} from '../errors/index.ts'
import type { Authenticate, HasPermission, Permission, User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { Directory, Room } from '../ports/directory.ts'
import type {
  IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoredIntegration
} from '../ports/store.ts'
import { integrationFrom, whyNoIntegration } from './read-integration.ts'
import { TimeBudget } from './time-budget.ts'

/** Everything that the host brings. */
export interface Adapters {
  readonly authenticate: Authenticate
  readonly hasPermission: HasPermission
  readonly directory: Directory
  readonly store: IntegrationStore
}

/**
 * The adapters as one request sees them. An adapter that throws, does not
 * answer in time or answers something else than its interface says becomes
 * `error-service-unavailable` with the cause attached; the rest of the core
 * never meets a misbehaving adapter.
 */
export class AdapterCalls {
  /** How long all calls together may keep the request waiting, in milliseconds. */
  readonly timeout: number
  readonly #adapters: Adapters
  readonly #budget: TimeBudget

  /** @param timeout how long all calls together may keep the request waiting, in milliseconds. */
  constructor (adapters: Adapters, timeout: number) {
    this.timeout = timeout
    this.#adapters = adapters
    this.#budget = new TimeBudget(timeout)
  }

  /** The caller, or null. */
  authenticate (request: FastifyRequest): Awaitable<User | null> {
    const { authenticate } = this.#adapters
    try {
      const caller = this.#call('authenticate', () => authenticate(request), userOrNothing)
      return isPromiseLike(caller) ? caller.then(orNull, nullIfNotLoggedIn) : orNull(caller)
    } catch (error) {
      return nullIfNotLoggedIn(error)
    }
  }

  hasPermission (user: User, permission: Permission): Awaitable<boolean> {
    const { hasPermission } = this.#adapters
    return this.#call('hasPermission', () => hasPermission(user, permission), trueOrFalse)
  }

  findUser (idOrUsername: string): Awaitable<User | null | undefined> {
    const { directory } = this.#adapters
    return this.#call('directory.findUser', () => directory.findUser(idOrUsername), userOrNothing)
  }

  findRoom (idOrName: string): Awaitable<Room | null | undefined> {
    const { directory } = this.#adapters
    return this.#call('directory.findRoom', () => directory.findRoom(idOrName), roomOrNothing)
  }

  isMember (userId: string, roomId: string): Awaitable<boolean> {
    const { directory } = this.#adapters
    return this.#call('directory.isMember', () => directory.isMember(userId, roomId), trueOrFalse)
  }

  insert (integration: Integration, conditions: InsertConditions): Awaitable<InsertOutcome> {
    const { store } = this.#adapters
    return this.#call('store.insert', () => store.insert(integration, conditions, this.#budget), insertOutcome)
  }

  claim (claim: IdempotencyClaim): Awaitable<IdempotencyRecord | null> {
    const { store } = this.#adapters
    return this.#call('store.claim', () => store.claim(claim, this.#budget), idempotencyRecordOrNothing)
  }

  settle (claim: IdempotencyClaim, answer: string): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.settle', () => store.settle(claim, answer, this.#budget), trueOrFalse)
  }

  /**
   * Has time of its own: often it is needed because that of the request is
   * used up. The request waits for it no longer than it may wait at all.
   */
  release (claim: IdempotencyClaim): Awaitable<void> {
    const { store } = this.#adapters
    const own = new TimeBudget(this.timeout)
    return this.#call('store.release', () => {
      const answer = store.release(claim, own)
      // Waited for by the budget as well: otherwise its time never ends, and its signal never aborts.
      return isPromiseLike(answer) ? own.wait('store.release', answer) : answer
    }, nothing)
  }

  find (id: string): Awaitable<StoredIntegration | null> {
    const { store } = this.#adapters
    return this.#call('store.find', () => store.find(id, this.#budget), storedOrNothing)
  }

  findByTargetUrl (url: string, scope: IntegrationScope): Awaitable<StoredIntegration | null> {
    const { store } = this.#adapters
    return this.#call('store.findByTargetUrl', () => store.findByTargetUrl(url, scope, this.#budget), storedOrNothing)
  }

  list (query: ListQuery): Awaitable<ListPage> {
    const { store } = this.#adapters
    return this.#call('store.list', () => store.list(query, this.#budget), page)
  }

  replace (previous: StoredIntegration, next: Integration): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.replace', () => store.replace(asAnswered(previous), next, this.#budget), trueOrFalse)
  }

  remove (previous: StoredIntegration): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.remove', () => store.remove(asAnswered(previous), this.#budget), trueOrFalse)
  }

  /** Waits for something that is no adapter; its time and its failures are those of an adapter. */
  within<T> (what: string, call: (signal: AbortSignal) => Promise<T>): Awaitable<T> {
    return this.#call(what, () => call(this.#budget.signal), { read: (value) => ({ value }), must: () => 'anything' })
  }

  #call<T> (adapter: string, call: () => Awaitable<T>, expected: Expected<T>): Awaitable<T> {
    const fail = (cause: unknown): never => { throw failed(adapter, cause) }
    const pass = (answer: T): T => {
      try {
        return read(answer, adapter, expected)
      } catch (cause) {
        return fail(cause)
      }
    }
    let answer: Awaitable<T>
    try {
      answer = call()
      if (isPromiseLike(answer)) return this.#budget.wait(adapter, answer).then(pass, fail)
    } catch (cause) {
      return fail(cause)
    }
    // Many hosts keep permissions and rooms in memory; an answer that is there needs no timer.
    return pass(answer)
  }
}

/** What an adapter may answer. */
interface Expected<T> {
  /** Reads an answer into what the core goes on with; undefined when it is something else. */
  readonly read: (answer: T) => { readonly value: T } | undefined
  /** The same in words, and in what the answer differs: never with a value of it. */
  readonly must: (answer: unknown) => string
}

function read<T> (answer: T, adapter: string, { read, must }: Expected<T>): T {
  const result = read(answer)
  if (result === undefined) throw new AdapterAnswerError(adapter, must(answer))
  return result.value
}

const outcomes: readonly InsertOutcome[] = ['inserted', 'claim-lost', 'too-many']

const trueOrFalse: Expected<boolean> = {
  read: (value) => (typeof value === 'boolean' ? { value } : undefined),
  must: (answer) => `true or false, not ${kindOf(answer)}`
}

const insertOutcome: Expected<InsertOutcome> = {
  read: (value) => (outcomes.includes(value) ? { value } : undefined),
  must: () => `one of ${outcomes.join(', ')}`
}

const nothing: Expected<void> = { read: () => ({ value: undefined }), must: () => 'nothing' }

const userOrNothing: Expected<User | null | undefined> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    // A copy: whatever else the object holds or computes is not looked at again.
    const value = { _id: textOf(answer, '_id'), username: textOf(answer, 'username') }
    return isUser(value) ? { value } : undefined
  },
  must: (answer) => `a user with an _id and a username, or null; ${misfit(answer, ['_id', 'username'])}`
}

const roomOrNothing: Expected<Room | null | undefined> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    const _id = textOf(answer, '_id')
    return _id === undefined ? undefined : { value: { _id } }
  },
  must: (answer) => `a room with an _id, or null; ${misfit(answer, ['_id'])}`
}

/** What a store answered, by what the core goes on with. */
const answered = new WeakMap<StoredIntegration, StoredIntegration>()

/** A state as the store answered it: a store may know more of it by the object than the copy shows. */
function asAnswered (state: StoredIntegration): StoredIntegration {
  return answered.get(state) ?? state
}

const storedOrNothing: Expected<StoredIntegration | null> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    const revision = textOf(answer, 'revision')
    const integration = integrationFrom(propertyOf(answer, 'integration'))
    if (revision === undefined || integration === undefined) return undefined
    const value = { integration, revision }
    answered.set(value, answer)
    return { value }
  },
  must (answer) {
    const why = textOf(answer, 'revision') === undefined
      ? misfit(answer, ['revision'])
      : `of its integration: ${whyNoIntegration(propertyOf(answer, 'integration'))}`
    return `an integration and its revision, or null; ${why}`
  }
}

const idempotencyRecordOrNothing: Expected<IdempotencyRecord | null> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    const isRecord = typeof answer.fingerprint === 'string' &&
      (answer.answer === null || typeof answer.answer === 'string')
    return isRecord ? { value: answer } : undefined
  },
  must: () => 'an idempotency record, or null'
}

const page: Expected<ListPage> = {
  read (answer) {
    if (!Array.isArray(answer?.integrations) || !Number.isSafeInteger(answer.total)) return undefined
    if (answer.fits !== undefined && !Number.isSafeInteger(answer.fits)) return undefined
    const integrations: Integration[] = []
    for (const entry of answer.integrations) {
      const integration = integrationFrom(entry)
      if (integration === undefined) return undefined
      integrations.push(integration)
    }
    return { value: { ...answer, integrations } }
  },
  must (answer) {
    const entries: unknown = propertyOf(answer, 'integrations')
    const wrong: unknown = Array.isArray(entries) ? entries.find((entry) => integrationFrom(entry) === undefined) : undefined
    return 'integrations and their total' + (wrong === undefined ? '' : `; of one of them: ${whyNoIntegration(wrong)}`)
  }
}

function isUser (value: { _id: string | undefined, username: string | undefined }): value is User {
  return value._id !== undefined && value.username !== undefined
}

/** A property that is text and not blank. */
function textOf (value: unknown, key: string): string | undefined {
  const text = propertyOf(value, key)
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
}

function propertyOf (value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

/** Which of these properties is no text, and what it is instead. */
function misfit (answer: unknown, keys: readonly string[]): string {
  if (typeof answer !== 'object' || answer === null) return `the answer is ${kindOf(answer)}`
  const key = keys.find((name) => textOf(answer, name) === undefined)
  return key === undefined ? 'the answer changes' : `${key} must be a text that is not blank, not ${kindOf(propertyOf(answer, key))}`
}

/** What kind of value it is: what a log may say about it. */
function kindOf (value: unknown): string {
  if (value === undefined || value === null) return String(value)
  if (typeof value === 'string') return value.trim() === '' ? 'a blank text' : 'a text'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** What a store throws for a record that cannot be read. */
const unreadable = [RecordDamagedError, RecordTooNewError, RecordNotDecryptedError]

function failed (adapter: string, cause: unknown): unknown {
  // Waiting does not cure a record that cannot be read: the request fails as unforeseen (500).
  if (unreadable.some((RecordError) => cause instanceof RecordError)) return cause
  const known = cause instanceof AdapterTimeoutError || cause instanceof AdapterAnswerError
  return new IntegrationError('error-service-unavailable', {
    cause: known ? cause : new AdapterFailedError(adapter, { cause })
  })
}

/** Whether an answer comes later. */
export function isPromiseLike<T> (value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function orNull (user: User | null | undefined): User | null {
  return user ?? null
}

/**
 * An authenticate may fail with an error that itself says why: with any 4xx,
 * the caller has no valid credentials (`jwtVerify` answers 400 to a malformed
 * header and 401 to a wrong token). A 403 is another thing: the caller is
 * known and turned away. The host's own error says so.
 */
function nullIfNotLoggedIn (error: unknown): null {
  const thrown = error instanceof IntegrationError && error.cause instanceof AdapterFailedError ? error.cause.cause : null
  const status = propertyOf(thrown, 'statusCode')
  if (status === 403) throw thrown
  if (typeof status === 'number' && status >= 400 && status <= 499) return null
  throw error
}
