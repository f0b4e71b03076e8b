import fc from 'fast-check'
import { test } from 'tap'
import { hello, hookHost, hookPath } from '../../../support/hook-host.ts'
import { captureLog } from '../../../support/log.ts'
import { hookRecord } from '../../../support/ports.ts'

const { _id, token } = hookRecord()

const segment = fc.oneof(
  fc.constantFrom(_id, token, 'slack', 'Discord', 'mattermost', '', '.', 'x', '%2F', '%20', '*', ':id', '~', '%F0%9F%91%A9', '__proto__', 'constructor'),
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => encodeURIComponent(text))
)
const query = fc.oneof(fc.constantFrom('', '?', '?wait=true', '?wait=True&wait', '?a[b]=c', '?__proto__=1', '?%', '?wait=%zz', '??', '?#x'), fc.string({ unit: fc.constantFrom('wait', '=', 'true', '&', '%', 'a', '[', ']'), maxLength: 8 }).map((text) => `?${text}`))
const method = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('POST' as const, 'PUT' as const) },
  { weight: 1, arbitrary: fc.constantFrom('GET' as const, 'HEAD' as const, 'DELETE' as const, 'PATCH' as const, 'OPTIONS' as const) }
)

/** The characters that a header may hold. */
const headerValue = fc.string({ unit: fc.integer({ min: 0x20, max: 0xFF }).filter((code) => code !== 0x7F).map((code) => String.fromCharCode(code)), maxLength: 30 })
const headers = fc.dictionary(
  fc.constantFrom('content-type', 'idempotency-key', 'webhook-id', 'x-github-delivery', 'content-encoding', 'x-forwarded-for', 'accept', 'accept-version', 'origin', 'cookie', 'range', 'x-http-method-override'),
  fc.oneof(headerValue, fc.constantFrom('', 'application/json', 'text/plain; charset=utf-16', 'multipart/form-data; boundary=x', 'identity', 'gzip', '1', ',', 'a, b')),
  { noNullPrototype: true, maxKeys: 4 }
)
const body = fc.oneof(
  fc.constantFrom('{"text":"a"}', '{"text":"a","channel":"#general"}', 'payload={"text":"a"}', 'load is high', '{', '[]', '', '--x\r\n', '{"content":"a"}', '{"text":"a","separateResponse":true}'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.json()
)

const statuses = [200, 204, 400, 403, 404, 405, 415]

test('any request is answered by us, and only a message that was posted is a success', async (t) => {
  const log = captureLog()
  const { send, messenger } = await hookHost(t, {
    server: { logger: { ...log.logger, level: 'error' } },
    options: { incoming: { rateLimit: false, wrongTokenLimit: false } }
  })
  const path = fc.oneof(
    { weight: 1, arbitrary: fc.array(segment, { maxLength: 6 }).map((parts) => parts.join('/')) },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('', 'any/'), fc.constantFrom('', '/', '/slack', '/mattermost', '/discord', '/SLACK/')).map(([anything, end]) => `${_id}/${anything}${token}${end}`) }
  )
  const met = new Map<number, number>()
  await t.resolves(async () => await fc.assert(fc.asyncProperty(path, query, method, headers, body, async (path, query, method, headers, body) => {
    const before = messenger.posts.length
    const url = `/hooks/${path}${query}`
    const isPost = method === 'POST' || method === 'PUT'
    const reply = await send(url, isPost || method === 'PATCH' ? body : undefined, { method, headers })
    const posted = messenger.posts.length - before
    const status = reply.statusCode
    met.set(status, (met.get(status) ?? 0) + 1)
    if (!statuses.includes(status)) throw new Error(`${status} ${reply.body}`)
    if (reply.headers['cache-control'] !== 'no-store') throw new Error('not an answer of ours')
    if (posted > 1 || (posted === 1 && (status > 204 || !isPost))) throw new Error(`${posted} messages with ${status}`)
    if (isPost && status <= 204 && posted === 0 && reply.headers['idempotent-replayed'] !== 'true') throw new Error('a success without a message')
    if (reply.body.includes(token)) throw new Error('the answer holds the token')
    if (String(reply.headers['content-type']).startsWith('application/json') && method !== 'HEAD') JSON.parse(reply.body)
  }), { numRuns: 250, seed: 20_170_106 }))
  t.comment(Object.fromEntries(met))
  t.strictSame(log.lines(), [], 'nothing that a sender does is an error')
  for (const status of [200, 204, 400, 404, 405]) t.ok(met.has(status), `${status} was met`)
  t.equal((await send(hookPath(), hello)).statusCode, 200)
})
