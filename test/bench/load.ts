import { Connection, type Reply } from '../support/http-connection.ts'

/** How hard a server is worked, and for how long. */
export interface LoadOptions {
  readonly port: number
  /** One character for each byte. */
  readonly request: string
  /** Requests under way at the same time. */
  readonly connections: number
  readonly seconds: number
}

/** What came of it; every request was answered 200. */
export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  /** 99 % of the requests took no longer, in milliseconds. */
  readonly p99: number
  /** Length of every reply's body in bytes. */
  readonly replyLength: number
}

/**
 * Sends the same request over and over.
 *
 * @throws at the first reply that is not 200 or not as long as the others.
 */
export async function load ({ port, request: text, connections, seconds }: LoadOptions): Promise<LoadResult> {
  const request = Buffer.from(text, 'latin1')
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)))
  const [probe] = await Promise.all(open.map((connection) => connection.exchange(request)))
  const replyLength = probe?.body.length ?? 0

  const start = performance.now()
  const end = start + seconds * 1000
  const times = await Promise.all(open.map((connection) => repeat(connection, request, replyLength, end)))
  const elapsed = (performance.now() - start) / 1000
  for (const connection of open) connection.close()

  const sorted = Float64Array.from(times.flat()).sort()
  return {
    requests: connections + sorted.length,
    requestsPerSecond: sorted.length / elapsed,
    p99: sorted.at(Math.ceil(sorted.length * 0.99) - 1) ?? NaN,
    replyLength
  }
}

/** @returns how long each request took, in milliseconds. */
async function repeat (connection: Connection, request: Buffer, replyLength: number, end: number): Promise<number[]> {
  const times: number[] = []
  for (let sent = performance.now(); sent < end;) {
    requireSuccess(await connection.exchange(request), replyLength)
    const received = performance.now()
    times.push(received - sent)
    sent = received
  }
  return times
}

function requireSuccess ({ status, body }: Reply, length: number): void {
  if (status !== 200 || body.length !== length) throw new Error(`a request was answered ${status}: ${body}`)
}
