import { Buffer } from 'node:buffer'
import { decode } from './charset.ts'
import { type HeaderValue, headerValue } from './content-type.ts'
import { decodePercent, type Form, isEncodedForm, parseForm } from './form.ts'
import { parseJson } from './json.ts'
import { parseMultipart } from './multipart.ts'
import { hasMessageField, isPayload, type Payload } from '../model/message/payload.ts'
import { invalidPayload, type Refusal } from './refusal.ts'

/** The body of a request, read. */
export interface ReadBody {
  readonly kind: 'read'
  /** The object that a message is made of; undefined when the body holds none. */
  readonly payload: Payload | undefined
  /** The value that a script gets as `content`: the payload, another JSON value, or the text; undefined for an empty body. */
  readonly content: unknown
  /** The body as text, blanks included, without a byte order mark. Bytes of a multipart body that are no UTF-8 are replaced. */
  readonly contentRaw: string
  /** The fields of a form; empty for any other body. */
  readonly form: Readonly<Record<string, string>>
}

/**
 * Reads the body of a request to an incoming webhook. The bytes decide; the
 * header only helps with charsets, boundaries and in doubt. Takes linear time.
 *
 * @param bytes The whole body. The caller limits the length.
 * @param contentType The header as it came; undefined when there is none.
 */
export function readBody (bytes: Uint8Array, contentType: string | undefined): ReadBody | Refusal {
  const type = headerValue(contentType)
  const multipart = mayBeMultipart(bytes, type) ? parseMultipart(bytes, type) : undefined
  if (multipart !== undefined) {
    if (multipart.kind === 'refused') return multipart
    // Files need not be text.
    return fromForm(multipart, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  }
  const { charset } = type.parameters
  const decoded = decode(bytes, charset)
  return decoded.kind === 'refused' ? decoded : fromText(decoded.text, type, charset)
}

function fromText (contentRaw: string, type: HeaderValue, charset: string | undefined): ReadBody | Refusal {
  const text = contentRaw.trim()
  const before = contentRaw.length - contentRaw.trimStart().length
  if (text === '') return { kind: 'read', payload: undefined, content: undefined, contentRaw, form: {} }
  if (text.startsWith('{') || text.startsWith('[')) {
    const json = parseJson(text, 'The body', before)
    if (json.kind === 'json') return fromJson(json.value, contentRaw)
    // A text may begin with a bracket: [FIRING] disk full.
    return text.startsWith('[') && json.reason === 'broken-json' && !saysJson(type) ? fromPlainText(text, contentRaw) : json
  }
  if (text.startsWith('payload=')) {
    const read = fromPayloadField(text.slice('payload='.length), contentRaw, charset)
    if (read !== undefined) return read
  }
  if (isEncodedForm(text)) {
    const form = parseForm(text, charset)
    if (form.kind === 'refused') return form
    const read = fromForm(form, contentRaw)
    // The header says text, and no field is known: `load=5`.
    const isText = type.value.startsWith('text/') && read.kind === 'read' && read.content === form.fields && !hasMessageField(form.fields)
    return isText ? fromPlainText(text, contentRaw) : read
  }
  if (/^["\dtfn-]/.test(text)) {
    const json = parseJson(text, 'The body', before)
    if (json.kind === 'json') return fromJson(json.value, contentRaw)
  }
  return fromPlainText(text, contentRaw)
}

function fromJson (value: unknown, contentRaw: string): ReadBody {
  return { kind: 'read', payload: isPayload(value) ? value : undefined, content: value, contentRaw, form: {} }
}

function fromPlainText (text: string, contentRaw: string): ReadBody {
  return { kind: 'read', payload: { text }, content: text, contentRaw, form: {} }
}

/** A form whose field `payload` or `payload_json` holds JSON, or whose fields are the payload. */
function fromForm ({ fields }: Form, contentRaw: string): ReadBody | Refusal {
  const name = ['payload', 'payload_json'].find((name) => fields[name] !== undefined && fields[name].trim() !== '')
  if (name === undefined) return { kind: 'read', payload: fields, content: fields, contentRaw, form: fields }
  return fromPayload(fields[name] ?? '', fields, contentRaw)
}

function fromPayload (text: string, form: Readonly<Record<string, string>>, contentRaw: string): ReadBody | Refusal {
  const trimmed = text.trim()
  const json = trimmed.startsWith('{') ? parseJson(trimmed, 'The payload', text.length - text.trimStart().length) : undefined
  if (json?.kind === 'refused') return json
  if (!isPayload(json?.value)) return invalidPayload('payload-no-object', 'The field payload must hold a JSON object')
  return { kind: 'read', payload: json.value, content: json.value, contentRaw, form }
}

/**
 * A field `payload` that is not encoded at all, or not everywhere. Text that
 * stands there unencoded is parsed as it stands: to decode it would destroy
 * `&`, `+` and `%`. Undefined when the text is a proper form, or no payload.
 */
function fromPayloadField (text: string, contentRaw: string, charset: string | undefined): ReadBody | Refusal | undefined {
  const asItStands = text.trimStart().startsWith('{') ? fromPayload(text, { payload: text }, contentRaw) : undefined
  if (asItStands?.kind === 'read') return asItStands
  if (asItStands === undefined && isEncodedForm(`payload=${text}`)) return undefined
  // Another field may follow: `payload={"text":"a"}&token=b`.
  let refusal: Refusal | undefined = asItStands
  for (const part of [text.split('&', 1)[0] ?? '', text]) {
    const decoded = decodePercent(part, charset)
    if (decoded.kind === 'refused' || !decoded.text.trimStart().startsWith('{')) continue
    const read = fromPayload(decoded.text, { payload: decoded.text }, contentRaw)
    if (read.kind === 'read') return read
    // The position in the text as it stands is the one that the sender can find.
    refusal ??= read
  }
  return refusal
}

function saysJson ({ value }: HeaderValue): boolean {
  return /[/+]json$/.test(value)
}

/** Whether the body may be multipart: JSON under such a header is JSON. */
function mayBeMultipart (bytes: Uint8Array, { value }: HeaderValue): boolean {
  let at = 0
  for (let byte = bytes[0]; byte === 0x20 || byte === 0x0A || byte === 0x0D || byte === 0x09; byte = bytes[at]) at++
  const first = bytes[at]
  return first === 0x2D || (value.startsWith('multipart/') && first !== 0x7B && first !== 0x5B)
}
