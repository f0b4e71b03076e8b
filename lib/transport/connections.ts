import type { Socket } from 'node:net'
import type { Client as UndiciClient } from 'undici'
import { areTiny, tooLarge, tooManyPieces } from './content.ts'
import type { Dialed, Dialer, Target } from './dial.ts'
import { type Exchange, maxHeaderBytes } from './exchange.ts'
import { CallFailed } from './failure.ts'
import type { PreparedRequest } from './prepare.ts'
import { Client } from './undici.ts'

/** How long an idle connection is kept, in milliseconds, and how long when the receiver promises more. */
const keepAlive = { keepAliveTimeout: 4000, keepAliveMaxTimeout: 30_000 }

/** So many idle connections are kept, to all receivers together. */
const mostIdle = 256

/** What an answer may have besides its headers and its body: chunk sizes and their extensions, trailers, 1xx answers. */
const framingBytes = 256 * 1024

/** Bounds of connections. */
export interface ConnectionBounds {
  readonly maxBodyBytes: number
  readonly maxConnectionsPerOrigin: number
}

/** The connections to one origin, of calls with the same authority. */
interface Origin {
  readonly idle: Connection[]
  open: number
  readonly waiting: Waiting[]
}

interface Waiting {
  readonly exchange: Exchange
  readonly start: (connection: Connection) => void
}

/** Connections that are kept and used again. */
export class Connections {
  readonly #dialer: Dialer
  readonly #bounds: ConnectionBounds
  readonly #origins = new Map<string, Origin>()
  /** The one that has been idle longest is the first. */
  readonly #idle = new Set<Connection>()
  readonly #all = new Set<Connection>()

  constructor (dialer: Dialer, bounds: ConnectionBounds) {
    this.#dialer = dialer
    this.#bounds = bounds
  }

  /** How many connections there are, in use or idle. */
  get size (): number {
    return this.#all.size
  }

  /**
   * Sends a request on an idle connection, else on a new one. Waits when the
   * origin has as many as it may.
   *
   * @param started is told which connection serves the exchange.
   * @param fresh whether no connection may be used that served another request.
   */
  run (request: PreparedRequest, mayUseAllowed: boolean, exchange: Exchange, started: (connection: Connection) => void, fresh: boolean): void {
    // What was opened under the authority of one call must not serve a call without it.
    const key = `${mayUseAllowed ? '+' : '-'}${request.origin}`
    let origin = this.#origins.get(key)
    if (origin === undefined) this.#origins.set(key, origin = { idle: [], open: 0, waiting: [] })
    const start = (connection: Connection): void => {
      started(connection)
      connection.run(request, exchange)
    }
    const idle = fresh ? undefined : origin.idle.pop()
    if (idle !== undefined) {
      this.#idle.delete(idle)
      start(idle)
    } else if (origin.open < this.#bounds.maxConnectionsPerOrigin) {
      start(this.#open(key, origin, { host: request.host, port: request.port, secure: request.origin.startsWith('https:'), mayUseAllowed }, request.origin))
    } else origin.waiting.push({ exchange, start })
  }

  /** Takes back a connection whose answer was complete. */
  release (connection: Connection): void {
    const { origin } = connection
    const next = nextOf(origin)
    if (next !== undefined) {
      next.start(connection)
      return
    }
    origin.idle.push(connection)
    this.#idle.add(connection)
    if (this.#idle.size <= mostIdle) return
    const [oldest] = this.#idle
    if (oldest !== undefined) this.drop(oldest)
  }

  /** Closes a connection at once. */
  drop (connection: Connection): void {
    if (!this.#all.delete(connection)) return
    connection.destroy()
    const { key, origin, target } = connection
    origin.open--
    if (this.#idle.delete(connection)) origin.idle.splice(origin.idle.indexOf(connection), 1)
    const next = nextOf(origin)
    if (next !== undefined) next.start(this.#open(key, origin, target, connection.url))
    else if (origin.open === 0) this.#origins.delete(key)
  }

  /** Closes all connections at once. */
  close (): void {
    for (const connection of this.#all) this.drop(connection)
  }

  #open (key: string, origin: Origin, target: Target, url: string): Connection {
    const connection = new Connection({ key, origin, target, url }, this.#dialer, this.#bounds.maxBodyBytes, () => {
      if (this.#idle.has(connection)) this.drop(connection)
    })
    origin.open++
    this.#all.add(connection)
    return connection
  }
}

function nextOf (origin: Origin): Waiting | undefined {
  let next = origin.waiting.shift()
  while (next?.exchange.over === true) next = origin.waiting.shift()
  return next
}

interface Place {
  readonly key: string
  readonly origin: Origin
  readonly target: Target
  readonly url: string
}

/** One connection, for one request at a time. */
export class Connection implements Place {
  readonly key: string
  readonly origin: Origin
  readonly target: Target
  readonly url: string
  readonly #client: UndiciClient
  readonly #ending = new AbortController()
  readonly #mostBytes: number
  #raw: Socket | undefined
  /** How many bytes had come before the request. */
  #mark = 0
  /** How many pieces have come since then. */
  #pieces = 0
  #exchange: Exchange | undefined

  /** @param lost called when the socket is closed. */
  constructor ({ key, origin, target, url }: Place, dialer: Dialer, maxBodyBytes: number, lost: () => void) {
    this.key = key
    this.origin = origin
    this.target = target
    this.url = url
    this.#mostBytes = maxBodyBytes + maxHeaderBytes + framingBytes
    this.#client = new Client(url, {
      ...keepAlive,
      pipelining: 1,
      maxHeaderSize: maxHeaderBytes,
      // One deadline covers the whole call.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_options, done) => {
        dialer.dial(target, this.#ending.signal).then((dialed) => {
          this.#watch(dialed)
          done(null, dialed.socket)
        }, (error: unknown) => {
          done(error instanceof Error ? error : new Error('dialling failed'), null)
        }).catch((error: unknown) => {
          this.#exchange?.fail(error)
        })
      }
    })
    this.#client.on('disconnect', () => {
      this.#raw = undefined
      lost()
    })
  }

  run ({ path, sent, body }: PreparedRequest, exchange: Exchange): void {
    exchange.reused = this.#raw !== undefined
    this.#mark = this.#raw?.bytesRead ?? 0
    this.#pieces = 0
    this.#exchange = exchange
    this.#client.dispatch({ path, method: sent.method, headers: sent.headers, body }, exchange)
  }

  destroy (): void {
    this.#ending.abort()
    this.#raw?.destroy()
    this.#client.destroy(new CallFailed('aborted', 'the connection was given up'), () => {})
  }

  /** Bounds everything that comes for one request, also what is in no header and no body. */
  #watch ({ raw, socket }: Dialed): void {
    this.#raw = raw
    this.#mark = 0
    if (this.#exchange !== undefined) this.#exchange.reused = false
    socket.on('readable', () => {
      const bytes = raw.bytesRead - this.#mark
      if (bytes > this.#mostBytes) socket.destroy(tooLarge(this.#mostBytes))
      else if (areTiny(++this.#pieces, bytes)) socket.destroy(tooManyPieces())
    })
  }
}
