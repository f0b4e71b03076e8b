import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { RecordNotDecryptedError, RecordTooNewError } from '../../errors/index.ts'

/** The place of an encrypted text. The text can be decrypted only in this place. */
export interface Place {
  /** The `_id` of the record. */
  readonly id: string
  readonly field: 'token' | 'secret' | 'previousSecret' | 'script' | 'scriptError'
  /** Other values of the record that must be the same as at the time of encryption. */
  readonly owner: {
    readonly workspace: string
    readonly type: string
    readonly creatorId: string
    readonly userId: string
  }
}

/** Bytes of a key of AES-256. */
export const keyLength = 32

/**
 * The beginning of every encrypted text. No generated token begins like this,
 * and no JavaScript does. Plain ASCII, so that any database keeps it.
 */
const marker = '#fci-sealed.'

/** The version of the form. A change of the form raises it. */
const version = '1'

const algorithm = 'aes-256-gcm'
const ivLength = 12
const tagLength = 16

/** 24 bits tell the few keys of a host apart. Two keys with the same hash do no harm: both are tried. */
const keyIdLength = 4

interface Key {
  readonly id: string
  readonly secret: KeyObject
}

/**
 * Encrypts and decrypts texts with AES-256-GCM. An encrypted text is
 *
 *     #fci-sealed.1.<key>.<base64url of IV, tag and ciphertext>
 *
 * where `<key>` is a short hash of the key. Version and place are authenticated
 * as well. A text therefore does not decrypt in another record, field or
 * workspace, or after its record got another type, creator or user to post as.
 */
export class TextCipher {
  readonly #first: Key
  readonly #keys: readonly Key[]
  readonly #acceptPlaintext: boolean

  /**
   * Keeps copies of the keys.
   *
   * @param first the key that encrypts and decrypts.
   * @param others keys that only decrypt. All keys have {@link keyLength} bytes.
   * @param acceptPlaintext whether texts that are not encrypted are read.
   */
  constructor (first: Uint8Array, others: readonly Uint8Array[], acceptPlaintext: boolean) {
    this.#acceptPlaintext = acceptPlaintext
    this.#first = keyOf(first)
    this.#keys = [this.#first, ...others.map(keyOf)]
  }

  encrypt (text: string, place: Place): string {
    const { id, secret } = this.#first
    const iv = randomBytes(ivLength)
    const cipher = createCipheriv(algorithm, secret, iv, { authTagLength: tagLength })
    cipher.setAAD(bindingOf(place))
    const ciphertext = [cipher.update(bytesOf(text)), cipher.final()]
    return `${marker}${version}.${id}.${Buffer.concat([iv, cipher.getAuthTag(), ...ciphertext]).toString('base64url')}`
  }

  /**
   * Reads a text back. A text that does not begin with the marker is not
   * encrypted. It is returned as it is if plaintext is accepted.
   *
   * @throws RecordNotDecryptedError when no key fits, or the text was changed or moved.
   * @throws RecordTooNewError when a later version wrote it.
   */
  decrypt (text: string, place: Place): string {
    if (!text.startsWith(marker)) {
      if (this.#acceptPlaintext) return text
      throw new RecordNotDecryptedError(place.id, `its ${place.field} is not encrypted, and acceptPlaintext is not set`)
    }
    const sealed = text.slice(marker.length)
    const [, written] = /^([1-9]\d{0,8})\./.exec(sealed) ?? []
    if (written !== undefined && written !== version) throw new RecordTooNewError(place.id, `${written} of its encryption`)
    const [, keyId, payload] = /^1\.([\w-]{4})\.([\w-]+)$/.exec(sealed) ?? []
    if (keyId === undefined || payload === undefined) throw notDecrypted(place)
    const keys = this.#keys.filter(({ id }) => id === keyId)
    if (keys.length === 0) {
      throw new RecordNotDecryptedError(place.id, `the key that its ${place.field} was encrypted with is unknown`)
    }
    const bytes = Buffer.from(payload, 'base64url')
    // The decoder accepts several forms of the same bytes; only one of them was written.
    if (bytes.length <= ivLength + tagLength || bytes.toString('base64url') !== payload) throw notDecrypted(place)
    for (const { secret } of keys) {
      const decrypted = decryptWith(secret, bytes, place)
      if (decrypted !== undefined) return textOf(decrypted)
    }
    throw notDecrypted(place)
  }

  /** A text that nobody can guess without the key; the same for the same text. */
  hide (text: string): string {
    return hidden(text, this.#first.secret)
  }

  /** Whether one of the keys hides the text in this form. Where plaintext is accepted, the text itself counts too. */
  hides (text: string, written: string): boolean {
    return (this.#acceptPlaintext && text === written) || this.#keys.some(({ secret }) => hidden(text, secret) === written)
  }
}

/** A keyed hash of a text. */
function hidden (text: string, secret: KeyObject): string {
  return createHmac('sha256', secret).update(`fastify-chat-integrations hidden text\0${text}`).digest('base64url')
}

function keyOf (key: Uint8Array): Key {
  return {
    // Hashed with the key, so that the hash is of no use elsewhere.
    id: createHmac('sha256', key).update('fastify-chat-integrations key id').digest('base64url').slice(0, keyIdLength),
    // A copy outside the JavaScript heap. Inspecting the object does not show the key.
    secret: createSecretKey(key)
  }
}

/** The plaintext, or undefined when the key, the place or the bytes differ from those at encryption. */
function decryptWith (secret: KeyObject, bytes: Buffer, place: Place): Buffer | undefined {
  const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, ivLength), { authTagLength: tagLength })
  decipher.setAAD(bindingOf(place))
  decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength))
  const start = decipher.update(bytes.subarray(ivLength + tagLength))
  try {
    return Buffer.concat([start, decipher.final()])
  } catch {
    // The only possible error is a tag that does not fit.
    return undefined
  }
}

/** The data that is authenticated besides the text. In JSON, any two places differ, halves of surrogate pairs included. */
function bindingOf ({ id, field, owner: { workspace, type, creatorId, userId } }: Place): Buffer {
  return Buffer.from(JSON.stringify([marker, version, workspace, field, id, type, creatorId, userId]))
}

/** A text as bytes. The first byte names the encoding of the rest. */
const utf8 = 0
const utf16 = 1

function bytesOf (text: string): Buffer {
  // UTF-8 cannot hold half a surrogate pair. For all other texts it is the shorter encoding, or nearly so.
  return /\p{Surrogate}/u.test(text)
    ? Buffer.concat([Buffer.of(utf16), Buffer.from(text, 'utf16le')])
    : Buffer.concat([Buffer.of(utf8), Buffer.from(text)])
}

function textOf (bytes: Buffer): string {
  return bytes.subarray(1).toString(bytes[0] === utf16 ? 'utf16le' : 'utf8')
}

function notDecrypted ({ id, field }: Place): Error {
  return new RecordNotDecryptedError(id, `its ${field} does not decrypt`)
}
