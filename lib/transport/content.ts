import { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate, inflateRaw } from 'node:zlib'
import { CallFailed, codeOf } from './failure.ts'

/**
 * What comes in more pieces than this has pieces of a fair size. Pieces of one
 * byte cost hundreds of times as much processor time as their bytes would
 * together.
 */
const fewPieces = 1000

/** Bytes that a piece of a longer row has on average at least. */
const fairPiece = 64

/** No receiver compresses more than once; a second time does no harm. */
const mostCodings = 2

const decompress = {
  gzip: promisify(gunzip),
  inflate: promisify(inflate),
  inflateRaw: promisify(inflateRaw),
  br: promisify(brotliDecompress)
}

/** Collects a body. Its memory is bounded by its bytes, however small the pieces are in which they come. */
export class BodyBuffer {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #pieces = 0

  /** How many pieces came. */
  get pieces (): number {
    return this.#pieces
  }

  get length (): number {
    return this.#length
  }

  add (piece: Buffer): void {
    this.#pieces++
    if (this.#pieces === 1) {
      this.#bytes = piece
      this.#length = piece.length
      return
    }
    const length = this.#length + piece.length
    // The first piece is a part of a buffer that is not ours: it is copied, too.
    if (this.#pieces === 2 || length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(1024, length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(piece, this.#length)
    this.#length = length
  }

  bytes (): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}

/**
 * Undoes the content codings of a body. No coding was asked for; some receivers
 * compress all the same.
 *
 * @param limit most bytes after each step.
 * @throws CallFailed of kind `too-large`, or `protocol`.
 */
export async function decoded (body: Buffer, header: string | string[] | undefined, limit: number): Promise<Buffer> {
  const codings = String(header ?? '').toLowerCase().split(',').map((coding) => coding.trim()).filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length === 0 || body.length === 0) return body
  if (codings.length > mostCodings) throw unreadable('is compressed too often')
  let bytes = body
  // The last coding was applied last.
  for (const coding of codings.reverse()) bytes = await undo(bytes, coding, limit)
  return bytes
}

async function undo (bytes: Buffer, coding: string, limit: number): Promise<Buffer> {
  const how = methodFor(bytes, coding)
  if (how === undefined) throw unreadable('has a content coding that was not asked for')
  try {
    return await decompress[how](bytes, { maxOutputLength: limit })
  } catch (cause) {
    if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw unreadable('cannot be decompressed', cause)
  }
}

function methodFor (bytes: Buffer, coding: string): keyof typeof decompress | undefined {
  if (coding === 'gzip' || coding === 'x-gzip') return 'gzip'
  if (coding === 'br') return 'br'
  // The name means a zlib stream; some servers send a bare one.
  if (coding === 'deflate') return ((bytes[0] ?? 0) & 0x0F) === 8 ? 'inflate' : 'inflateRaw'
  return undefined
}

function unreadable (what: string, cause?: unknown): CallFailed {
  return new CallFailed('protocol', `the body of the answer ${what}`, { retry: false, reason: 'content-encoding', cause })
}

/** The failure of a body that is too large. */
export function tooLarge (limit: number): CallFailed {
  return new CallFailed('too-large', `the answer is larger than ${limit} bytes`, { reason: 'too-large' })
}

/** Whether these are many pieces, and too small ones. */
export function areTiny (pieces: number, bytes: number): boolean {
  return pieces >= fewPieces && bytes < pieces * fairPiece
}

/** The failure of an answer whose pieces {@link areTiny}. */
export function tooManyPieces (): CallFailed {
  return new CallFailed('too-large', 'the answer came in too many pieces', { reason: 'too-large' })
}

/** The text of a body, in the charset that the content type names. What does not fit becomes U+FFFD. */
export function textOf (body: Buffer, contentType: string | string[] | undefined): string {
  const charset = /;[ \t]?charset="?([\w.:-]+)/i.exec(String(contentType ?? ''))?.[1] ?? 'utf-8'
  const marked = body[0] === 0xEF && body[1] === 0xBB && body[2] === 0xBF
  if (/^utf-?8$/i.test(charset)) return body.toString('utf8', marked ? 3 : 0)
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return body.toString('utf8', marked ? 3 : 0)
  }
}
