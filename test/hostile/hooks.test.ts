import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { test } from 'tap'
import { often, soaking } from '../support/soak.ts'
import { expensiveBodies, hookBody, hookContentType } from './support/hook-bodies.ts'
import { bodyTimeout, type HookTarget, startTarget, targetHook, tokenMark } from './support/hook-target.ts'
import { converse, type RawReply, requestOf, type Sending } from './support/raw-http.ts'
import { requests, seed } from './support/requests.ts'

const path = `/hooks/${targetHook._id}/${targetHook.token}`

/** The statuses of the contract for requests that are no fault of the server. Node.js adds 417 and 431. */
const statuses = [200, 204, 400, 403, 404, 405, 408, 410, 413, 415, 417, 431]

/** The event loop may be held for so long, in milliseconds. */
const longestTurn = 50

/** So many requests are under way at the same time. */
const atOnce = 50

type Header = readonly [name: string, value: string]

function assertAcceptable ({ status, headers, text }: RawReply): void {
  assert.ok(statuses.includes(status), `${status} ${text}`)
  assert.ok(!text.includes(tokenMark), 'no answer holds a token')
  // Ours, or a refusal of Node.js before any route.
  if (headers['cache-control'] === undefined) assert.ok([400, 408, 417, 431].includes(status), `${status} ${text}`)
  else if (headers['content-type']?.startsWith('application/json') === true && text !== '') JSON.parse(text)
}

/** Fails when a request has done harm. */
async function assertWell (server: HookTarget): Promise<number> {
  const { longestTurn, ...state } = await server.state()
  assert.deepEqual(state, { leaks: [], errors: [], isPolluted: false, complaints: [] })
  const { replies: [reply] } = await converse(server.port, [requestOf(`POST ${path} HTTP/1.1`, [['Connection', 'close'], ['Host', 'a'], ['Content-Length', '1']], 'a')])
  assert.equal(reply?.status, 200, 'the next sender is served')
  return longestTurn
}

const segment = fc.constantFrom(targetHook._id, targetHook.token, `${tokenMark}wrong`, 'slack', 'Discord', 'mattermost', '', '.', '%2F', '__proto__', '%00', '*')
const target = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', '/', '/slack', '/mattermost', '/discord', '?wait=true', '/discord?wait=True').map((end) => path + end) },
  // Whatever stands in the place of the id is logged as the id.
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(targetHook._id, 'unknown', '', '__proto__', '%00'), fc.array(segment, { maxLength: 4 })).map(([id, parts]) => `/hooks/${[id, ...parts].join('/')}`) }
)

const method = fc.oneof({ weight: 20, arbitrary: fc.constant('POST') }, { weight: 1, arbitrary: fc.constantFrom('PUT', 'GET', 'PATCH', 'DELETE', 'OPTIONS') })

const header: fc.Arbitrary<Header> = fc.oneof(
  hookContentType.map((value): Header => ['Content-Type', (value ?? '').replace(/[^ -~]/g, '?')]),
  fc.constantFrom<Header>(
    ['Content-Encoding', 'gzip'], ['Content-Encoding', 'identity'], ['Content-Encoding', ''], ['Content-Type', ''], ['Content-Type', 'multipart/form-data; boundary='],
    ['Content-Type', `multipart/form-data; boundary=${'b'.repeat(250)}`], ['Expect', '100-continue'], ['Expect', 'more'], ['Upgrade', 'h2c'], ['Accept', ','],
    ['X-Forwarded-For', '::ffff:1.2.3.4, x'], ['Origin', 'null'], ['X-HTTP-Method-Override', 'DELETE'], ['__proto__', 'a'], ['constructor', 'a'], ['Cookie', '=']
  ),
  fc.tuple(fc.constantFrom('Idempotency-Key', 'webhook-id', 'X-GitHub-Delivery', 'X-Request-UUID'), fc.constantFrom('', ' ', 'a', '__proto__', ',', '"', 'k'.repeat(3000)))
)

/** How the bytes of a body travel. */
const framing = fc.record({
  kind: fc.oneof({ weight: 6, arbitrary: fc.constant('whole') }, fc.constantFrom('chunked', 'bytes', 'too short', 'too long', 'bad chunk', 'cut')),
  /** Where one write ends and the next begins, as parts of the whole. */
  cuts: fc.array(fc.nat(999), { maxLength: 4 })
})

interface Framed extends Sending {
  readonly chunks: ReadonlyArray<string | Uint8Array>
}

function framed (line: string, headers: readonly Header[], body: Buffer, { kind, cuts }: { kind: string, cuts: readonly number[] }): Framed {
  const head = (more: Header): Buffer => requestOf(line, [['Host', 'a'], ['Connection', 'close'], ...headers, more])
  const length = (count: number): Header => ['Content-Length', String(Math.max(0, count))]
  const ends = [...cuts.map((cut) => Math.floor(cut * body.length / 1000)).sort((one, other) => one - other), body.length]
  const pieces = ends.map((end, index) => body.subarray(ends[index - 1] ?? 0, end)).filter(({ length }) => length > 0)
  const chunk = (piece: Uint8Array): Buffer => Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
  const transfer: Header = ['Transfer-Encoding', 'chunked']
  switch (kind) {
    case 'chunked': return { chunks: [head(transfer), ...pieces.map(chunk), '0\r\n\r\n'] }
    case 'bytes': return { chunks: [head(length(body.length)), ...[...body.subarray(0, 30)].map((byte) => Uint8Array.of(byte)), body.subarray(30)] }
    case 'too short': return { chunks: [head(length(body.length - 1)), ...pieces] }
    case 'too long': return { chunks: [head(length(body.length + 1)), ...pieces], then: 'end' }
    case 'bad chunk': return { chunks: [head(transfer), ...pieces, 'x\r\n'], then: 'end' }
    case 'cut': return { chunks: [head(length(body.length + 9)), ...pieces], then: 'destroy' }
    default: return { chunks: [Buffer.concat([head(length(body.length)), body])] }
  }
}

test('any request is answered as the contract says, and does no harm', { timeout: 0 }, async (t) => {
  const server = await startTarget(t)
  await assertWell(server)
  await server.state()
  const counts = new Map<number, number>()
  let sent = 0
  const request = fc.record({ method, target, headers: fc.array(header, { maxLength: 3 }), body: hookBody, framing })
  // Several at a time: most of the time of a request is waiting.
  await fc.assert(fc.asyncProperty(fc.array(request, { minLength: atOnce, maxLength: atOnce }), async (batch) => {
    await Promise.all(batch.map(async ({ method, target, headers, body, framing }) => {
      const { chunks, ...sending } = framed(`${method} ${target} HTTP/1.1`, headers, body, framing)
      const { replies } = await converse(server.port, chunks, sending)
      for (const reply of replies) {
        assertAcceptable(reply)
        counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1)
      }
    }))
    sent += batch.length
    const { leaks, errors, isPolluted } = await server.state()
    assert.deepEqual({ leaks, errors, isPolluted }, { leaks: [], errors: [], isPolluted: false })
  }), { seed, numRuns: Math.ceil(requests(often(0.1, 1)) / atOnce) })
  await assertWell(server)
  t.comment(`${sent} requests: ${[...counts].sort().map(([status, count]) => `${count} × ${status}`).join(', ')}`)
  for (const status of [200, 204, 400, 404, 405, 415]) t.ok(counts.has(status), `some were answered ${status}`)
})

test('a body of 1 MiB does not hold the event loop', { timeout: 0 }, async (t) => {
  const server = await startTarget(t)
  const slowest: Array<[number, string]> = []
  for (const [what, text, contentType] of expensiveBodies) {
    const body = Buffer.from(text)
    for (const profile of ['', '/slack', '/discord']) {
      const turns: number[] = []
      for (let round = 0; round < often(1, 3); round++) {
        await server.state()
        const { replies } = await converse(server.port, [requestOf(`POST ${path}${profile} HTTP/1.1`, [
          ['Host', 'a'], ['Connection', 'close'], ['Content-Length', String(body.length)], ...(contentType === undefined ? [] : [['Content-Type', contentType] as const])
        ], body)])
        t.equal(replies.length, 1, `${what}${profile} is answered`)
        for (const reply of replies) t.doesNotThrow(() => assertAcceptable(reply), what)
        turns.push((await server.state()).longestTurn)
      }
      // The machine may be busy with something else now and then.
      const turn = Math.min(...turns)
      slowest.push([turn, what + profile])
      if (soaking) t.ok(turn < longestTurn, `${what}${profile}: ${turn.toFixed(0)} ms`)
    }
  }
  await assertWell(server)
  t.comment(slowest.sort(([one], [other]) => other - one).slice(0, 10).map(([turn, what]) => `${turn.toFixed(0)} ms ${what}`).join('\n'))
})

test('compressed, endless and trickled bodies', async (t) => {
  const server = await startTarget(t)
  const line = `POST ${path} HTTP/1.1`
  const head: readonly Header[] = [['Host', 'a'], ['Connection', 'close']]
  const bomb = gzipSync(Buffer.alloc(20_000_000, ' '))
  const mebibyte = 1024 * 1024
  const chunked: readonly Header[] = [...head, ['Transfer-Encoding', 'chunked']]
  const cases: ReadonlyArray<readonly [what: string, status: number, bytes: ReadonlyArray<string | Uint8Array>]> = [
    ['a bomb', 415, [requestOf(line, [...head, ['Content-Encoding', 'gzip'], ['Content-Length', String(bomb.length)]], bomb)]],
    ['a bomb that nobody announced', 400, [requestOf(line, [...head, ['Content-Length', String(bomb.length)]], bomb)]],
    ['a bomb as a transfer coding', 400, [requestOf(line, [...head, ['Transfer-Encoding', 'gzip']], bomb)]],
    ['more than is read, announced', 413, [requestOf(line, [...head, ['Content-Length', '9007199254740991']], 'a')]],
    ['more than is read, in chunks', 413, [requestOf(line, chunked), ...Array.from({ length: 20 }, () => Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 'a'), Buffer.from('\r\n')]))]],
    ['many empty lines of chunks', 400, [requestOf(line, chunked), '\r\n'.repeat(1000)]],
    ['a chunk for each byte', 200, [requestOf(line, chunked), '1\r\na\r\n'.repeat(mebibyte / 8), '0\r\n\r\n']],
    ['long extensions of chunks', 400, [requestOf(line, chunked), `1;${'a'.repeat(20_000)}\r\na\r\n0\r\n\r\n`]]
  ]
  for (const [what, status, bytes] of cases) {
    const { replies } = await converse(server.port, bytes)
    t.strictSame(replies.map((reply) => reply.status), [status], what)
    for (const reply of replies) {
      if (reply.headers['cache-control'] !== undefined) t.doesNotThrow(() => assertAcceptable(reply), what)
    }
    await assertWell(server)
  }

  const begun = performance.now()
  const waiting = Array.from({ length: 50 }, () => converse(server.port, [requestOf(line, [...head, ['Content-Length', '100']], 'a')]))
  await assertWell(server)
  for (const { replies } of await Promise.all(waiting)) t.strictSame(replies.map(({ status }) => status), [408], 'a body that does not come')
  t.ok(performance.now() - begun >= bodyTimeout * 0.9, 'after bodyTimeout')
  await assertWell(server)
})
