import { Buffer } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync, brotliCompressSync, deflateRawSync, deflateSync } from 'node:zlib'
import { Webhook } from 'standardwebhooks'
import { type Test, test } from 'tap'
import type { TransportAnswer, TransportFailure, TransportRequest } from '../../../lib/ports/transport.ts'
import { HttpTransport, type HttpTransportOptions } from '../../../lib/transport/http.ts'
import { version } from '../../../lib/transport/version.ts'
import { startDnsServer } from '../../support/dns-server.ts'
import { answerOf, type RawReceiver, startReceiver } from '../../support/receiver.ts'
import { root } from '../../support/root.ts'
import { run } from '../../support/run.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

interface Sender {
  readonly transport: HttpTransport
  answer (request: Partial<TransportRequest> & { url: string }): Promise<TransportAnswer>
  failure (request: Partial<TransportRequest> & { url: string }): Promise<TransportFailure>
}

function sender (t: Test, options: HttpTransportOptions = {}): Sender {
  const transport = new HttpTransport({ allow: ['127.0.0.1/32:*'], timeout: 8000, ...options })
  t.teardown(async () => { await transport.close({ signal: AbortSignal.abort() }) })
  return {
    transport,
    async answer (request) {
      const outcome = await transport.send({ mayUseAllowed: true, data: {}, ...request })
      if (outcome.kind !== 'answer') throw new Error(`${outcome.kind}: ${outcome.error.message}`)
      return outcome
    },
    async failure (request) {
      const outcome = await transport.send({ mayUseAllowed: true, data: {}, ...request })
      if (outcome.kind === 'answer') throw new Error(`answered ${outcome.status}`)
      return outcome
    }
  }
}

async function replying (t: Test, answer: string | Buffer): Promise<RawReceiver> {
  return await startReceiver(t, (socket) => { socket.write(answer) })
}

test('a signed request as JSON, and what was answered', async (t) => {
  const receiver = await replying(t, answerOf('{"text":"Größe"}', 'Content-Type: application/json\r\nRetry-After: 5\r\nX-Two: a\r\nX-Two: b\r\n'))
  const { answer } = sender(t)
  const data = { text: 'Größe', token: 'x' }
  const got = await answer({ url: `${receiver.url}hook?a=1#part`, data, signature: { id: 'msg_1', secrets: [secret] } })
  t.match(got, { status: 200, text: '{"text":"Größe"}', retryAfter: 5000, headers: { 'x-two': ['a', 'b'] }, sent: { method: 'POST', url: `${receiver.url}hook?a=1`, notes: [] } })
  t.ok(got.firstByte > 0 && got.firstByte <= got.duration)
  const [head = '', body = ''] = receiver.requests[0]?.split('\r\n\r\n') ?? []
  t.match(head, new RegExp(`^POST /hook\\?a=1 HTTP/1\\.1\r\nhost: 127\\.0\\.0\\.1:${receiver.port}\r\n`))
  t.match(head, `\r\nuser-agent: fastify-chat-integrations/${version}\r\n`)
  t.match(head, /\r\ncontent-type: application\/json\r\n/)
  const text = Buffer.from(body, 'latin1').toString()
  t.strictSame(new Webhook(secret).verify(text, { ...got.sent.headers }), data)
  t.equal(version, JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version)
})

test('what a script chooses', async (t) => {
  const receiver = await replying(t, answerOf())
  const { answer } = sender(t)
  const got = await answer({
    url: receiver.url,
    method: 'put',
    data: 'a=1',
    headers: { 'Content-Type': 'text/plain', 'X-Count': 5, 'X-Off': null, HOST: 'evil', 'Content-Length': '1', 'Transfer-Encoding': 'chunked', Connection: 'close', Upgrade: 'h2c', TE: 'x', Trailer: 'x', 'Keep-Alive': 'x', 'Proxy-Authorization': 'x', 'Webhook-Id': 'x', 'WEBHOOK-signature': 'x', Expect: '100-continue' },
    auth: 'user:pass',
    params: { q: 'a b', list: [1, 2], none: null, '&': '=' },
    signature: { id: 'msg_1', secrets: [secret] }
  })
  const [request = ''] = receiver.requests
  t.match(request, /^PUT \/\?q=a\+b&list=1&list=2&%26=%3D HTTP/)
  t.match(request, /\r\ncontent-type: text\/plain\r\n/)
  t.match(request, /\r\nx-count: 5\r\n/)
  t.match(request, `\r\nauthorization: Basic ${Buffer.from('user:pass').toString('base64')}\r\n`)
  t.notMatch(request, /evil|chunked|h2c|proxy|expect|x-off|: x\r/i)
  t.equal(got.sent.notes.length, 1)
  t.doesNotThrow(() => new Webhook(secret).verify('a=1', { ...got.sent.headers }, { jsonParse: false }), 'signed as sent')
  t.throws(() => new Webhook(secret).verify('a=2', { ...got.sent.headers }, { jsonParse: false }))
  for (const method of ['GET', 'HEAD']) {
    const { sent } = await answer({ url: receiver.url, method, data: { a: 1 }, signature: { id: 'msg_1', secrets: [secret] } })
    const bare = receiver.requests.at(-1) ?? ''
    t.notMatch(bare, /content-length|content-type/i, method)
    t.ok(bare.endsWith('\r\n\r\n') && sent.body === null && sent.notes.length === 1)
    t.doesNotThrow(() => new Webhook(secret).verify('', { ...sent.headers }, { jsonParse: false }), 'an empty body is signed')
  }
  await answer({ url: receiver.url.replace('//', '//me:p%40ss@'), data: null })
  t.match(receiver.requests.at(-1), new RegExp(`authorization: Basic ${Buffer.from('me:p@ss').toString('base64')}\r\ncontent-length: 0\r\n`))
})

test('what cannot be sent is refused, without repeating a value', async (t) => {
  const { failure } = sender(t)
  const url = 'http://127.0.0.1:9/'
  const wrong: ReadonlyArray<Partial<TransportRequest>> = [
    { url: 'secret' }, { url: 'ftp://127.0.0.1/secret' }, { url: 'http://127.0.0.1:0/' }, { url: 'http://[fe80::1%25lo]/' }, { method: 'CONNECT' }, { method: 'GET / HTTP/1.1\r\n' }, { method: 5 },
    { headers: { 'x-a': 'secret\r\nx-b: 1' } }, { headers: { 'x-a': 'secret\u010A' } }, { headers: { 'x\r\ny': 'secret' } }, { headers: { 'x-a': { secret: 1 } } }, { headers: { 'x-a': 'secret\0' } },
    { auth: 'secret' }, { auth: 5 }, { data: 5n }, { signature: { id: 'a\r\nb', secrets: [secret] } }, { signature: { id: 'a', secrets: ['whsec_'] } }
  ]
  for (const request of wrong) {
    const failed = await failure({ url, ...request })
    t.match(failed, { kind: 'invalid-request', retry: false }, failed.error.message)
    t.notMatch(JSON.stringify(failed), /secret(?! of)/)
  }
})

test('keep-alive, one connection for one call at a time, and a bound for each origin', async (t) => {
  const receiver = await startReceiver(t, (socket) => { setTimeout(() => { socket.write(answerOf()) }, 20) })
  const { answer, transport } = sender(t, { maxConnectionsPerOrigin: 3 })
  for (let i = 0; i < 3; i++) await answer({ url: receiver.url })
  t.equal(receiver.connections, 1)
  await Promise.all(Array.from({ length: 20 }, async () => await answer({ url: receiver.url })))
  t.equal(receiver.connections, 3)
  t.equal(transport.connections, 3)
  t.equal(receiver.requests.length, 23)
})

test('an idle connection that the receiver closed is replaced without a failure', async (t) => {
  let count = 0
  const receiver = await startReceiver(t, (socket) => {
    // Closes as soon as a second request comes, as if the idle time were over just then.
    if (++count === 2) socket.resetAndDestroy()
    else socket.write(answerOf())
  })
  const { answer, failure } = sender(t)
  await answer({ url: receiver.url })
  t.equal((await answer({ url: receiver.url })).status, 200)
  t.equal(receiver.connections, 2)
  const fresh = await startReceiver(t, (socket) => { socket.resetAndDestroy() })
  t.match(await failure({ url: fresh.url }), { kind: 'protocol', retry: true })
  t.equal(fresh.requests.length, 1, 'a fresh connection is not tried twice')
})

test('redirects are not followed and proxies of the environment are not used', async (t) => {
  const names = ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY']
  const target = await replying(t, answerOf('reached'))
  for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : target.url
  t.teardown(() => { for (const name of names) Reflect.deleteProperty(process.env, name) })
  const receiver = await replying(t, answerOf('', `Location: ${target.url}\r\n`, '307 Temporary Redirect'))
  const { answer } = sender(t)
  t.match(await answer({ url: receiver.url }), { status: 307, headers: { location: target.url } })
  t.equal(target.connections, 0)
})

test('receivers that never come to an end', async (t) => {
  const silent = await startReceiver(t, () => {})
  const { failure, transport } = sender(t, { timeout: 400 })
  t.match(await failure({ url: silent.url }), { kind: 'timeout', retry: true, error: { message: /^no answer began within 400 ms$/ } })
  t.match(await failure({ url: silent.url, timeout: 50 }), { kind: 'timeout', error: { message: /within 50 ms/ } }, 'a script may wait less')
  t.match(await failure({ url: silent.url, timeout: 60_000 }), { kind: 'timeout', error: { message: /within 400 ms/ } }, 'and no longer')
  const dripping = await startReceiver(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n')
    const timer = setInterval(() => { socket.write('x') }, 20)
    socket.on('close', () => { clearInterval(timer) })
  })
  t.match(await failure({ url: dripping.url }), { kind: 'timeout', status: 200, error: { message: /was not complete/ } })
  const headers = await startReceiver(t, (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => { socket.write('x: y\r\n') }, 20)
    socket.on('close', () => { clearInterval(timer) })
  })
  t.match(await failure({ url: headers.url }), { kind: 'timeout' })
  t.equal(transport.connections, 0, 'no connection is left over')
})

test('answers that are too large', async (t) => {
  const { failure, answer } = sender(t, { maxBodyBytes: 64 * 1024 })
  const flood = (first: string, piece: string | Buffer): Promise<RawReceiver> => startReceiver(t, (socket) => {
    socket.write(first)
    const more = (): void => { while (!socket.destroyed && socket.write(piece)) { /* until the buffer is full */ } }
    socket.on('drain', more)
    more()
  })
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n'
  const cases: ReadonlyArray<[name: string, receiver: RawReceiver]> = [
    ['a length that is announced', await replying(t, 'HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n')],
    ['endless chunks', await flood(chunked, `1000\r\n${'x'.repeat(4096)}\r\n`)],
    ['endless, without a length', await flood('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(4096))],
    ['chunks of one byte', await flood(chunked, '1\r\nx\r\n'.repeat(1000))],
    ['an endless header', await flood('HTTP/1.1 200 OK\r\nx: ', 'y'.repeat(4096))],
    ['endless headers', await flood('HTTP/1.1 200 OK\r\n', 'x: y\r\n'.repeat(100))],
    ['an endless extension of a chunk', await flood(`${chunked}1;`, 'e'.repeat(4096))],
    ['endless trailers', await flood(`${chunked}1\r\nx\r\n0\r\n`, 'x: y\r\n'.repeat(100))],
    ['endless 103 answers', await flood('', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(50))]
  ]
  for (const [name, receiver] of cases) t.match(await failure({ url: receiver.url }), { kind: 'too-large', retry: false }, name)
  const zeros = Buffer.alloc(50_000_000)
  for (const [coding, bytes] of [['gzip', gzipSync(zeros)], ['br', brotliCompressSync(zeros)], ['gzip, gzip', gzipSync(gzipSync(zeros))]] as const) {
    t.ok(bytes.length < 64 * 1024)
    const bomb = await replying(t, answerOf(bytes, `content-encoding: ${coding}\r\n`))
    t.match(await failure({ url: bomb.url }), { kind: 'too-large', status: 200, retry: false }, coding)
  }
  const exact = await replying(t, answerOf('x'.repeat(64 * 1024)))
  t.equal((await answer({ url: exact.url })).body.length, 64 * 1024, 'just as large as allowed')
})

test('answers that come one byte at a time', async (t) => {
  const { failure } = sender(t)
  const drip = async (first: string): Promise<{ receiver: RawReceiver, sent: () => number }> => {
    let sent = 0
    const receiver = await startReceiver(t, (socket) => {
      socket.setNoDelay(true)
      socket.write(first)
      const next = (): void => {
        if (socket.destroyed) return
        socket.write('y')
        sent++
        setImmediate(next)
      }
      next()
    })
    return { receiver, sent: () => sent }
  }
  for (const [name, first] of [
    ['a body', 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n'],
    ['a header', 'HTTP/1.1 200 OK\r\nx: '],
    ['the extension of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;'],
    ['a 103 answer', 'HTTP/1.1 103 Early Hints\r\nx: ']
  ] as const) {
    const { receiver, sent } = await drip(first)
    t.match(await failure({ url: receiver.url }), { kind: 'too-large', retry: false, error: { message: /too many pieces/ } }, name)
    // Pieces that have left already are on their way.
    t.ok(sent() < 10_000, `${name}: after ${sent()} pieces`)
  }
})

test('bodies are decompressed and read in their charset', async (t) => {
  const { answer, failure } = sender(t)
  const text = 'Größe'
  for (const [coding, bytes] of [
    ['gzip', gzipSync(text)], ['x-gzip', gzipSync(text)], ['deflate', deflateSync(text)], ['deflate', deflateRawSync(text)], ['br', brotliCompressSync(text)],
    ['gzip, br', brotliCompressSync(gzipSync(text))], ['identity', Buffer.from(text)]
  ] as const) {
    const receiver = await replying(t, answerOf(bytes, `content-encoding: ${coding}\r\n`))
    t.equal((await answer({ url: receiver.url })).text, text, coding)
  }
  for (const [coding, bytes] of [['gzip', 'no gzip'], ['zstd', 'x'], ['gzip, gzip, gzip', gzipSync(gzipSync(gzipSync(text)))]] as const) {
    const receiver = await replying(t, answerOf(bytes, `content-encoding: ${coding}\r\n`))
    t.match(await failure({ url: receiver.url }), { kind: 'protocol', retry: false, status: 200 }, coding)
  }
  for (const [type, bytes] of [
    ['text/plain', Buffer.from(text)], ['text/plain', Buffer.from(`\uFEFF${text}`)], ['text/plain; charset="ISO-8859-1"', Buffer.from(text, 'latin1')],
    ['text/plain;charset=utf-16', Buffer.from(text, 'utf16le')], ['text/plain; charset=klingon', Buffer.from(text)]
  ] as const) {
    const receiver = await replying(t, answerOf(bytes, `content-type: ${type}\r\n`))
    t.equal((await answer({ url: receiver.url })).text, text, type)
  }
})

test('odd answers', async (t) => {
  const { answer, failure } = sender(t, { timeout: 2000 })
  const broken: ReadonlyArray<[name: string, answer: string]> = [
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'], ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok'],
    ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'], ['a bad chunk size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n']
  ]
  for (const [name, text] of broken) t.match(await failure({ url: (await replying(t, text)).url }), { kind: 'protocol', retry: true }, name)
  for (const reset of [true, false]) {
    const amid = await startReceiver(t, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf', () => { setTimeout(() => { reset ? socket.resetAndDestroy() : socket.end() }, 20) })
    })
    t.match(await failure({ url: amid.url }), { kind: 'protocol', retry: true, status: 200, error: { message: /closed before/ } })
  }
  const names = await replying(t, answerOf('ok', '__proto__: a\r\nconstructor: b\r\ntoString: c\r\n'))
  t.equal((await answer({ url: names.url })).status, 200)
  t.equal(Reflect.get({}, 'a'), undefined)
  t.equal((await answer({ url: (await replying(t, 'HTTP/1.1 204 No Content\r\n\r\n')).url })).text, '')
  const early = await replying(t, Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), answerOf('after')]))
  t.match(await answer({ url: early.url }), { status: 200, text: 'after' })
})

test('an answer that nobody asked for reaches no other call', async (t) => {
  const receiver = await startReceiver(t, (socket, request) => {
    const mine = answerOf(/GET \/(\w+)/.exec(request)?.[1])
    socket.write(Buffer.concat([mine, answerOf('smuggled')]))
  })
  const { answer } = sender(t)
  for (const name of ['a', 'b', 'c']) t.equal((await answer({ url: receiver.url + name, method: 'GET', data: null })).text, name)
  t.equal(receiver.connections, 3, 'such a connection is not used again')
})

test('calls that are given up, and the end', async (t) => {
  const silent = await startReceiver(t, () => {})
  const { transport } = sender(t)
  const request = { url: silent.url, data: {}, mayUseAllowed: true }
  const stop = new AbortController()
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => { process.off('warning', onWarning) })
  const many = Array.from({ length: 30 }, () => transport.send(request, { signal: stop.signal }))
  await sleep(100)
  stop.abort()
  for (const outcome of await Promise.all(many)) t.match(outcome, { kind: 'aborted', retry: true })
  t.match(await transport.send(request, { signal: stop.signal }), { kind: 'aborted' }, 'given up before')
  t.strictSame(warnings, [], 'one listener for a signal that many calls share')
  const slow = await startReceiver(t, (socket) => { setTimeout(() => { socket.write(answerOf()) }, 200) })
  const under = transport.send({ ...request, url: slow.url })
  await transport.close({ signal: AbortSignal.timeout(8000) })
  t.match(await under, { kind: 'answer', status: 200 }, 'the end waits for calls under way')
  t.match(await transport.send(request), { kind: 'aborted', retry: true }, 'and takes no further one')
  t.equal(transport.connections, 0)
  const impatient = sender(t).transport
  const hanging = impatient.send(request)
  await impatient.close({ signal: AbortSignal.timeout(100) })
  t.match(await hanging, { kind: 'aborted' }, 'but not for ever')
})

test('thousands of params, which a script may ask for, take no time', async (t) => {
  const { transport } = sender(t)
  const begun = performance.now()
  const outcome = await transport.check({ url: 'http://127.0.0.1/?q=a', params: { p: new Array(60_000).fill('b'), last: '&' }, mayUseAllowed: true })
  t.equal(outcome.kind, 'unsent')
  t.match(outcome.sent?.url, /^http:\/\/127\.0\.0\.1\/\?q=a&p=b&p=b.*&p=b&last=%26$/)
  // One after the other, they would take minutes.
  t.ok(performance.now() - begun < 10_000)
})

test('a check ends with its caller, with its time, and with the transport', async (t) => {
  let asked = 0
  const server = await startDnsServer(t, () => {
    asked++
    return 'silence'
  })
  const { transport } = sender(t, { nameServers: [server] })
  const request = { url: 'http://silent.example/', mayUseAllowed: false }
  const ends = async (more: { readonly timeout?: number }, signal: AbortSignal) => {
    const begun = performance.now()
    const outcome = await transport.check({ ...request, ...more }, { signal })
    return { ...outcome, isSoon: performance.now() - begun < 1500 }
  }
  const waits = new AbortController()
  setTimeout(() => { waits.abort() }, 50)
  t.match(await ends({}, waits.signal), { kind: 'aborted', isSoon: true })
  t.match(await ends({ timeout: 50 }, new AbortController().signal), { kind: 'timeout', isSoon: true })
  const before = asked
  t.match(await ends({}, AbortSignal.abort()), { kind: 'aborted', isSoon: true })
  await transport.close({ signal: AbortSignal.abort() })
  t.match(await ends({}, new AbortController().signal), { kind: 'aborted', isSoon: true })
  t.equal(asked, before, 'nobody waits for an answer of the name server')
})

test('nobody listens', async (t) => {
  const { failure } = sender(t)
  t.match(await failure({ url: 'http://127.0.0.1:1/path?secret' }), {
    kind: 'connect', retry: true, error: { code: 'ECONNREFUSED', message: 'no connection to port 1 of 127.0.0.1 (ECONNREFUSED)' }
  })
})

test('loading the transport leaves the fetch of the process alone', async (t) => {
  const script = "await import('./dist/lib/transport/http.js'); console.log(globalThis[Symbol.for('undici.globalDispatcher.1')] === undefined)"
  t.equal((await run(process.execPath, ['--input-type=module', '-e', script], root)).trim(), 'true')
})
