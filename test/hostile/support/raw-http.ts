import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** An answer as it came over the wire. */
export interface RawReply {
  readonly status: number
  /** By name in lower case; a repeated header has its last value. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** What a connection brought until it was closed. */
export interface Conversation {
  readonly replies: readonly RawReply[]
  /** What came and is no whole answer. */
  readonly rest: string
}

/** How something is sent. */
export interface Sending {
  /** The methods of the requests, if one of them is HEAD: its answer has no body. */
  readonly methods?: readonly string[]
  /**
   * What the client does when it has sent everything: wait for the server to
   * close (the default), close its half after a moment in which the server can
   * answer, or be gone.
   */
  readonly then?: 'wait' | 'end' | 'destroy'
}

/** A connection that the server leaves open is closed after so many milliseconds. */
const patience = 5000

/** A server that is not waiting for more has answered by then. */
const moment = 20

/**
 * Opens a connection, sends these bytes, a write for each chunk, and collects
 * what comes back until the connection is closed.
 */
export async function converse (port: number, chunks: ReadonlyArray<string | Uint8Array>, { methods = [], then = 'wait' }: Sending = {}): Promise<Conversation> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const received: Buffer[] = []
  socket.on('data', (data: Buffer) => { received.push(data) })
  // A server may close before it was sent everything; what it said until then counts.
  socket.on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const timer = setTimeout(() => socket.destroy(new Error('the server neither answers nor closes')), patience)
  try {
    for (const [index, chunk] of chunks.entries()) {
      if (index > 0) await turn(socket)
      if (socket.writable) socket.write(chunk)
    }
    if (then === 'end') {
      await Promise.race([once(socket, 'data').catch(() => {}), closed, sleep(moment)])
      socket.end()
    }
    if (then === 'destroy') {
      await turn(socket)
      socket.destroy()
    }
    await closed
  } finally {
    clearTimeout(timer)
  }
  if (socket.errored?.message === 'the server neither answers nor closes') throw socket.errored
  return repliesOf(Buffer.concat(received), methods)
}

/** Waits until what was written has left, and lets the server read it. */
async function turn (socket: Socket): Promise<void> {
  if (socket.connecting) await Promise.race([once(socket, 'connect').catch(() => {}), once(socket, 'close')])
  await new Promise((resolve) => setImmediate(resolve))
  await new Promise((resolve) => setImmediate(resolve))
}

const lastChunk = '0\r\n\r\n'

/** Takes what was received apart. */
function repliesOf (received: Buffer, methods: readonly string[]): Conversation {
  const replies: RawReply[] = []
  let rest = received
  for (;;) {
    const end = rest.indexOf('\r\n\r\n')
    if (end < 0) break
    const [statusLine = '', ...lines] = rest.subarray(0, end).toString('latin1').split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1])
    const headers = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }))
    const start = end + 4
    if (status === 100) {
      rest = rest.subarray(start)
      continue
    }
    // Node sends its own refusals in chunks, of which there are none but the last.
    const length = methods[replies.length] === 'HEAD'
      ? 0
      : headers['transfer-encoding'] === 'chunked' ? lastChunk.length : Number(headers['content-length'] ?? 0)
    if (rest.length < start + length) break
    replies.push({ status, headers, text: rest.subarray(start, start + length).toString() })
    rest = rest.subarray(start + length)
  }
  return { replies, rest: rest.toString('latin1') }
}

/** The bytes of a request; Latin-1 in the head, as it is. */
export function requestOf (line: string, headers: ReadonlyArray<readonly [string, string]>, body: string | Uint8Array = ''): Buffer {
  const head = [line, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)])
}
