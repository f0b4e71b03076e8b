import { Buffer } from 'node:buffer'
import { decode } from './charset.ts'
import { emptyRecord } from '../model/message/payload.ts'
import { invalidPayload, type Refusal } from './refusal.ts'

/** Fields of a form, all of them texts. The last of two with one name counts. */
export interface Form {
  readonly kind: 'form'
  readonly fields: Readonly<Record<string, string>>
}

/** The most fields of a form, and parts of a multipart body. */
export const mostFields = 1_000

/** A form with more fields than that. */
export function tooManyFields (): Refusal {
  return invalidPayload('too-many-fields', `The body has more than ${mostFields} fields`)
}

/**
 * Whether the text is a percent-encoded form: at least one name with a value,
 * and no character that an encoder would have encoded. The characters that
 * encodeURIComponent leaves as they are count as encoded.
 */
export function isEncodedForm (text: string): boolean {
  return text.includes('=') && !/[^\w*.~!'()+&=%-]/.test(text) && !/%(?![\da-fA-F]{2})/.test(text)
}

/** Reads an encoded form. */
export function parseForm (text: string, charset: string | undefined): Form | Refusal {
  const fields = emptyRecord<string>()
  let count = 0
  for (let start = 0; start <= text.length;) {
    const next = text.indexOf('&', start)
    const end = next === -1 ? text.length : next
    if (end > start) {
      if (++count > mostFields) return tooManyFields()
      const pair = text.slice(start, end)
      const equals = pair.indexOf('=')
      const name = decodePercent(equals === -1 ? pair : pair.slice(0, equals), charset)
      if (name.kind === 'refused') return name
      const value = decodePercent(equals === -1 ? '' : pair.slice(equals + 1), charset)
      if (value.kind === 'refused') return value
      fields[name.text] = value.text
    }
    start = end + 1
  }
  return { kind: 'form', fields }
}

/** Decodes `%41` and `+`. A percent sign without two digits stays as it is. */
export function decodePercent (text: string, charset: string | undefined): ReturnType<typeof decode> {
  if (!/[%+]/.test(text)) return { kind: 'text', text }
  const bytes = Buffer.from(text)
  let length = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const high = byte === 0x25 ? digitOf(bytes[at + 1]) : -1
    const low = high === -1 ? -1 : digitOf(bytes[at + 2])
    if (low === -1) {
      bytes[length++] = byte === 0x2B ? 0x20 : byte
    } else {
      bytes[length++] = high * 16 + low
      at += 2
    }
  }
  return decode(bytes.subarray(0, length), charset)
}

function digitOf (code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
