import { types } from 'node:util'
import type { Integration } from '../../../schemas/index.ts'
import { InvalidOptionError, RecordNotDecryptedError, RecordTooNewError } from '../../errors/index.ts'
import { isPromiseLike } from '../../base/is-promise-like.ts'
import { requireKnownOptions } from '../../base/known-options.ts'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { PortCall } from '../../ports/call.ts'
import type {
  IdempotencyClaim, IdempotencyRecord, InsertConditions, InsertOutcome, IntegrationScope,
  IntegrationStore, ListPage, ListQuery, StoredIntegration
} from '../../ports/store.ts'
import { keyLength, type Place, TextCipher } from './text.ts'

/** Options of {@link EncryptedStore}. */
export interface EncryptedStoreOptions {
  /**
   * At least one key of 32 random bytes each. The first key encrypts. All keys
   * decrypt, so that records of earlier keys stay readable. The keys are copied:
   * the caller may wipe the originals.
   */
  readonly keys: readonly Uint8Array[]
  /**
   * Names the workspace. A text that is encrypted in one workspace cannot be
   * read in another. The name must not change while the records are kept. Not
   * blank.
   *
   * @defaultValue the `workspace` of the wrapped store (of `RedisStore`: its
   *   `keyPrefix`); required when the wrapped store has none
   */
  readonly workspace?: string | undefined
  /**
   * Whether records that are not encrypted are read as they are. Use it only
   * while encryption is being switched on. With `false`, such a record counts as
   * a record that cannot be decrypted.
   *
   * @defaultValue `false`
   */
  readonly acceptPlaintext?: boolean | undefined
}

const knownOptions = ['keys', 'workspace', 'acceptPlaintext'] as const satisfies ReadonlyArray<keyof EncryptedStoreOptions>

/**
 * Encrypts the secrets of integrations before another store keeps them: the
 * token, the signing secrets, the script, and the message of `scriptError`,
 * which may quote the script. Everything else (names, URLs, channels, users) stays readable, since
 * the store sorts and looks up by it.
 *
 * AES-256-GCM, with a random IV for every text; one key is good for 2³² texts.
 * A text can be read only in its own field of its own record, in the same
 * workspace, and while the record has the same type, creator and user to post
 * as. A record that is not encrypted is refused, unless `acceptPlaintext` says
 * otherwise.
 *
 * A reader of the database or of a backup cannot read the secrets. A writer in
 * the database cannot read them either by copying them into another record. But
 * a writer can put back an earlier token of the same record, and can change
 * fields that are not encrypted, for example URLs.
 */
export class EncryptedStore implements IntegrationStore {
  readonly #store: IntegrationStore
  readonly #cipher: TextCipher
  /**
   * The encrypted states that the wrapped store returned, by their decrypted
   * copies. `replace` and `remove` pass the encrypted state on as `previous`:
   * the wrapped store may compare any part of it, and sees no secret.
   */
  readonly #originals = new WeakMap<StoredIntegration, StoredIntegration>()
  /** The name that every encrypted text is bound to. */
  readonly workspace: string
  /**
   * That of the wrapped store; absent when the wrapped store cannot be followed.
   * Nothing is decrypted: a feed tells no secret field.
   */
  readonly follow?: NonNullable<IntegrationStore['follow']>
  /**
   * That of the wrapped store; absent when the wrapped store has none.
   * Registrations that share the wrapped store must share this store as well.
   * Otherwise the wrapped store is started and closed several times.
   */
  readonly start?: NonNullable<IntegrationStore['start']>
  /** As for `start`. */
  readonly close?: NonNullable<IntegrationStore['close']>

  /**
   * @param store keeps the encrypted records.
   * @throws InvalidOptionError
   */
  constructor (store: IntegrationStore, options: EncryptedStoreOptions) {
    requireStore(store)
    // A host in plain JavaScript may forget the object around the keys.
    const [first, ...others] = requireKeys(options?.keys)
    requireKnownOptions(options, knownOptions, 'EncryptedStore')
    const { workspace = store.workspace, acceptPlaintext = false } = options
    this.#store = store
    this.workspace = requireWorkspace(workspace)
    if (typeof store.follow === 'function') this.follow = store.follow.bind(store)
    if (typeof store.start === 'function') this.start = store.start.bind(store)
    if (typeof store.close === 'function') this.close = store.close.bind(store)
    this.#cipher = new TextCipher(first, others, requireBoolean('acceptPlaintext', acceptPlaintext))
  }

  /** The value of the wrapped store; true when that store has none. */
  get persistent (): boolean {
    return this.#store.persistent !== false
  }

  /** @throws what the wrapped store throws. */
  insert (integration: Integration, { once, ...conditions }: InsertConditions, call: PortCall): Awaitable<InsertOutcome> {
    return this.#store.insert(this.#encrypted(integration), {
      ...conditions,
      ...(once && { once: { ...once, claim: this.#blinded(once.claim) } })
    }, call)
  }

  /** @throws what the wrapped store throws. */
  claim (claim: IdempotencyClaim, call: PortCall): Awaitable<IdempotencyRecord | null> {
    return following(this.#store.claim(this.#blinded(claim), call), (record) => {
      if (record === null || record === undefined) return null
      const isSame = this.#cipher.hides(claim.fingerprint, record.fingerprint)
      // No fingerprint of a claim is empty.
      return { ...record, fingerprint: isSame ? claim.fingerprint : '' }
    })
  }

  /** @throws what the wrapped store throws. */
  settle (claim: IdempotencyClaim, answer: string, call: PortCall): Awaitable<boolean> {
    return this.#store.settle(this.#blinded(claim), answer, call)
  }

  /** @throws what the wrapped store throws. */
  release (claim: IdempotencyClaim, call: PortCall): Awaitable<void> {
    return this.#store.release(this.#blinded(claim), call)
  }

  /** @throws RecordNotDecryptedError, RecordTooNewError or what the wrapped store throws. */
  find (id: string, call: PortCall): Awaitable<StoredIntegration | null> {
    return following(this.#store.find(id, call), (found) => this.#decryptedFind(found))
  }

  /** @throws as `find`. */
  findByTargetUrl (url: string, scope: IntegrationScope, call: PortCall): Awaitable<StoredIntegration | null> {
    return following(this.#store.findByTargetUrl(url, scope, call), (found) => this.#decryptedFind(found))
  }

  /** @throws what the wrapped store throws. */
  list (query: ListQuery, call: PortCall): Awaitable<ListPage> {
    return following(this.#store.list(query, call), (page) => {
      const integrations: Integration[] = []
      const unreadable = [...page.unreadable ?? []]
      for (const integration of page.integrations) {
        try {
          integrations.push(this.#decrypted(integration))
        } catch (error) {
          if (!(error instanceof RecordNotDecryptedError || error instanceof RecordTooNewError)) throw error
          unreadable.push(error)
        }
      }
      return { ...page, integrations, ...(unreadable.length > 0 && { unreadable }) }
    })
  }

  /**
   * Encrypts all secrets with the first key, unchanged ones included. Replacing
   * an integration by itself therefore moves it to a new key.
   *
   * @throws what the wrapped store throws.
   */
  replace (previous: StoredIntegration, next: Integration, call: PortCall): Awaitable<boolean> {
    return this.#store.replace(this.#original(previous), this.#encrypted(next), call)
  }

  /** @throws what the wrapped store throws. */
  remove (previous: StoredIntegration, call: PortCall): Awaitable<boolean> {
    return this.#store.remove(this.#original(previous), call)
  }

  #decryptedFind (found: StoredIntegration | null): StoredIntegration | null {
    // A host in plain JavaScript may answer undefined.
    if (found === null || found === undefined) return null
    const decrypted = { ...found, integration: this.#decrypted(found.integration) }
    this.#originals.set(decrypted, found)
    return decrypted
  }

  /**
   * An earlier state as the wrapped store knows it. A state that this store did
   * not return (a copy, for example) is encrypted anew. The wrapped store then
   * has only the revision to compare.
   */
  #original (previous: StoredIntegration): StoredIntegration {
    return this.#originals.get(previous) ?? { ...previous, integration: this.#encrypted(previous.integration) }
  }

  /** A claim with a keyed fingerprint. With a plain hash, a reader of the database could try tokens and scripts out. */
  #blinded (claim: IdempotencyClaim): IdempotencyClaim {
    return { ...claim, fingerprint: this.#cipher.hide(claim.fingerprint) }
  }

  #encrypted (integration: Integration): Integration {
    return this.#withSecrets(structuredClone(integration), (text, place) => this.#cipher.encrypt(text, place))
  }

  #decrypted (integration: Integration): Integration {
    return this.#withSecrets({ ...integration }, (text, place) => this.#cipher.decrypt(text, place))
  }

  /** Changes every secret text of the given integration and returns it. Nested objects are replaced, not changed. */
  #withSecrets (integration: Integration, change: (text: string, place: Place) => string): Integration {
    const { _id: id, token, script, scriptError, type, userId, _createdBy } = integration
    const owner = { workspace: this.workspace, type, userId, creatorId: _createdBy._id }
    integration.token = change(token, { id, owner, field: 'token' })
    if (integration.type === 'webhook-outgoing') {
      const { secret, previousSecret } = integration
      if (secret !== undefined) integration.secret = change(secret, { id, owner, field: 'secret' })
      if (previousSecret !== undefined) {
        integration.previousSecret = { ...previousSecret, secret: change(previousSecret.secret, { id, owner, field: 'previousSecret' }) }
      }
    }
    if (script !== undefined) integration.script = change(script, { id, owner, field: 'script' })
    if (scriptError !== undefined) {
      integration.scriptError = { ...scriptError, message: change(scriptError.message, { id, owner, field: 'scriptError' }) }
    }
    return integration
  }
}

/** Calls a function with an answer: at once for a value, later for a promise. */
function following<T, U> (answer: Awaitable<T>, goOn: (value: T) => U): Awaitable<U> {
  return isPromiseLike(answer) ? answer.then(goOn) : goOn(answer)
}

function requireStore (store: unknown): void {
  // This class has each method of a store and hands it on.
  const methods = Object.entries(Object.getOwnPropertyDescriptors(EncryptedStore.prototype))
    .flatMap(([name, { value }]) => (typeof value === 'function' && name !== 'constructor' ? [name] : []))
  for (const method of methods) {
    if (typeof Reflect.get(Object(store), method) === 'function') continue
    throw new InvalidOptionError('store', `of EncryptedStore must have a method ${method}`)
  }
}

function requireWorkspace (workspace: unknown): string {
  if (typeof workspace === 'string' && workspace.trim() !== '') return workspace
  throw new InvalidOptionError('workspace', 'of EncryptedStore must be a text that is not blank; the wrapped store names none')
}

function requireBoolean (option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new InvalidOptionError(option, 'of EncryptedStore must be true or false')
}

/** Names the wrong key by its place in the list. No part of a key stands in an error. */
function requireKeys (keys: unknown): [Uint8Array, ...Uint8Array[]] {
  const given: unknown[] = Array.isArray(keys) ? [...keys] : []
  const [first, ...others] = given.map((key, index) => {
    if (types.isUint8Array(key) && key.length === keyLength) return key
    throw invalidKeys(`; the one at index ${index} is none`)
  })
  if (first === undefined) throw invalidKeys('')
  return [first, ...others]
}

function invalidKeys (which: string): Error {
  return new InvalidOptionError('keys', `of EncryptedStore must be an array of at least one Uint8Array of ${keyLength} bytes${which}`)
}
