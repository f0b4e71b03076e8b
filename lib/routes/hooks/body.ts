import { Buffer } from 'node:buffer'
import type { FastifyRequest } from 'fastify'
import type { Failed } from '../../incoming/outcome.ts'

/** A body that is not read to its end. */
export class BodyError extends Error {
  readonly failed: Failed

  constructor (failed: Failed) {
    super(failed.error)
    this.failed = failed
  }
}

/** The failure of a body that did not arrive as it was announced, or whose sender went away. */
export const unreadable: Failed = {
  kind: 'failed',
  status: 400,
  code: 'error-invalid-payload',
  error: 'The body could not be read to its end [error-invalid-payload]'
}

/** The bounds of a body. */
export interface BodyBounds {
  /** In bytes. */
  readonly bodyLimit: number
  /** In milliseconds. */
  readonly bodyTimeout: number
}

/**
 * The stream of a body. A hook of the host may have put another one in the place
 * of the request, which then says how many bytes it has received.
 */
type Payload = FastifyRequest['raw'] & { readonly receivedEncodedLength?: number }

/**
 * Reads a body as bytes, whatever its content type. Fastify's own reader bounds
 * no time, and a sender that sends a byte now and then would keep a connection
 * for as long as the host's server allows.
 *
 * @throws BodyError when the body is too large or too slow, or ends too early;
 *   otherwise the error of the host's stream.
 */
export function readBytes (payload: Payload, contentLength: string | undefined, { bodyLimit, bodyTimeout }: BodyBounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (error?: Error): void => {
      clearTimeout(timer)
      payload.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose)
      // An error that comes later has no reader any more.
      payload.on('error', () => {})
      if (error === undefined) resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length))
      else reject(error)
    }
    const onData = (chunk: Buffer | string): void => {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      length += bytes.length
      if (length > bodyLimit || (payload.receivedEncodedLength ?? 0) > bodyLimit) end(new BodyError(tooLarge(bodyLimit)))
      else chunks.push(bytes)
    }
    const onEnd = (): void => end()
    const onClose = (): void => end(new BodyError(unreadable))
    // A stream of the host may refuse with a status of its own.
    const onError = (error: Error): void => end('statusCode' in error ? error : new BodyError(unreadable))
    const timer = setTimeout(() => end(new BodyError(tooSlow(bodyTimeout))), bodyTimeout)
    if (Number(contentLength) > bodyLimit) return end(new BodyError(tooLarge(bodyLimit)))
    payload.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose)
  })
}

/** @throws BodyError when the body is compressed. */
export function requirePlain (contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || ['', 'identity'].includes(contentEncoding.trim().toLowerCase())) return
  throw new BodyError(compressed())
}

/** The failure of a compressed body. */
export function compressed (): Failed {
  const code = 'error-unsupported-encoding'
  return { kind: 'failed', status: 415, code, error: `Send the body without Content-Encoding: it is not decompressed [${code}]` }
}

/** The failure of a body that is larger than so many bytes. */
export function tooLarge (limit: number): Failed {
  const code = 'error-body-too-large'
  return { kind: 'failed', status: 413, code, error: `The body is larger than ${limit} bytes [${code}]`, details: { limit } }
}

/** The failure of a body that did not arrive within so many milliseconds. */
export function tooSlow (bodyTimeout: number): Failed {
  const code = 'error-body-too-slow'
  return { kind: 'failed', status: 408, code, error: `The body did not arrive within ${bodyTimeout / 1000} s [${code}]` }
}
