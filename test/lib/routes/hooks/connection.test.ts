import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { MemoryStore } from '../../../../lib/index.ts'
import { type Conversation, converse, requestOf, type Sending } from '../../../hostile/support/raw-http.ts'
import { chatMessenger } from '../../../support/chat-messenger.ts'
import { hookHost, type HookHost, type HookHostOptions, hookPath } from '../../../support/hook-host.ts'
import { patient } from '../../../support/integrations.ts'
import { captureLog } from '../../../support/log.ts'
import { hookRecord } from '../../../support/ports.ts'
import { storeWith } from '../../../support/store-with.ts'
import { until } from '../../../support/until.ts'
import { workspace } from '../../../support/workspace.ts'

const record = hookRecord()
const { _id } = record
const host: readonly [string, string] = ['Host', 'localhost']
const success = '{"success":true,"ok":true}'

/** A host that listens, spoken to in bytes. */
interface Listening extends HookHost {
  readonly port: number
  /** Sends these bytes, and collects the answers until the server closes the connection. */
  speak (chunks: ReadonlyArray<string | Uint8Array>, sending?: Sending): Promise<Conversation>
}

async function listening (t: Test, options?: HookHostOptions): Promise<Listening> {
  const hooks = await hookHost(t, options)
  await hooks.app.listen({ host: '127.0.0.1', port: 0 })
  const port = portOf(hooks.app.server.address())
  return { ...hooks, port, speak: (chunks, sending) => converse(port, chunks, sending) }
}

function portOf (address: AddressInfo | string | null): number {
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port')
  return address.port
}

/** The head of a request, and a body if there is one. */
function post (path: string, headers: ReadonlyArray<readonly [string, string]> = [], body = '', method = 'POST'): Buffer {
  return requestOf(`${method} ${path} HTTP/1.1`, [host, ...headers], body)
}

const mebibyte: readonly [string, string] = ['Content-Length', String(1024 * 1024)]
const hello = '{"text":"hello"}'
const helloLength: readonly [string, string] = ['Content-Length', String(hello.length)]

test('a refusal before the body closes the connection: a sender that announces a body and waits gets its answer', async (t) => {
  const off = hookRecord({ _id: 'disabledHook12345', enabled: false })
  const { speak, messenger } = await listening(t, { records: [record, off], options: { incoming: { rateLimit: 1 } } })
  t.equal((await speak([post(hookPath(), [helloLength, ['Connection', 'close']], hello)])).replies[0]?.status, 200)
  for (const [line, status, headers] of [
    [`/hooks/${_id}/x`, 404, {}], ['/hooks/unknown/x/slack', 404, {}], [hookPath(off), 503, {}], [hookPath(), 429, { 'retry-after': /^\d+$/ }]
  ] as const) {
    for (const announced of [mebibyte, ['Transfer-Encoding', 'chunked'], ['Content-Encoding', 'gzip']] as const) {
      const { replies, rest } = await speak([post(line, [announced])])
      t.match(replies, [{ status, headers: { connection: 'close', ...headers } }], `${line} ${announced.join(': ')}`)
      t.equal(replies.length, 1)
      t.equal(rest, '')
    }
  }
  for (const method of ['DELETE', 'PATCH', 'OPTIONS', 'GET']) {
    t.match((await speak([post(hookPath(), [mebibyte], '', method)])).replies, [{ status: 405, headers: { connection: 'close', allow: 'POST, PUT' } }], method)
  }
  const away = await listening(t, { options: { store: storeWith({ find: async () => { throw new Error('away') } }) } })
  t.match((await away.speak([post(hookPath(), [mebibyte])])).replies, [{ status: 503, headers: { connection: 'close', 'retry-after': '5' } }])
  t.equal(messenger.posts.length, 1)
})

test('a refusal before the body ends while the sender is still sending', async (t) => {
  const { port, app } = await listening(t)
  const sockets: Socket[] = []
  app.server.on('connection', (socket: Socket) => { sockets.push(socket) })
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => {}).resume()
  const size = 64 * 1024 * 1024
  socket.write(post(`/hooks/${_id}/x`, [['Content-Length', String(size)]]))
  socket.write(Buffer.alloc(size))
  await new Promise((resolve) => socket.once('close', resolve))
  await until('the connection is gone', async () => await connectionsOf(app) === 0)
  t.equal(sockets.length, 1)
  t.ok((sockets[0]?.bytesRead ?? size) < size / 4, `${sockets[0]?.bytesRead} bytes were read`)
})

function connectionsOf ({ server }: HookHost['app']): Promise<number> {
  return new Promise((resolve, reject) => { server.getConnections((error, count) => error === null ? resolve(count) : reject(error)) })
}

test('a body that cannot be taken closes the connection', async (t) => {
  const { speak, messenger, calls } = await listening(t, { options: { incoming: { bodyLimit: 1000, bodyTimeout: 40 } } })
  const chunk = `3e8\r\n${'a'.repeat(1000)}\r\n`
  for (const [chunks, status, error] of [
    [[post(hookPath(), [['Content-Length', '1001']])], 413, /larger than 1000 bytes \[error-body-too-large\]/],
    [[post(hookPath(), [['Transfer-Encoding', 'chunked']]), chunk, '1\r\na\r\n'], 413, /larger than 1000 bytes/],
    [[post(hookPath(), [['Content-Encoding', 'gzip'], ['Content-Length', '20']])], 415, /\[error-unsupported-encoding\]/],
    [[post(hookPath(), [['Content-Length', '20']], 'begun')], 408, /within 0\.04 s \[error-body-too-slow\]/],
    [[post(hookPath(), [['Transfer-Encoding', 'chunked']]), '5\r\nbegun\r\n'], 408, /error-body-too-slow/]
  ] as const) {
    calls.splice(0)
    const { replies } = await speak(chunks)
    t.match(replies, [{ status, headers: { connection: 'close', 'cache-control': 'no-store' } }], String(error))
    t.match(JSON.parse(replies[0]?.text ?? ''), { success: false, error, errorType: /^error-/ })
    t.match(calls, [/^store\.find/])
    t.equal(calls.length, 1)
  }
  t.match((await speak([post(`${hookPath()}/slack`, [['Content-Length', '1001']])])).replies, [{ status: 413, text: 'invalid_payload' }])
  t.strictSame(messenger.asked, [])
})

test('a hook of the host that refuses before the body is read closes the connection, and one that refuses later does not', async (t) => {
  const refuse = async (): Promise<never> => { throw Object.assign(new Error('Slow down'), { statusCode: 429 }) }
  for (const stage of ['onRequest', 'preParsing'] as const) {
    const { speak, messenger } = await listening(t, { before: (app) => { app.addHook(stage, refuse) } })
    t.match((await speak([post(hookPath(), [mebibyte])])).replies, [{ status: 429, headers: { connection: 'close' } }], stage)
    t.strictSame(messenger.asked, [])
  }
  const { speak } = await listening(t, { before: (app) => { app.addHook('preHandler', refuse) } })
  const { replies } = await speak([post(hookPath(), [helloLength], hello), post(hookPath(), [helloLength, ['Connection', 'close']], hello)])
  t.match(replies.map(({ status, headers }) => [status, headers['connection']]), [[429, 'keep-alive'], [429, 'close']])
})

test('a body that is refused once it is read keeps the connection', async (t) => {
  const { speak, messenger } = await listening(t)
  const broken = '{"text":'
  const { replies } = await speak([
    post(hookPath(), [['Content-Length', String(broken.length)]], broken),
    post(hookPath(), [helloLength], hello),
    post(hookPath(), [['Content-Length', '0']]),
    post(hookPath(), [helloLength, ['Connection', 'close']], hello)
  ])
  t.match(replies.map(({ status, headers }) => [status, headers['connection']]), [[400, 'keep-alive'], [200, 'keep-alive'], [400, 'keep-alive'], [200, 'close']])
  t.equal(messenger.posts.length, 2)
})

test('a missing body', async (t) => {
  const { speak } = await listening(t)
  for (const headers of [[], [['Content-Length', '0']], [['Content-Type', 'application/json']], [['Content-Type', 'application/json'], ['Content-Length', '0']]] as const) {
    const { replies: [reply] } = await speak([post(hookPath(), [...headers, ['Connection', 'close']])])
    t.match(reply, { status: 400, text: /no text, msg, blocks or attachments .*\[error-no-message\]/ }, JSON.stringify(headers))
  }
})

test('requests as they come from real senders', async (t) => {
  const { speak, messenger, send } = await listening(t)
  const close = ['Connection', 'close'] as const
  const product: ReadonlyArray<readonly [string, string]> = [
    ['X-GitHub-Event', 'push'], ['X-GitHub-Delivery', 'd1'], ['X-Gitea-Event', 'push'], ['X-Gitea-Delivery', 'd1'], ['X-Gogs-Event', 'push'],
    ['X-Gogs-Delivery', 'd1'], ['X-Hub-Signature-256', ''], ['X-Gitea-Signature', ''], ['X-Gitlab-Event', 'Push Hook'], ['X-Gitlab-Event-UUID', 'd1']
  ]
  const parts = hello.split(/(?<=:)/)
  const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`)
  for (const [name, sent] of Object.entries({
    chunked: [post(hookPath(), [['Transfer-Encoding', 'chunked'], close]), ...chunks, '0\r\n\r\n'],
    'chunked with a trailer': [post(hookPath(), [['Transfer-Encoding', 'chunked'], ['Trailer', 'X-A'], close]), ...chunks, '0\r\nX-A: b\r\n\r\n'],
    'byte by byte': [...post(hookPath(), [helloLength, close], hello)].map((byte) => Uint8Array.of(byte)),
    'Expect: 100-continue': [post(hookPath(), [helloLength, ['Expect', '100-continue'], close]), hello],
    'Connection: close': [post(hookPath(), [helloLength, close], hello)],
    'an offer of h2c': [post(hookPath(), [helloLength, ['Upgrade', 'h2c'], ['HTTP2-Settings', 'AAMAAABkAAQAAP__'], ['Connection', 'close, Upgrade, HTTP2-Settings']], hello)],
    'headers of four products': [post(hookPath(), [helloLength, ...product, close], hello)],
    'HTTP/1.0': [requestOf(`POST ${hookPath()} HTTP/1.0`, [helloLength], hello)],
    'an absolute address': [requestOf(`POST http://chat.example${hookPath()} HTTP/1.1`, [host, helloLength, close], hello)],
    'no content type at all': [post(hookPath(), [helloLength, close], hello)],
    'an odd content type': [post(hookPath(), [helloLength, ['Content-Type', ';;'], close], hello)],
    'two content types': [post(hookPath(), [helloLength, ['Content-Type', 'text/plain'], ['Content-Type', 'application/json'], close], hello)],
    'a referrer and cookies': [post(hookPath(), [helloLength, ['Cookie', 'a=b'], ['Origin', 'https://x.example'], close], hello)]
  })) {
    const before = messenger.posts.length
    const { replies: [reply] } = await speak(sent)
    t.match(reply, { status: 200, text: success }, name)
    t.equal(messenger.posts.length, before + 1, name)
    t.equal(messenger.posts.at(-1)?.message.text, 'hello')
  }
  t.equal((await send(hookPath(), 'hello')).statusCode, 200)
})

test('a body that is shorter or longer than announced', async (t) => {
  const log = captureLog()
  const { speak, messenger, send } = await listening(t, { server: { logger: { ...log.logger, level: 'error' } } })
  const short = await speak([post(hookPath(), [['Content-Length', '100']], hello)], { then: 'end' })
  t.notOk(short.replies.some(({ status }) => status < 400))
  const long = await speak([post(hookPath(), [['Content-Length', '2']], '{}{"text":"smuggled"}')])
  t.strictSame([...new Set(long.replies.map(({ status }) => status))], [400], 'the rest is no request')
  t.strictSame(messenger.asked, [])
  t.equal((await send(hookPath(), hello)).statusCode, 200)
  t.strictSame(log.lines(), [])
})

test('a sender that goes away amid the body', async (t) => {
  const log = captureLog()
  const { speak, messenger, send, app } = await listening(t, { server: { logger: log.logger } })
  await speak([post(hookPath(), [['Content-Length', '100']], hello)], { then: 'destroy' })
  await until('the connection is gone', async () => await connectionsOf(app) === 0)
  await until('the end is logged', () => log.text().includes('hook request refused'))
  t.strictSame(messenger.asked, [])
  t.match(log.lines().filter(({ msg }) => msg === 'hook request refused'), [{ level: 30, errorType: 'error-invalid-payload', integrationId: _id }])
  t.equal((await send(hookPath(), hello)).statusCode, 200)
})

test('a server on a socket of the file system, where senders have no address', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'hooks-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const socketPath = join(folder, 'socket')
  const { app } = await hookHost(t, { options: { incoming: { wrongTokenLimit: 2 } } })
  await app.listen({ path: socketPath })
  const statusOf = async (path: string): Promise<number | undefined> => {
    const request = httpRequest({ socketPath, path, method: 'POST', agent: false }).end(hello)
    const [response] = await once(request, 'response')
    response.resume()
    return response.statusCode
  }
  t.strictSame([await statusOf(`/hooks/${_id}/x`), await statusOf('/hooks/x/x'), await statusOf('/hooks/x/x'), await statusOf(hookPath())], [404, 404, 429, 200])
})

test('HTTP/2: there is no connection to close, and bodies need neither length nor content type', async (t) => {
  const app = Fastify({ http2: true })
  t.teardown(() => app.close())
  const seen: string[] = []
  app.addHook('onResponse', async ({ url, headers, originalUrl, raw: { rawHeaders } }) => {
    seen.push(`${url} ${originalUrl} ${headers[':path']} ${rawHeaders[rawHeaders.indexOf(':path') + 1]}`)
  })
  const store = new MemoryStore()
  store.insert(record, {}, patient)
  const messenger = chatMessenger()
  await app.register(chatIntegrations, { ...workspace(), store, messenger, incoming: { bodyLimit: 100 } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const session = connectHttp2(`http://127.0.0.1:${portOf(app.server.address())}`)
  t.teardown(() => session.close())
  const send = async (headers: Record<string, string>, body?: string): Promise<{ status: unknown, connection: unknown, text: string }> => {
    const stream = session.request({ ':method': 'POST', ...headers }, { endStream: false })
    stream.setEncoding('utf8')
    if (body !== undefined) stream.end(body)
    const [answer] = await once(stream, 'response')
    let text = ''
    for await (const chunk of stream) text += chunk
    stream.close()
    return { status: answer[':status'], connection: answer['connection'], text }
  }
  const path = hookPath()
  t.strictSame(await send({ ':path': path }, hello), { status: 200, connection: undefined, text: success })
  t.strictSame(await send({ ':path': path, 'content-type': 'application/json', 'content-length': String(hello.length) }, hello), { status: 200, connection: undefined, text: success })
  t.match(await send({ ':path': `/hooks/${_id}/x`, 'content-length': '1048576' }), { status: 404, connection: undefined }, 'answered before the body')
  t.match(await send({ ':path': path, 'content-length': '101' }), { status: 413, connection: undefined })
  t.match(await send({ ':path': path, ':method': 'PUT' }, hello), { status: 200 })
  t.match(await send({ ':path': path, ':method': 'PATCH' }, hello), { status: 405 })
  t.match(await send({ ':path': path, 'content-encoding': 'gzip' }, hello), { status: 415 })
  t.equal(messenger.posts.length, 3)
  await until('all are done', () => seen.length === 7)
  t.strictSame([...new Set(seen)], [Array.from({ length: 4 }, () => `/hooks/${_id}/***`).join(' ')])
})
