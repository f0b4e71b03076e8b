import { type FastifyRequest } from 'fastify'
import { type Integration } from '../../schemas/index.ts'
import {
  AdapterAnswerError, AdapterFailedError, AdapterTimeoutError, IntegrationError, RecordDamagedError, RecordTooNewError
} from '../errors.ts'
import { type Authenticate, type HasPermission, type Permission, type User } from '../ports/auth.ts'
import { type Awaitable } from '../ports/awaitable.ts'
import { type Directory, type Room } from '../ports/directory.ts'
import {
  type IntegrationScope, type IntegrationStore, type ListPage, type ListQuery, type StoredIntegration
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
  readonly #adapters: Adapters
  readonly #budget: TimeBudget

  /** @param timeout how long all calls together may keep the request waiting, in milliseconds. */
  constructor (adapters: Adapters, timeout: number) {
    this.#adapters = adapters
    this.#budget = new TimeBudget(timeout)
  }

  /** The caller, or null. */
  async authenticate (request: FastifyRequest): Promise<User | null> {
    const { authenticate } = this.#adapters
    try {
      return await this.#call('authenticate', () => authenticate(request), isUserOrNothing, userOrNothing) ?? null
    } catch (error) {
      if (isRefusal(error)) return null
      throw error
    }
  }

  hasPermission (user: User, permission: Permission): Awaitable<boolean> {
    const { hasPermission } = this.#adapters
    return this.#call('hasPermission', () => hasPermission(user, permission), isBoolean, 'true or false')
  }

  findUser (idOrUsername: string): Awaitable<User | null | undefined> {
    const { directory } = this.#adapters
    return this.#call('directory.findUser', () => directory.findUser(idOrUsername), isUserOrNothing, userOrNothing)
  }

  findRoom (idOrName: string): Awaitable<Room | null | undefined> {
    const { directory } = this.#adapters
    return this.#call('directory.findRoom', () => directory.findRoom(idOrName), isRoomOrNothing, 'a room with an _id, or null')
  }

  isMember (userId: string, roomId: string): Awaitable<boolean> {
    const { directory } = this.#adapters
    return this.#call('directory.isMember', () => directory.isMember(userId, roomId), isBoolean, 'true or false')
  }

  insert (integration: Integration): Awaitable<void> {
    const { store } = this.#adapters
    return this.#call('store.insert', () => store.insert(integration, this.#budget), isAnything, '')
  }

  find (id: string): Awaitable<StoredIntegration | null> {
    const { store } = this.#adapters
    return this.#call('store.find', () => store.find(id, this.#budget), isStoredOrNothing, storedOrNothing)
  }

  findByTargetUrl (url: string, scope: IntegrationScope): Awaitable<StoredIntegration | null> {
    const { store } = this.#adapters
    return this.#call('store.findByTargetUrl', () => store.findByTargetUrl(url, scope, this.#budget), isStoredOrNothing, storedOrNothing)
  }

  list (query: ListQuery): Awaitable<ListPage> {
    const { store } = this.#adapters
    return this.#call('store.list', () => store.list(query, this.#budget), isPage, 'integrations and their total')
  }

  replace (previous: StoredIntegration, next: Integration): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.replace', () => store.replace(previous, next, this.#budget), isBoolean, 'true or false')
  }

  remove (previous: StoredIntegration): Awaitable<boolean> {
    const { store } = this.#adapters
    return this.#call('store.remove', () => store.remove(previous, this.#budget), isBoolean, 'true or false')
  }

  #call<T> (adapter: string, call: () => Awaitable<T>, isAnswer: (value: unknown) => boolean, must: string): Awaitable<T> {
    let answer: Awaitable<T>
    try {
      answer = call()
    } catch (cause) {
      throw failed(adapter, cause)
    }
    // Many hosts keep permissions and rooms in memory; an answer that is there needs no timer.
    if (!isPromiseLike(answer)) return checked(answer, adapter, isAnswer, must)
    return this.#budget.wait(adapter, answer).then(
      (value) => checked(value, adapter, isAnswer, must),
      (cause) => { throw failed(adapter, cause) }
    )
  }
}

function checked<T> (value: T, adapter: string, isAnswer: (value: unknown) => boolean, must: string): T {
  if (!isAnswer(value)) throw unavailable(new AdapterAnswerError(adapter, must))
  return value
}

function failed (adapter: string, cause: unknown): unknown {
  // Waiting does not cure a record that cannot be read: the request fails as unforeseen (500).
  if (cause instanceof RecordDamagedError || cause instanceof RecordTooNewError) return cause
  return unavailable(cause instanceof AdapterTimeoutError ? cause : new AdapterFailedError(adapter, { cause }))
}

function unavailable (cause: Error): IntegrationError {
  return new IntegrationError('error-service-unavailable', { cause })
}

const storedOrNothing = 'an integration and its revision, or null'
const userOrNothing = 'a user with an _id and a username, or null'

function isPromiseLike<T> (value: Awaitable<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isAnything (): boolean {
  return true
}

function isBoolean (value: unknown): boolean {
  return typeof value === 'boolean'
}

function isUserOrNothing (value: unknown): boolean {
  return isNothing(value) || (hasText(value, '_id') && hasText(value, 'username'))
}

function isRoomOrNothing (value: unknown): boolean {
  return isNothing(value) || hasText(value, '_id')
}

function isStoredOrNothing (value: unknown): boolean {
  return isNothing(value) || (hasText(value, 'revision') && hasText(Reflect.get(Object(value), 'integration'), '_id'))
}

function isPage (value: unknown): boolean {
  const { integrations, total }: { integrations?: unknown, total?: unknown } = Object(value)
  return Array.isArray(integrations) && Number.isInteger(total)
}

function isNothing (value: unknown): boolean {
  return value === null || value === undefined
}

function hasText<K extends string> (value: unknown, key: K): boolean {
  return typeof value === 'object' && value !== null && key in value &&
    typeof Reflect.get(value, key) === 'string' && Reflect.get(value, key).trim() !== ''
}

/** Whether an adapter failed with an error that itself says "not logged in", as `jwtVerify` does. */
function isRefusal (error: unknown): boolean {
  const thrown = error instanceof IntegrationError && error.cause instanceof AdapterFailedError ? error.cause.cause : null
  return typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown && thrown.statusCode === 401
}
