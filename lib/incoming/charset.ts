import { Buffer, isUtf8 } from 'node:buffer'
import { invalidPayload, type Refusal } from './refusal.ts'

/** Bytes as text. */
export interface Decoded {
  readonly kind: 'text'
  /** Without a byte order mark. */
  readonly text: string
}

/**
 * Reads bytes as UTF-8, or in the charset that the header names.
 *
 * Bytes that are UTF-8 beside a header that names a charset of single bytes
 * are read as UTF-8: some clients name a charset and send another, and text of
 * such a charset is hardly ever UTF-8 by chance.
 */
export function decode (bytes: Uint8Array, charset: string | undefined): Decoded | Refusal {
  const encoding = encodingOf(charset, bytes)
  if ((encoding === undefined || hasUtf8Mark(bytes) || !mayLookLikeUtf8(encoding, bytes)) && isUtf8(bytes)) {
    // A TextDecoder for each field of a form would take most of the time.
    return { kind: 'text', text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', hasUtf8Mark(bytes) ? 3 : 0) }
  }
  if (encoding === undefined) {
    return invalidPayload('charset', 'The charset that the Content-Type header names is not known. Send UTF-8')
  }
  try {
    return { kind: 'text', text: new TextDecoder(encoding, { fatal: true }).decode(bytes) }
  } catch {
    return invalidPayload('charset', encoding === 'utf-8'
      ? 'The body is not valid UTF-8. Send UTF-8, or name the charset in the Content-Type header'
      : 'The body does not fit the charset that the Content-Type header names. Send UTF-8')
  }
}

/** The name by which TextDecoder knows the charset; undefined when TextDecoder does not. */
function encodingOf (charset: string | undefined, bytes: Uint8Array): string | undefined {
  if (charset === undefined || /^(?:utf-?8)?$/i.test(charset)) return 'utf-8'
  if (/^utf-?16$/i.test(charset)) return isBigEndian(bytes) ? 'utf-16be' : 'utf-16le'
  try {
    return new TextDecoder(charset).encoding
  } catch {
    return undefined
  }
}

/** Whether bytes of this encoding may be UTF-8 by chance, because more than one byte can make one character. */
function mayLookLikeUtf8 (encoding: string, bytes: Uint8Array): boolean {
  // JSON in UTF-16 has a zero in each bracket.
  return encoding.startsWith('utf-16') ? bytes.includes(0) : /^(?:gb|big5|euc|shift|iso-2022)/.test(encoding)
}

function isBigEndian ([first, second]: Uint8Array): boolean {
  // Without a mark: JSON and most texts begin with an ASCII character.
  return (first === 0xFE && second === 0xFF) || (first === 0 && second !== 0)
}

function hasUtf8Mark ([first, second, third]: Uint8Array): boolean {
  return first === 0xEF && second === 0xBB && third === 0xBF
}
