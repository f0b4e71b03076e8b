import { type Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request as a sender sends it. */
export interface Sending {
  /** @defaultValue `POST` */
  readonly method?: string | undefined
  /** Sent as they stand, besides `Host` and, where the sender names none, the length of the body. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Of several parts, each is written when the one before has left: with `transfer-encoding: chunked` it is a chunk. */
  readonly body?: string | Uint8Array | readonly string[] | undefined
  readonly agent?: Agent | undefined
}

/** An answer. */
export interface Sent {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly contentType: string | undefined
  readonly body: string
}

/** Sends a request. With `expect: 100-continue`, the body waits for the server to ask for it. */
export async function send (url: string, { method = 'POST', headers = {}, body = '', agent }: Sending): Promise<Sent> {
  const parts = typeof body === 'string' || body instanceof Uint8Array ? [body] : body
  const length = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0)
  const isChunked = headers['transfer-encoding'] !== undefined
  const call = request(url, { method, headers: { ...headers, ...(!isChunked && { 'content-length': length }) }, ...(agent && { agent }) })
  const answered = new Promise<IncomingMessage>((resolve, reject) => call.on('response', resolve).on('error', reject))
  if (headers['expect'] !== undefined) await Promise.race([new Promise((resolve) => call.once('continue', resolve)), answered])
  for (const part of parts) await Promise.race([new Promise((resolve) => call.write(part, resolve)), answered])
  call.end()
  const answer = await answered
  return { status: answer.statusCode ?? 0, headers: answer.headers, contentType: answer.headers['content-type'], body: await text(answer) }
}
