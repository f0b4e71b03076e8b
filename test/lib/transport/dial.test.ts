import { once } from 'node:events'
import { type AddressInfo, createServer as createPlainServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer } from 'node:tls'
import { type Test, test } from 'tap'
import type { TransportOutcome } from '../../../lib/ports/transport.ts'
import { HttpTransport, type HttpTransportOptions } from '../../../lib/transport/http.ts'
import { type DnsAnswer, type DnsQuestion, startDnsServer } from '../../support/dns-server.ts'
import { answerOf, type RawReceiver, startReceiver } from '../../support/receiver.ts'
import { certificate, key } from '../../support/tls.ts'

// 127.0.0.1 stands for a public address here: the list opens it. All other loopback addresses are inner ones.
const open = '127.0.0.1/32:*'

type Send = (url: string, mayUseAllowed?: boolean) => Promise<TransportOutcome>

function sender (t: Test, options: HttpTransportOptions = {}): Send {
  const transport = new HttpTransport({ allow: [open], timeout: 8000, ...options })
  t.teardown(async () => { await transport.close({ signal: AbortSignal.abort() }) })
  return async (url, mayUseAllowed = true) => await transport.send({ url, mayUseAllowed, data: {} })
}

async function replying (t: Test, text: string, host?: string, port?: number, headers: string = ''): Promise<RawReceiver> {
  return await startReceiver(t, (socket) => {
    socket.write(answerOf(text, headers))
    if (headers !== '') socket.end()
  }, host, port)
}

async function names (t: Test, answer: (question: DnsQuestion) => DnsAnswer): Promise<HttpTransportOptions> {
  return { nameServers: [await startDnsServer(t, answer)] }
}

function portOf (address: AddressInfo | string | null): number {
  return address !== null && typeof address === 'object' ? address.port : 0
}

test('every spelling of an inner address is refused', async (t) => {
  const inner = await replying(t, 'reached', '0.0.0.0')
  const send = sender(t, { allow: [] })
  const hosts = [
    '127.0.0.1', '127.0.0.1.', '2130706433', '0x7f000001', '0x7f.1', '017700000001', '0177.0.0.1', '127.1', '127.0.1', '0', '0.0.0.0', '127.0.0.2', '127.255.255.254',
    'localhost', 'LOCALHOST', 'localhost.', 'a.localhost', '[::1]', '[::]', '[::127.0.0.1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:7f00:1]',
    '[::ffff:0:127.0.0.1]', '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[2001:0:7f00:1::]', '[fe80::1]',
    '127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '①②⑦.⓪.⓪.①', 'ｌｏｃａｌｈｏｓｔ', '%31%32%37.0.0.1', 'public.example@127.0.0.1', '8.8.8.8:80@127.0.0.1'
  ]
  for (const host of hosts) {
    const outcome = await send(`http://${host}:${inner.port}/`)
    t.match(outcome, { kind: 'refused-address', retry: false, error: { message: /outgoing\.allow and outgoing\.allowFor$/ } }, host)
  }
  for (const url of [`http://127.0.0.1\\@8.8.8.8:${inner.port}/`, `http:127.0.0.1:${inner.port}`, `HTTP:\\\\127.1:${inner.port}/`]) t.match(await send(url), { kind: 'refused-address' }, url)
  for (const url of [`http://[fe80::1%25lo]:${inner.port}/`, `http://127.0.0.1%00:${inner.port}/`, `http://0x7f.0.0.256:${inner.port}/`]) t.match(await send(url), { kind: 'invalid-request' }, url)
  t.equal(inner.connections, 0)
})

test('names that lead inwards are refused, and of mixed answers only the open addresses are used', async (t) => {
  const receiver = await replying(t, 'open')
  const inner = await replying(t, 'inner', '127.0.0.2', receiver.port)
  const send = sender(t, await names(t, ({ name, type }) => {
    if (name === 'inner.test') return ['127.0.0.2']
    if (name === 'mapped.test') return type === 'AAAA' ? ['0:0:0:0:0:ffff:7f00:2'] : []
    if (name === 'mixed.test') return type === 'A' ? ['127.0.0.2', '127.0.0.1', '127.0.0.3'] : ['0:0:0:0:0:0:0:1']
    return null
  }))
  for (const name of ['inner.test', 'inner.test.', 'INNER.test', 'mapped.test']) {
    const outcome = await send(`http://${name}:${receiver.port}/`)
    t.match(outcome, { kind: 'refused-address' }, name)
    if (outcome.kind === 'refused-address') t.notMatch(outcome.error.message, '127.', 'the history tells nothing of the inner network')
  }
  for (let i = 0; i < 5; i++) t.match(await send(`http://mixed.test:${receiver.port}/`), { kind: 'answer', text: 'open' })
  t.match(await send(`http://mixed.test:${receiver.port}/`, false), { kind: 'refused-address' }, 'the list does not apply to this caller')
  t.equal(inner.connections, 0)
})

test('a name that flips between two look-ups reaches nothing inside', async (t) => {
  const receiver = await replying(t, 'open', '127.0.0.1', 0, 'Connection: close\r\n')
  const inner = await replying(t, 'inner', '127.0.0.2', receiver.port)
  let asked = 0
  const send = sender(t, await names(t, ({ type }) => type === 'A' ? [asked++ % 2 === 0 ? '127.0.0.1' : '127.0.0.2'] : []))
  const outcomes: string[] = []
  for (let i = 0; i < 8; i++) outcomes.push((await send(`http://flip.test:${receiver.port}/`)).kind)
  t.strictSame(outcomes, Array.from({ length: 4 }, () => ['answer', 'refused-address']).flat())
  t.equal(inner.connections, 0)
  t.equal(receiver.connections, 4)
})

test('a connection that is kept goes on to where it was opened; a new one is decided anew', async (t) => {
  let inward = false
  let last: (() => void) | undefined
  const receiver = await startReceiver(t, (socket) => {
    last = () => { socket.end() }
    socket.write(answerOf('open'))
  })
  const inner = await replying(t, 'inner', '127.0.0.2', receiver.port)
  const send = sender(t, await names(t, ({ type }) => type === 'A' ? [inward ? '127.0.0.2' : '127.0.0.1'] : []))
  const url = `http://kept.test:${receiver.port}/`
  t.match(await send(url), { text: 'open' })
  inward = true
  t.match(await send(url), { text: 'open' })
  t.equal(receiver.connections, 1)
  last?.()
  await sleep(100)
  t.match(await send(url), { kind: 'refused-address' })
  t.equal(inner.connections, 0)
})

test('a call that may not use the list never gets a connection of one that may', async (t) => {
  const receiver = await replying(t, 'open')
  const send = sender(t)
  t.match(await send(receiver.url, true), { text: 'open' })
  t.match(await send(receiver.url, false), { kind: 'refused-address' })
  t.match(await send(receiver.url, true), { text: 'open' })
  t.equal(receiver.requests.length, 2)
})

test('names that are listed, and localhost', async (t) => {
  const receiver = await replying(t, 'open')
  const send = sender(t, { allow: [`localhost:${receiver.port}`] })
  t.match(await send(`http://localhost:${receiver.port}/`), { text: 'open' })
  t.match(await send(`http://LOCALHOST.:${receiver.port}/`), { text: 'open' })
  t.match(await send(receiver.url), { kind: 'refused-address' }, 'the address was not listed')
  t.match(await send(`http://localhost:${receiver.port + 1}/`), { kind: 'refused-address' }, 'another port')
})

test('name servers that know nothing, or keep silent', async (t) => {
  const receiver = await replying(t, 'open')
  const dns = await names(t, ({ name, type }) => {
    if (name === 'silent.test') return 'silence'
    if (name === 'half.test') return type === 'A' ? ['127.0.0.1'] : 'silence'
    return name === 'empty.test' ? [] : null
  })
  const send = sender(t, { ...dns, timeout: 5000 })
  for (const name of ['unknown.test', 'empty.test']) {
    t.match(await send(`http://${name}/`), { kind: 'dns', retry: true, error: { message: `the name ${name} has no address` } }, name)
  }
  t.match(await send(`http://half.test:${receiver.port}/`), { kind: 'answer' }, 'one of two answers is enough')
  const impatient = sender(t, { ...dns, timeout: 300 })
  const begun = performance.now()
  t.match(await impatient('http://silent.test/'), { kind: 'timeout', retry: true, error: { message: /no connection/ } })
  t.ok(performance.now() - begun < 4000)
})

test('TLS is verified', async (t) => {
  const server = createServer({ key, cert: certificate }, (socket) => {
    socket.on('error', () => {})
    socket.on('data', () => { socket.write(answerOf()) })
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.close() })
  const port = portOf(server.address())
  const dns = await names(t, ({ type }) => type === 'A' ? ['127.0.0.1'] : [])
  const trusting = sender(t, { ...dns, ca: certificate })
  t.match(await trusting(`https://receiver.test:${port}/`), { kind: 'answer', status: 200 })
  t.match(await trusting(`https://receiver.test.:${port}/`), { kind: 'answer', status: 200 })
  t.match(await trusting(`https://other.test:${port}/`), { kind: 'tls', retry: true, error: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } })
  t.match(await trusting(`https://127.0.0.1:${port}/`), { kind: 'tls' })
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.teardown(() => { Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED') })
  t.match(await sender(t, dns)(`https://receiver.test:${port}/`), { kind: 'tls', error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
  Reflect.deleteProperty(process.env, 'NODE_TLS_REJECT_UNAUTHORIZED')
  const plain = createPlainServer((socket) => {
    socket.on('error', () => {})
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  plain.listen(0, '127.0.0.1')
  await once(plain, 'listening')
  t.teardown(() => { plain.close() })
  t.match(await trusting(`https://receiver.test:${portOf(plain.address())}/`), { kind: 'tls', retry: true })
  const silent = await startReceiver(t, () => {})
  t.match(await sender(t, { ...dns, timeout: 300 })(`https://receiver.test:${silent.port}/`), { kind: 'timeout' })
})
