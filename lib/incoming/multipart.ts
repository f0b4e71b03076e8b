import { Buffer } from 'node:buffer'
import { decode } from './charset.ts'
import { type HeaderValue, headerValue } from './content-type.ts'
import { type Form, mostFields, tooManyFields } from './form.ts'
import { emptyRecord } from '../model/message/payload.ts'
import type { Refusal } from './refusal.ts'

/** RFC 2046 allows 70 characters; some clients write more. */
const longestBoundary = 200
/** The most characters of the headers of a part. */
const longestHeaders = 8 * 1024

/**
 * Reads the text fields of a multipart body; parts with a file name are
 * ignored. Lines may end with a line feed alone, and the last boundary may be
 * missing. Undefined when the bytes do not look like a multipart body.
 */
export function parseMultipart (bytes: Uint8Array, contentType: HeaderValue): Form | Refusal | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // One character for each byte, so that positions in the text are positions in the bytes.
  const text = buffer.toString('latin1')
  const delimiter = delimiterOf(text, contentType)
  if (delimiter === undefined) return undefined
  const fields = emptyRecord<string>()
  let count = 0
  let start = nextDelimiter(text, delimiter, 0)
  while (start !== undefined && !start.last) {
    if (++count > mostFields) return tooManyFields()
    const end = nextDelimiter(text, delimiter, start.after)
    const part = fieldOf(text.slice(start.after, end === undefined ? text.length : Math.max(end.at, start.after)))
    if (part !== undefined) {
      const from = start.after + part.start
      const value = decode(buffer.subarray(from, from + part.length), part.charset)
      if (value.kind === 'refused') return value
      fields[part.name] = value.text
    }
    start = end
  }
  return { kind: 'form', fields }
}

/** The boundary of the header if the body has it, else the first line if headers of a part follow. */
function delimiterOf (text: string, { value, parameters }: HeaderValue): string | undefined {
  const { boundary } = parameters
  if (value.startsWith('multipart/') && boundary !== undefined && boundary !== '' && boundary.length <= longestBoundary) {
    const delimiter = `--${boundary}`
    if (nextDelimiter(text, delimiter, 0) !== undefined) return delimiter
  }
  const start = text.slice(0, 2 * longestBoundary).trimStart()
  if (!start.startsWith('--')) return undefined
  const [line = '', next = ''] = start.split('\n', 2)
  return /^content-[\w-]+:/i.test(next) && line.trimEnd().length > 2 ? line.trimEnd() : undefined
}

interface Delimiter {
  /** Position of the line end before the delimiter: the end of the part before. */
  readonly at: number
  /** Position of the first character of the part behind. */
  readonly after: number
  /** Whether no part follows. */
  readonly last: boolean
}

/** The next line that consists of the delimiter, from a position at the start of a line. */
function nextDelimiter (text: string, delimiter: string, from: number): Delimiter | undefined {
  for (let start = startOfLine(text, delimiter, from); start !== undefined;) {
    const end = start + delimiter.length
    const last = text.startsWith('--', end)
    const after = afterBlanks(text, end)
    if (last || text[after] === '\n') {
      const feed = start > 0 && text[start - 1] === '\n' ? start - 1 : start
      return { at: feed > 0 && text[feed - 1] === '\r' ? feed - 1 : feed, after: after + 1, last }
    }
    // The line only begins like the delimiter.
    const next = text.indexOf(`\n${delimiter}`, after)
    start = next === -1 ? undefined : next + 1
  }
  return undefined
}

function afterBlanks (text: string, start: number): number {
  let at = start
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\r') at++
  return at
}

function startOfLine (text: string, delimiter: string, from: number): number | undefined {
  let start = from
  // A few clients begin with an empty line.
  if (from === 0) while (text[start] === '\r' || text[start] === '\n' || text[start] === ' ') start++
  if (text.startsWith(delimiter, start)) return start
  const feed = text.indexOf(`\n${delimiter}`, from)
  return feed === -1 ? undefined : feed + 1
}

interface Part {
  readonly name: string
  /** Position and length of the value in the part. */
  readonly start: number
  readonly length: number
  readonly charset: string | undefined
}

/** The text field that a part holds; undefined for a file, and for a part without a name. */
function fieldOf (part: string): Part | undefined {
  let disposition: HeaderValue | undefined
  let charset: string | undefined
  let at = 0
  while (true) {
    const feed = part.indexOf('\n', at)
    if (feed === -1 || feed > longestHeaders) return undefined
    const line = part.slice(at, feed).trim()
    at = feed + 1
    if (line === '') break
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0)).trim().toLowerCase()
    if (name === 'content-disposition') disposition = headerValue(line.slice(colon + 1))
    if (name === 'content-type') charset = headerValue(line.slice(colon + 1)).parameters['charset']
  }
  const { name, filename, 'filename*': encodedName } = disposition?.parameters ?? {}
  if (name === undefined || filename !== undefined || encodedName !== undefined) return undefined
  return { name: Buffer.from(name, 'latin1').toString(), start: at, length: part.length - at, charset }
}
