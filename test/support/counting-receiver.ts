import { createServer } from 'node:http'
import type { Test } from 'tap'
import { localServer } from './local-server.ts'
import { unchecked } from './unchecked.ts'
import { until } from './until.ts'

/** An answer of a receiver. */
export interface CountedAnswer {
  /** 0: the connection breaks. */
  readonly status: number
  /** Milliseconds until it is sent, or what it waits for; `Infinity`: never. */
  readonly after: number | Promise<unknown>
  readonly headers?: Readonly<Record<string, string>>
}

/** A call of a receiver. */
export interface CountedCall {
  readonly path: string
  /** The `_id` of the message that the call tells of. */
  readonly messageId: string
  readonly text: string
  readonly webhookId: string
}

/** Receivers at the paths of one HTTP server. They count the deliveries that they take, by `webhook-id`. */
export interface CountingReceiver {
  readonly base: string
  /** How many calls came at a path, whatever was answered. */
  callsOf (path: string): number
  /** The messages that the receiver at a path has taken, and how often, by `webhook-id`. */
  taken (path: string): ReadonlyMap<string, ReadonlyMap<string, number>>
}

type Taken = Map<string, Map<string, number>>

/**
 * Starts receivers on a free port and ends them with the test.
 *
 * @param answer says what is answered; a delivery counts as taken with a status of 2xx. Default: 200 at once.
 */
export async function countingReceiver (
  t: Test, answer: (call: CountedCall) => CountedAnswer = () => ({ status: 200, after: 0 })
): Promise<CountingReceiver> {
  const byPath = new Map<string, Taken>()
  const calls = new Map<string, number>()
  const server = createServer((request, response) => {
    const { url: path = '', headers } = request
    let body = ''
    request.on('error', () => {})
    response.on('error', () => {})
    request.setEncoding('utf8').on('data', (part: string) => { body += part }).on('end', () => {
      calls.set(path, (calls.get(path) ?? 0) + 1)
      const { message_id: messageId, text } = unchecked<{ message_id: string, text: string }>(JSON.parse(body))
      const call = { path, messageId, text, webhookId: String(headers['webhook-id']) }
      const { status, after, headers: more = {} } = answer(call)
      const send = (): void => {
        if (status >= 200 && status < 300) count(byPath, call)
        if (status === 0) request.destroy()
        else response.writeHead(status, { 'content-length': 0, ...more }).end()
      }
      if (after === 0) send()
      else if (typeof after !== 'number') after.then(send, send)
      else if (after !== Infinity) setTimeout(send, after)
    })
  })
  const port = await localServer(t, server)
  return {
    base: `http://127.0.0.1:${port}`,
    callsOf: (path) => calls.get(path) ?? 0,
    taken: (path) => byPath.get(path) ?? new Map()
  }
}

function count (byPath: Map<string, Taken>, { path, messageId, webhookId }: CountedCall): void {
  const taken: Taken = byPath.get(path) ?? new Map()
  byPath.set(path, taken)
  const ids = taken.get(messageId) ?? new Map<string, number>()
  taken.set(messageId, ids)
  ids.set(webhookId, (ids.get(webhookId) ?? 0) + 1)
}

/** What a receiver has taken more than once. */
export interface Repeats {
  /** Deliveries that came more than once, with the same `webhook-id`. */
  readonly sameId: number
  /** Messages that came with several ids. */
  readonly otherId: readonly string[]
}

/** What the receiver at a path has taken more than once. */
export function repeatsOf (receiver: CountingReceiver, path: string): Repeats {
  const taken = [...receiver.taken(path)]
  return {
    sameId: taken.reduce((sum, [, ids]) => sum + [...ids.values()].filter((times) => times > 1).length, 0),
    otherId: taken.filter(([, ids]) => ids.size > 1).map(([messageId]) => messageId)
  }
}

/** Waits until the receiver at a path has taken all of these messages, and asserts that. */
export async function arrive (
  t: Test, receiver: CountingReceiver, path: string, messageIds: readonly string[], seconds: number = 60
): Promise<void> {
  const missing = (): string[] => messageIds.filter((id) => !receiver.taken(path).has(id))
  // The assertion says which are missing.
  await until('all have arrived', () => missing().length === 0, seconds).catch(() => {})
  t.strictSame(missing(), [], `${path}: none of ${messageIds.length} is lost`)
}
