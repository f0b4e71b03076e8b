import { type FastifyRequest } from 'fastify'
import { type Integration } from '../../schemas/index.ts'
import {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, IntegrationError, RecordDamagedError,
  RecordNotDecryptedError, RecordTooNewError
} from '../errors.ts'
import { type Authenticate, type HasPermission, type Permission, type User } from '../ports/auth.ts'
import { type Awaitable } from '../ports/awaitable.ts'
import { type Directory, type Room } from '../ports/directory.ts'
import {
  type IdempotencyClaim, type IdempotencyRecord, type IntegrationScope, type IntegrationStore, type ListPage, type ListQuery, type StoredIntegration
} from '../ports/store.ts'
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
      return isPromiseLike(caller) ? caller.then(orNull, nullIfRefused) : orNull(caller)
    } catch (error) {
      return nullIfRefused(error)
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

  insert (integration: Integration): Awaitable<void> {
    const { store } = this.#adapters
    return this.#call('store.insert', () => store.insert(integration, this.#budget), nothing)
  }

  claim (claim: IdempotencyClaim): Awaitable<IdempotencyRecord | null> {
    const { store } = this.#adapters
    return this.#call('store.claim', () => store.claim(claim, this.#budget), idempotencyRecordOrNothing)
  }

  insertClaimed (integration: Integration, claim: IdempotencyClaim): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.insertClaimed', () => store.insertClaimed(integration, claim, this.#budget), trueOrFalse)
  }

  /**
   * Has time of its own: often it is needed because that of the request is
   * used up. The request waits for it no longer than it may wait at all.
   */
  release (claim: IdempotencyClaim): Awaitable<void> {
    const { store } = this.#adapters
    const call = new TimeBudget(this.timeout)
    return this.#call('store.release', () => store.release(claim, call), nothing)
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
    return this.#call('store.replace', () => store.replace(previous, next, this.#budget), trueOrFalse)
  }

  remove (previous: StoredIntegration): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.remove', () => store.remove(previous, this.#budget), trueOrFalse)
  }

  /** Waits for something that is no adapter; its time and its failures are those of an adapter. */
  within<T> (what: string, call: (signal: AbortSignal) => Promise<T>): Awaitable<T> {
    return this.#call(what, () => call(this.#budget.signal), { read: (value) => ({ value }), must: 'anything' })
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
  /** The same in words. */
  readonly must: string
}

function read<T> (answer: T, adapter: string, { read, must }: Expected<T>): T {
  const result = read(answer)
  if (result === undefined) throw new AdapterAnswerError(adapter, must)
  return result.value
}

const trueOrFalse: Expected<boolean> = {
  read: (value) => (typeof value === 'boolean' ? { value } : undefined),
  must: 'true or false'
}

const nothing: Expected<void> = { read: () => ({ value: undefined }), must: 'nothing' }

const userOrNothing: Expected<User | null | undefined> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    // A copy: whatever else the object holds or computes is not looked at again.
    const value = { _id: textOf(answer, '_id'), username: textOf(answer, 'username') }
    return isUser(value) ? { value } : undefined
  },
  must: 'a user with an _id and a username, or null'
}

const roomOrNothing: Expected<Room | null | undefined> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    const _id = textOf(answer, '_id')
    return _id === undefined ? undefined : { value: { _id } }
  },
  must: 'a room with an _id, or null'
}

const storedOrNothing: Expected<StoredIntegration | null> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    return textOf(answer, 'revision') !== undefined && textOf(answer.integration, '_id') !== undefined ? { value: answer } : undefined
  },
  must: 'an integration and its revision, or null'
}

const idempotencyRecordOrNothing: Expected<IdempotencyRecord | null> = {
  read (answer) {
    if (answer === null || answer === undefined) return { value: null }
    const isRecord = typeof answer.fingerprint === 'string' &&
      (answer.integration === null || textOf(answer.integration, '_id') !== undefined)
    return isRecord ? { value: answer } : undefined
  },
  must: 'an idempotency record, or null'
}

const page: Expected<ListPage> = {
  read: (answer) => (Array.isArray(answer?.integrations) && Number.isInteger(answer.total) ? { value: answer } : undefined),
  must: 'integrations and their total'
}

function isUser (value: { _id: string | undefined, username: string | undefined }): value is User {
  return value._id !== undefined && value.username !== undefined
}

/** A property that is text and not blank. */
function textOf (value: unknown, key: string): string | undefined {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return typeof text === 'string' && text.trim() !== '' ? text : undefined
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

/** An adapter may fail with an error that itself says "not logged in", as `jwtVerify` does. */
function nullIfRefused (error: unknown): null {
  const thrown = error instanceof IntegrationError && error.cause instanceof AdapterFailedError ? error.cause.cause : null
  if (typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown && thrown.statusCode === 401) return null
  throw error
}
