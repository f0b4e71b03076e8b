import { Agent } from 'node:http'
import { gzipSync } from 'node:zlib'
import t, { test } from 'tap'
import { converse, requestOf } from '../hostile/support/raw-http.ts'
import { Example } from '../support/example.ts'
import { Hook } from '../support/hook.ts'
import { send, type Sending } from '../support/send.ts'

const example = await Example.start(t, 'standalone')
const json = '{"text":"Größe 100%","username":"Ops"}'
const h2c = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA' }

test('a message arrives under any headers', async (t) => {
  const hook = await Hook.create(example)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  const types = [
    'application/x-www-form-urlencoded', 'text/plain', 'text/html; charset=utf-8', 'application/octet-stream', 'application/xml',
    'multipart/form-data', 'multipart/form-data; boundary=x', 'image/png', 'APPLICATION/JSON ; CHARSET="utf-8"', 'json', ';;;', '*/*', ''
  ]
  const sendings: Array<readonly [name: string, sending: Sending, suffix?: string]> = [
    ['no content type', {}],
    ...types.map((type) => [`content type ${type}`, { headers: { 'content-type': type } }] as const),
    ['chunked', { headers: { 'transfer-encoding': 'chunked' } }],
    ['chunked, a chunk for each character', { headers: { 'transfer-encoding': 'chunked' }, body: [...json] }],
    ['a body that comes in pieces', { body: [...json] }],
    ['Expect: 100-continue', { headers: { expect: '100-continue' } }],
    ['Expect: 100-continue, chunked', { headers: { expect: '100-continue', 'transfer-encoding': 'chunked' } }],
    ['Upgrade: h2c', { headers: h2c }],
    ['Upgrade: websocket', { headers: { connection: 'Upgrade', upgrade: 'websocket' } }],
    ['Connection: close', { headers: { connection: 'close' } }],
    ['Content-Encoding: identity', { headers: { 'content-encoding': 'identity' } }],
    ['an accept header that names no JSON', { headers: { accept: 'text/html' } }],
    ['credentials of another product', { headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-user-id': 'nobody', 'x-auth-token': 'wrong' } }],
    ['signatures that say nothing', { headers: { 'x-hub-signature': 'sha1=', 'x-hub-signature-256': 'sha256=' } }],
    ['PUT', { method: 'PUT' }],
    ['a slash at the end', {}, '/'],
    ['a query of the sender', {}, '?user_id=ann&user_key=ann'],
    ['the older form of the path', {}]
  ]
  for (const [name, { body = json, ...sending }, suffix = ''] of sendings) {
    const url = name === 'the older form of the path' ? hook.url.replace(/\/(?=[^/]+$)/, '/anything/') : hook.url + suffix
    const { status, contentType, body: answer } = await send(url, { ...sending, body, agent })
    t.strictSame([status, contentType, answer], [200, 'application/json; charset=utf-8', '{"success":true,"ok":true}'], name)
  }
  const messages = await hook.messages()
  t.equal(messages.length, sendings.length)
  t.strictSame(messages.filter(({ msg, alias }) => msg !== 'Größe 100%' || alias !== 'Ops'), [])
})

test('a client of HTTP/1.0 is answered, and its connection ends', async (t) => {
  const hook = await Hook.create(example)
  const { pathname } = new URL(hook.url)
  const { replies, rest } = await converse(example.port, [requestOf(`POST ${pathname} HTTP/1.0`, [['Content-Length', '2']], 'hi')])
  t.match(replies, [{ status: 200, headers: { connection: 'close' }, text: '{"success":true,"ok":true}' }])
  t.equal(rest, '')
  t.match(await hook.messages(), [{ msg: 'hi' }])
})

test('several requests on one connection are each answered, a refused one as well', async (t) => {
  const hook = await Hook.create(example)
  const { pathname } = new URL(hook.url)
  const requestWith = (body: string, connection = 'keep-alive'): Buffer => requestOf(
    `POST ${pathname} HTTP/1.1`, [['Host', 'localhost'], ['Connection', connection], ['Content-Length', String(Buffer.byteLength(body))]], body)
  const { replies } = await converse(example.port, [Buffer.concat([requestWith('one'), requestWith('{}'), requestWith('two', 'close')])])
  t.strictSame(replies.map(({ status }) => status), [200, 400, 200])
  t.match(await hook.messages(), [{ msg: 'one' }, { msg: 'two' }])
})

test('what posts nothing says so', async (t) => {
  const hook = await Hook.create(example)
  const refused: ReadonlyArray<readonly [name: string, sending: Sending, status: number, error: RegExp, headers?: object]> = [
    ['GET', { method: 'GET' }, 405, /^GET posts nothing: send the message with POST/, { allow: 'POST, PUT' }],
    ['DELETE', { method: 'DELETE' }, 405, /^DELETE posts nothing/, { allow: 'POST, PUT' }],
    ['a compressed body', { headers: { 'content-encoding': 'gzip' }, body: gzipSync(json) }, 415, /Content-Encoding/],
    ['nothing', { body: '' }, 400, /^There is nothing to post/]
  ]
  for (const [name, sending, status, error, headers = {}] of refused) {
    const answer = await send(hook.url, sending)
    t.equal(answer.status, status, name)
    t.match(answer.headers, headers, name)
    t.match(JSON.parse(answer.body), { success: false, error }, name)
  }
  t.strictSame(await hook.messages(), [])
})

test('a body that is too large is refused when it is announced, and when it comes', async (t) => {
  const hook = await Hook.create(example)
  const line = `POST ${new URL(hook.url).pathname} HTTP/1.1`
  const limit = 1024 * 1024
  const chunk = (length: number): string => `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`
  const conversations = await Promise.all([
    converse(example.port, [requestOf(line, [['Host', 'localhost'], ['Content-Length', String(limit + 1)]])]),
    converse(example.port, [requestOf(line, [['Host', 'localhost'], ['Transfer-Encoding', 'chunked']]), chunk(limit), chunk(1)])
  ])
  for (const { replies: [reply, ...others], rest } of conversations) {
    t.match(reply, { status: 413, headers: { connection: 'close' } })
    t.match(JSON.parse(reply?.text ?? ''), { success: false, error: /larger than 1048576 bytes/ })
    t.strictSame([others, rest], [[], ''])
  }
  t.strictSame(await hook.messages(), [])
})
