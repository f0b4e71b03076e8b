import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type Test, test } from 'tap'
import { incomingBody } from '../support/bodies.ts'
import { credentials, members } from '../support/workspace.ts'
import type { Endpoint } from './support/documented.ts'
import { assertAcceptable, createLine, goodBody, head, type Listening, listening, post } from './support/listening.ts'
import { converse, requestOf, type Sending } from './support/raw-http.ts'
import { requests, seed } from './support/requests.ts'

/** Bytes that a client sends, and the statuses of the answers; none: the server closes without one. */
interface Case extends Sending {
  readonly chunks: ReadonlyArray<string | Uint8Array>
  readonly statuses: readonly number[]
  /** The status under other versions of Node, whose parser takes or refuses what this one does not. */
  readonly orElse?: number
  readonly endpoint?: Endpoint
}

type Cases = Readonly<Record<string, Case>>

const json: ReadonlyArray<readonly [string, string]> = [['Content-Type', 'application/json']]
const length = (body: string | Uint8Array): readonly [string, string] => ['Content-Length', String(Buffer.byteLength(body))]

/** A request to create with other headers. */
function withHeaders (status: number, headers: ReadonlyArray<readonly [string, string]>, body: string | Uint8Array = goodBody): Case {
  return { chunks: [requestOf(createLine, [...head, length(body), ...headers], body)], statuses: [status] }
}

/** A good request to create with another body. */
function withBody (status: number, body: string | Uint8Array): Case {
  return { chunks: [post(body)], statuses: [status] }
}

/** A request with another first line, without a body unless the method has one. */
function withLine (status: number, line: string, more: Partial<Case> = {}): Case {
  const body = /^P(?:OS|U)T/.test(line) ? goodBody : ''
  return { chunks: [requestOf(line, [...head, ...(body === '' ? [] : [...json, length(body)])], body)], statuses: [status], ...more }
}

/** A chunked request to create; what stands behind the head is sent as it is. */
function chunked (statuses: readonly number[], chunks: ReadonlyArray<string | Uint8Array>, more: Partial<Case> = {}): Case {
  return { chunks: [requestOf(createLine, [...head, ...json, ['Transfer-Encoding', 'chunked']]), ...chunks], statuses, ...more }
}

/** Bytes as one chunk. */
function chunk (body: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${Buffer.byteLength(body).toString(16)}\r\n`), Buffer.from(body), Buffer.from('\r\n')])
}

/** A request to create with other credentials, raw. */
function withCredentials (status: number, ...lines: ReadonlyArray<readonly [string, string]>): Case {
  return {
    chunks: [requestOf(createLine, [['Host', 'localhost'], ['Connection', 'close'], ...json, length(goodBody), ...lines], goodBody)],
    statuses: [status]
  }
}

const { 'x-user-id': userId, 'x-auth-token': authToken } = credentials(members.admin)

const credentialLines = Object.entries(credentials(members.admin))

function others (count: number): ReadonlyArray<readonly [string, string]> {
  return Array.from({ length: count }, (_, i) => [`x${i}`, ''])
}

const contentTypes: Cases = {
  'no content type': withHeaders(415, []),
  'an empty content type': withHeaders(415, [['Content-Type', '']]),
  'plain text': withHeaders(415, [['Content-Type', 'text/plain']]),
  'a form': withHeaders(415, [['Content-Type', 'application/x-www-form-urlencoded']]),
  'a form in parts': withHeaders(415, [['Content-Type', 'multipart/form-data; boundary=x']]),
  XML: withHeaders(415, [['Content-Type', 'application/xml']]),
  'nearly JSON': withHeaders(415, [['Content-Type', 'application/jsonp']]),
  'a kind of JSON': withHeaders(415, [['Content-Type', 'application/merge-patch+json']]),
  'no media type at all': withHeaders(415, [['Content-Type', 'json']]),
  'JSON as a parameter': withHeaders(415, [['Content-Type', 'text/plain; application/json']]),
  'two in one': withHeaders(415, [['Content-Type', 'application/json, text/plain']]),
  'bytes that are no ASCII': withHeaders(415, [['Content-Type', 'application/j\u00e9on']]),
  'JSON in upper case': withHeaders(200, [['Content-Type', 'APPLICATION/JSON; CHARSET="UTF-8"']]),
  'JSON with a long parameter': withHeaders(200, [['Content-Type', `application/json; a=${'b'.repeat(8000)}`]]),
  'UTF-16, said and sent': withHeaders(400, [['Content-Type', 'application/json; charset=utf-16']], Buffer.from(goodBody, 'utf16le')),
  'UTF-16, sent only': withHeaders(400, json, Buffer.from(`\ufeff${goodBody}`, 'utf16le')),
  'gzip, said and sent': withHeaders(400, [...json, ['Content-Encoding', 'gzip']], gzipSync(goodBody)),
  'gzip of much': withHeaders(400, [...json, ['Content-Encoding', 'gzip']], gzipSync(' '.repeat(10_000_000))),
  'the content type twice': withHeaders(200, [...json, ['Content-Type', 'text/plain']]),
  'no length and no body': { chunks: [requestOf(createLine, [...head, ...json])], statuses: [400] },
  'no length, and bytes behind the head': { chunks: [requestOf(createLine, [...head, ...json], goodBody)], statuses: [400] },
  'neither type nor body': { chunks: [requestOf(createLine, head)], statuses: [400] }
}

const texts: Cases = {
  'repeated keys: the last one counts': withBody(400, goodBody.replace('}', ',"name":7}')),
  'a repeated type': withBody(200, goodBody.replace('{', '{"type":"webhook-outgoing",')),
  'a byte order mark': withBody(200, `\ufeff${goodBody}`),
  'two byte order marks': withBody(400, `\ufeff\ufeff${goodBody}`),
  'an overlong NUL': withBody(400, Buffer.from(goodBody.replace('testHook', '\u00c0\u0080'), 'latin1')),
  'a surrogate in UTF-8': withBody(400, Buffer.from(goodBody.replace('testHook', '\u00ed\u00a0\u0080'), 'latin1')),
  'half a character': withBody(400, Buffer.from(goodBody.replace('testHook', 'test\u00c3'), 'latin1')),
  'Latin-1': withBody(400, Buffer.from(goodBody.replace('testHook', 't\u00e9st'), 'latin1')),
  'a bare NUL': withBody(400, goodBody.replace('testHook', 'test\0')),
  'an escaped NUL': withBody(400, goodBody.replace('testHook', 'test\\u0000')),
  'half a surrogate pair, escaped': withBody(200, goodBody.replace('testHook', '\\ud83d')),
  'JSON twice': withBody(400, goodBody + goodBody),
  'an array': withBody(400, `[${goodBody}]`),
  null: withBody(400, 'null'),
  nothing: withBody(400, ''),
  blanks: withBody(400, ' \r\n\t'),
  'deep nesting': withBody(400, '['.repeat(130_000)),
  'deep nesting that is closed': withBody(400, goodBody.replace('"#general"', '['.repeat(100_000) + ']'.repeat(100_000)))
}

function lengths (bodyLimit: number): Cases {
  const bodyOf = (size: number): string => goodBody.padEnd(size)
  const lying = (stated: string, statuses: readonly number[], more: Partial<Case> = {}): Case =>
    ({ chunks: [requestOf(createLine, [...head, ...json, ['Content-Length', stated]], goodBody)], statuses, ...more })
  return {
    'one below the limit': withBody(200, bodyOf(bodyLimit - 1)),
    'the limit': withBody(200, bodyOf(bodyLimit)),
    'one over the limit': withBody(413, bodyOf(bodyLimit + 1)),
    'far over the limit': withBody(413, bodyOf(bodyLimit * 20)),
    'over the limit, stated only': lying(String(bodyLimit + 1), [413]),
    'the limit, chunked': chunked([200], [chunk(bodyOf(bodyLimit)), '0\r\n\r\n']),
    'one over the limit, chunked': chunked([413], [chunk(bodyOf(bodyLimit + 1)), '0\r\n\r\n']),
    'over the limit in many chunks': chunked([413], Array.from({ length: 300 }, () => chunk(' '.repeat(1000)))),
    'more characters than bytes allow': withBody(413, JSON.stringify({ ...incomingBody, script: 'é'.repeat(bodyLimit / 2) })),
    'a length that is too small': lying(String(goodBody.length - 1), [400]),
    'a length that is too large, then the end': lying(String(goodBody.length + 1), [400], { then: 'end' }),
    'a length that is too large, then nobody': lying(String(goodBody.length + 1), [], { then: 'destroy' }),
    'half a body, then nobody': { chunks: [post(goodBody).subarray(0, -50)], statuses: [], then: 'destroy' },
    'half a head, then the end': { chunks: [post(goodBody).subarray(0, 100)], statuses: [400], then: 'end' },
    'half a head, then nobody': { chunks: [post(goodBody).subarray(0, 100)], statuses: [], then: 'destroy' },
    'a negative length': lying('-1', [400]),
    'a signed length': lying('+5', [400]),
    'a length in hexadecimal': lying('0x10', [400]),
    'a length that is no number': lying('many', [400]),
    'an empty length': lying('', [400]),
    'a length of many digits': lying('9'.repeat(40), [400]),
    'a length of 2^53': lying('9007199254740992', [413]),
    'two lengths in one': lying(`${goodBody.length}, ${goodBody.length}`, [400]),
    'two different lengths': withHeaders(400, [...json, ['Content-Length', '5']]),
    'a length and chunks': withHeaders(400, [...json, ['Transfer-Encoding', 'chunked']])
  }
}

const chunks: Cases = {
  'a chunk for each byte': chunked([200], [...[...goodBody].map(chunk), '0\r\n\r\n']),
  'a chunk in many writes': chunked([200], [...Buffer.concat([chunk(goodBody), Buffer.from('0\r\n\r\n')])].map((byte) => Uint8Array.of(byte))),
  'an extension and a trailer': chunked([200], [`${goodBody.length.toString(16)};a="b"\r\n${goodBody}\r\n`, '0;c\r\nX-User-Id: guestId\r\n\r\n']),
  'zeros before the size': chunked([200], [`0000${goodBody.length.toString(16).toUpperCase()}\r\n${goodBody}\r\n0\r\n\r\n`]),
  'nothing in chunks': chunked([400], ['0\r\n\r\n']),
  'no last chunk, then the end': chunked([400], [chunk(goodBody)], { then: 'end' }),
  'no last chunk, then nobody': chunked([], [chunk(goodBody)], { then: 'destroy' }),
  'a size that is no number': chunked([400], ['x\r\n']),
  'a negative size': chunked([400], ['-1\r\n']),
  'a size of 68 bits': chunked([400], ['fffffffffffffffff\r\n']),
  'a size that is too small': chunked([400], [`5\r\n${goodBody}\r\n0\r\n\r\n`]),
  'line feeds only': chunked([400], [`${goodBody.length.toString(16)}\n${goodBody}\n0\n\n`]),
  'two codings': withHeaders(400, [...json, ['Transfer-Encoding', 'chunked, chunked']]),
  'an unknown coding': { chunks: [requestOf(createLine, [...head, ...json, ['Transfer-Encoding', 'xchunked']], goodBody)], statuses: [400] },
  'chunked, then gzip': { chunks: [requestOf(createLine, [...head, ...json, ['Transfer-Encoding', 'chunked, gzip']], goodBody)], statuses: [400] }
}

const authentication: Cases = {
  'no credentials': withCredentials(401),
  'half of them': withCredentials(401, ['X-User-Id', userId]),
  'the other half': withCredentials(401, ['X-Auth-Token', authToken]),
  'empty ones': withCredentials(401, ['X-User-Id', ''], ['X-Auth-Token', '']),
  'any case of names, blanks around values': withCredentials(200, ['x-USER-id', ` \t${userId}\t `], ['X-AUTH-TOKEN', `  ${authToken}  `]),
  'the user twice': withCredentials(401, ['X-User-Id', userId], ['X-User-Id', userId], ['X-Auth-Token', authToken]),
  'two users': withCredentials(401, ['X-User-Id', 'guestId'], ['X-User-Id', userId], ['X-Auth-Token', authToken]),
  'the token twice': withCredentials(401, ['X-User-Id', userId], ['X-Auth-Token', authToken], ['X-Auth-Token', 'x']),
  'a comma': withCredentials(401, ['X-User-Id', `${userId},`], ['X-Auth-Token', authToken]),
  commas: withCredentials(401, ['X-User-Id', ',,'], ['X-Auth-Token', ',']),
  'bytes that are no ASCII': withCredentials(401, ['X-User-Id', '\u00e9\u00ff\u0080'], ['X-Auth-Token', '\u00ff']),
  'a name like any other': withCredentials(401, ['X-User-Id', '__proto__'], ['X-Auth-Token', 'token-__proto__']),
  'an inherited name': withCredentials(401, ['X-User-Id', 'constructor'], ['X-Auth-Token', 'token-constructor']),
  'a long token': withCredentials(401, ['X-User-Id', userId], ['X-Auth-Token', 't'.repeat(12_000)]),
  'a token that is too long': withCredentials(431, ['X-User-Id', userId], ['X-Auth-Token', 't'.repeat(20_000)]),
  'many other headers': withCredentials(200, ...others(900), ...credentialLines),
  'more other headers than Node reads': { ...withCredentials(401, ...others(1000), ...credentialLines), orElse: 431 },
  'a thousand users': withCredentials(401, ['X-Auth-Token', authToken], ...Array.from({ length: 700 }, () => ['X-User-Id', 'a'] as const)),
  'a NUL': withCredentials(400, ['X-User-Id', `${userId}\0`], ['X-Auth-Token', authToken]),
  'a line feed': withCredentials(400, ['X-User-Id', `${userId}\n x`], ['X-Auth-Token', authToken]),
  'a carriage return': withCredentials(400, ['X-User-Id', `${userId}\rx`], ['X-Auth-Token', authToken]),
  'a folded line': withCredentials(400, ['X-User-Id', `${userId}\r\n x`], ['X-Auth-Token', authToken]),
  'a blank before the colon': { ...withCredentials(400, ['X-User-Id ', userId], ['X-Auth-Token', authToken]), orElse: 401 },
  underscores: withCredentials(401, ['X_User_Id', userId], ['X_Auth_Token', authToken]),
  'in the query': withLine(401, `POST /api/v1/integrations.create?x-user-id=${userId}&x-auth-token=${authToken} HTTP/1.1`, {
    chunks: [requestOf(`POST /api/v1/integrations.create?x-user-id=${userId}&x-auth-token=${authToken} HTTP/1.1`, [['Host', 'a'], ['Connection', 'close'], ...json, length(goodBody)], goodBody)]
  })
}

const lines: Cases = {
  'HTTP/1.0': withLine(200, 'POST /api/v1/integrations.create HTTP/1.0'),
  'HTTP/1.0 without a host': { chunks: [requestOf('POST /api/v1/integrations.create HTTP/1.0', [...head.slice(1), ...json, length(goodBody)], goodBody)], statuses: [200] },
  'HTTP/1.1 without a host': { chunks: [requestOf(createLine, [...head.slice(1), ...json, length(goodBody)], goodBody)], statuses: [400] },
  // Node takes headers from it nevertheless.
  'HTTP/0.9': withLine(200, 'GET /api/v1/integrations.list', { endpoint: 'list' }),
  'HTTP/2.0': withLine(200, 'POST /api/v1/integrations.create HTTP/2.0'),
  'HTTP/1.9': withLine(400, 'POST /api/v1/integrations.create HTTP/1.9'),
  'no HTTP': withLine(400, 'POST /api/v1/integrations.create FTP/1.1'),
  'the preface of HTTP/2': { chunks: ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], statuses: [400] },
  'a TLS greeting': { chunks: [Buffer.from('16030100d0010000cc0303', 'hex')], statuses: [400] },
  'an absolute target': withLine(200, 'POST http://localhost/api/v1/integrations.create HTTP/1.1'),
  'a target of another server': withLine(200, 'POST http://other.example/api/v1/integrations.create HTTP/1.1'),
  'an asterisk': withLine(404, 'OPTIONS * HTTP/1.1'),
  CONNECT: withLine(0, 'CONNECT localhost:80 HTTP/1.1', { statuses: [] }),
  'HEAD of a list': withLine(200, 'HEAD /api/v1/integrations.list HTTP/1.1', { methods: ['HEAD'] }),
  'HEAD of nothing': withLine(400, 'HEAD /api/v1/integrations.get HTTP/1.1', { methods: ['HEAD'] }),
  'HEAD of create': withLine(404, 'HEAD /api/v1/integrations.create HTTP/1.1', { methods: ['HEAD'] }),
  OPTIONS: withLine(404, 'OPTIONS /api/v1/integrations.create HTTP/1.1'),
  'GET instead of POST': withLine(404, 'GET /api/v1/integrations.create HTTP/1.1'),
  'POST instead of PUT': withLine(404, 'POST /api/v1/integrations.update HTTP/1.1'),
  'POST instead of GET': withLine(404, 'POST /api/v1/integrations.list HTTP/1.1'),
  DELETE: withLine(404, 'DELETE /api/v1/integrations.remove HTTP/1.1'),
  TRACE: withLine(404, 'TRACE /api/v1/integrations.list HTTP/1.1'),
  'a method in lower case': withLine(400, 'post /api/v1/integrations.create HTTP/1.1'),
  'an unknown method': withLine(400, 'HACK /api/v1/integrations.create HTTP/1.1'),
  'a slash behind': withLine(404, 'POST /api/v1/integrations.create/ HTTP/1.1'),
  'two slashes before': withLine(404, 'POST //api/v1/integrations.create HTTP/1.1'),
  'two slashes between': withLine(404, 'POST /api//v1/integrations.create HTTP/1.1'),
  'a dot': withLine(404, 'POST /api/v1/./integrations.create HTTP/1.1'),
  'another case': withLine(404, 'POST /api/v1/Integrations.Create HTTP/1.1'),
  'an escaped letter': withLine(200, 'POST /api/v1/integrations%2Ecreate HTTP/1.1'),
  'an escaped slash': withLine(404, 'POST /api%2Fv1/integrations.create HTTP/1.1'),
  'a semicolon': withLine(404, 'POST /api/v1/integrations.create;x=1 HTTP/1.1'),
  'a bad escape': withLine(400, 'POST /api/v1/integrations%zzcreate HTTP/1.1'),
  'an escaped NUL': withLine(404, 'POST /api/v1/integrations.create%00 HTTP/1.1'),
  'bytes that are no ASCII': withLine(400, 'POST /api/v1/integrations.cr\u00e9ate HTTP/1.1', { orElse: 404 }),
  'a backslash': withLine(404, 'POST \\api\\v1\\integrations.create HTTP/1.1', { statuses: [400] }),
  'a blank in the target': withLine(400, 'POST /api/v1/integrations.create x HTTP/1.1'),
  'a fragment': withLine(200, 'POST /api/v1/integrations.create#x HTTP/1.1'),
  'a query that nobody reads': withLine(200, 'POST /api/v1/integrations.create?__proto__[a]=b&%zz&type=x HTTP/1.1'),
  'a query with bad escapes': withLine(400, 'GET /api/v1/integrations.list?name=%zz&%ff=%c3%28 HTTP/1.1', { endpoint: 'list' }),
  'a query with raw bytes': withLine(400, 'GET /api/v1/integrations.list?name=\u00e9\u00ff HTTP/1.1', { endpoint: 'list', orElse: 200 }),
  'a long query': withLine(200, `GET /api/v1/integrations.list?name=${'a'.repeat(15_000)} HTTP/1.1`, { endpoint: 'list' }),
  'a query that is too long': withLine(431, `GET /api/v1/integrations.list?name=${'a'.repeat(20_000)} HTTP/1.1`),
  'thousands of parameters': withLine(400, `GET /api/v1/integrations.list?${'a&'.repeat(7000)} HTTP/1.1`, { endpoint: 'list' }),
  'a body behind GET': {
    chunks: [requestOf('GET /api/v1/integrations.list HTTP/1.1', [...head, ...json, ['Content-Length', '5']], '{"a":')], statuses: [200], endpoint: 'list'
  },
  'an unknown expectation': withHeaders(417, [...json, ['Expect', 'the unexpected']]),
  'the usual expectation': withHeaders(200, [...json, ['Expect', '100-continue']]),
  'an upgrade': withHeaders(200, [...json, ['Upgrade', 'websocket']])
}

/** Sends each of the cases and a good request after it. */
function run (name: string, casesOf: (server: Listening) => Cases): void {
  test(name, async (t) => {
    const server = await listening(t)
    for (const [what, { chunks, statuses, orElse, endpoint, ...sending }] of Object.entries(casesOf(server))) {
      const { replies, rest } = await converse(server.port, chunks, sending)
      const found = replies.map(({ status }) => status)
      t.strictSame(found, found[0] !== undefined && found[0] === orElse ? [orElse] : statuses, what)
      t.equal(rest, '', 'nothing but whole answers')
      for (const reply of replies) {
        if (sending.methods === undefined) t.doesNotThrow(() => assertAcceptable(reply, endpoint), `${what}: a documented answer`)
      }
      await server.assertWell()
    }
  })
}

run('content types and codings', () => contentTypes)
run('bodies that are not what they seem', () => texts)
run('lengths', ({ bodyLimit }) => lengths(bodyLimit))
run('chunks', () => chunks)
run('credentials', () => authentication)
run('first lines', () => lines)

test('requests in one write are answered in order', async (t) => {
  const server = await listening(t)
  const headers = head.filter(([name]) => name !== 'Connection')
  const one = (name: string, status: number, answer = `"name":"${name}"`): { bytes: Buffer, answer: string, status: number } => {
    const body = JSON.stringify({ ...incomingBody, name })
    return { bytes: requestOf(createLine, [...headers, ...json, length(body)], body), answer, status }
  }
  const list = { bytes: requestOf('GET /api/v1/integrations.list?count=x HTTP/1.1', headers), answer: '/count', status: 400 }
  const unknown = { bytes: requestOf('GET /nowhere HTTP/1.1', headers), answer: '/nowhere', status: 404 }
  const last = { bytes: post(goodBody), answer: 'testHook', status: 200 }
  const sent = [one('first', 200), list, one(' ', 400, '/name must not be blank'), one('second', 200), unknown, ...Array.from({ length: 50 }, (_, i) => one(`n${i}`, 200)), last]
  const bytes = Buffer.concat(sent.map(({ bytes }) => bytes))
  for (const chunks of [[bytes], [bytes.subarray(0, 777), bytes.subarray(777)]]) {
    const { replies, rest } = await converse(server.port, chunks)
    t.strictSame(replies.map(({ status }) => status), sent.map(({ status }) => status))
    sent.forEach(({ answer }, index) => t.match(replies[index]?.text, answer))
    t.equal(rest, '')
  }
  await pipelinedNonsense(t, server, one('first', 200).bytes)
})

async function pipelinedNonsense (t: Test, server: Listening, good: Buffer): Promise<void> {
  const { replies } = await converse(server.port, [Buffer.concat([good, Buffer.from('nonsense\r\n\r\n'), good])])
  t.ok(replies.length <= 2, 'nothing behind nonsense is served')
  for (const reply of replies) assertAcceptable(reply)
  await server.assertWell()
}

/** A part of the whole; integers, because doubles are mostly very small. */
const place = fc.nat(9999).map((part) => part / 10_000)

/** What is done to the bytes of a request: this many are taken away and these put in. */
const change = fc.record({
  at: place,
  remove: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(20) }),
  insert: fc.oneof(
    fc.constantFrom('\0', '\r\n', '\n', '\r', ' ', '\t', ':', ',', '\r\n\r\n', '0\r\n\r\n', '\u00ff', '\u00c3', '"', '{', '}', '\\', '\\u', '%', 'Transfer-Encoding: chunked\r\n',
      'Content-Length: 3\r\n', 'Host: x\r\n', 'Content-Type: text/plain\r\n', 'Expect: 100-continue\r\n', 'X-User-Id: guestId\r\n', goodBody),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constant('')
  )
})

const spoilt = fc.record({
  changes: fc.array(change, { maxLength: 4 }),
  /** Where one write ends and the next begins. */
  cuts: fc.array(place, { maxLength: 4 }),
  copies: fc.integer({ min: 1, max: 3 })
})

test('requests with bytes that are wrong, missing or too many', { timeout: 0 }, async (t) => {
  const server = await listening(t)
  const counts = new Map<number, number>()
  await fc.assert(fc.asyncProperty(spoilt, async ({ changes, cuts, copies }) => {
    let bytes = Buffer.concat(Array.from({ length: copies }, (_, i) => (i === copies - 1 ? post(goodBody) : keptAlive)))
    for (const { at, remove, insert } of changes) {
      const position = Math.floor(at * bytes.length)
      bytes = Buffer.concat([bytes.subarray(0, position), Buffer.from(insert, 'latin1'), bytes.subarray(position + remove)])
    }
    const ends = [...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length]
    const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
    const { replies } = await converse(server.port, chunks, { then: 'end' })
    for (const reply of replies) {
      // The changed bytes may be those of the path.
      assertAcceptable(reply, 'create', 'any')
      counts.set(reply.status, (counts.get(reply.status) ?? 0) + 1)
    }
    await server.assertWell()
  }), { seed, numRuns: requests(0.1) })
  t.comment(Object.fromEntries([...counts].sort()))
  for (const status of [200, 400, 401, 415]) t.ok(counts.has(status), `some were answered ${status}`)
})

const keptAlive = requestOf(createLine, [...head.filter(([name]) => name !== 'Connection'), ...json, length(goodBody)], goodBody)
