import { randomBytes } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { test } from 'tap'
import { EncryptedStore, MemoryStore, RecordNotDecryptedError } from '../../../../lib/index.ts'
import { awkwardTexts, outgoingRecord, patient } from '../../../support/integrations.ts'
import { hello, hookHost, hookPath } from '../../../support/hook-host.ts'
import { hookRecord } from '../../../support/ports.ts'
import { storeWith } from '../../../support/store-with.ts'

const record = hookRecord()
const { _id, token } = record
const outgoing = outgoingRecord({ enabled: true })

/** Everything that a sender sees of an answer, without the time. */
function seen ({ statusCode, headers, body }: LightMyRequestResponse): object {
  const { date, ...rest } = headers
  return { statusCode, headers: rest, body, dated: date !== undefined }
}

const unknown = {
  statusCode: 404,
  headers: {
    'cache-control': 'no-store',
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': '69'
  },
  body: '{"success":false,"error":"Invalid integration id or token provided."}',
  dated: true
}

test('whatever is wrong: the same bytes, after the same calls', async (t) => {
  const off = hookRecord({ _id: 'disabledHook12345', enabled: false })
  const { send, calls, messenger } = await hookHost(t, { records: [record, outgoing, off], options: { incoming: { wrongTokenLimit: false } } })
  const odd = [...awkwardTexts.filter((text) => !/\p{Surrogate}/u.test(text)), 'x'.repeat(5_000), '%', '*', ':id'].map((text) => encodeURIComponent(text))
  for (const path of [
    `${_id}x/${token}`, `${_id}/x`, `${_id}/${token}x`, `${_id}/${token.toLowerCase()}`, `${outgoing._id}/${outgoing.token}`, `${off._id}/${token.slice(1)}`,
    `${_id}/`, _id, '', '/', `/${token}`, `${_id}/%20`, `${_id}/a/b/${token}`, `${_id}/${token}/github`, `${_id}/${token}//`, `${token}/${_id}`,
    ...odd.map((id) => `${id}/${token}`), ...odd.map((guess) => `${_id}/${guess}`), ...odd.map((anything) => `${anything}/${anything}/${anything}/${anything}/x`)
  ]) {
    calls.splice(0)
    const url = `/hooks/${path}`
    const method = path.length % 2 === 0 ? 'POST' : 'PUT'
    t.strictSame(seen(await send(url, hello, { method })), unknown, `${method} ${url.slice(0, 80)}`)
    t.match(calls, [/^store\.find\(/], 'one look-up')
    t.equal(calls.length, 1)
  }
  t.strictSame(messenger.asked, [])
})

test('the right token posts, with POST and PUT, in every form of the path', async (t) => {
  const { send, messenger } = await hookHost(t, { records: [record, hookRecord({ _id: 'slack', token: 'slack' })] })
  const forms = [`${_id}/${token}`, `${_id}/${token}/`, `${_id}/anything/${token}`, `${_id}/any%2Fthing/${token}`, `${_id}//${token}`, `${_id}/slack/${token}`, `${_id}/${encodeURIComponent(token)}?a=b`, 'slack/slack', 'slack/x/slack/', `%78${_id.slice(1)}/${token}`]
  for (const form of forms) {
    for (const method of ['POST', 'PUT'] as const) {
      const { statusCode, body, headers } = await send(`/hooks/${form}`, hello, { method })
      t.match({ statusCode, body }, form === 'slack/x/slack/' ? { statusCode: 404 } : { statusCode: 200, body: '{"success":true,"ok":true}' }, `${method} ${form}`)
      t.equal(headers['cache-control'], 'no-store')
      if (statusCode === 200) t.notOk(headers['connection'] === 'close')
    }
  }
  t.equal(messenger.posts.length, (forms.length - 1) * 2)
})

test('profile names are read in any case, and win over the older form', async (t) => {
  const { send } = await hookHost(t)
  for (const [path, status, body] of [
    ['slack', 200, 'ok'], ['SLACK', 200, 'ok'], ['Slack/', 200, 'ok'], ['mattermost', 200, 'ok'], ['MatterMost', 200, 'ok'], ['discord', 204, ''], ['DISCORD/', 204, '']
  ] as const) {
    for (const prefix of ['', 'anything/', 'slack/']) {
      const reply = await send(`/hooks/${_id}/${prefix}${token}/${path}`, hello)
      t.match([reply.statusCode, reply.body], [status, body], prefix + path)
    }
  }
  const profile = hookRecord({ token: 'slack' })
  const host = await hookHost(t, { records: [profile] })
  t.equal((await host.send(`/hooks/${_id}/anything/slack`, hello)).body, 'no_service', 'a profile, although the token has its name')
  t.equal((await host.send(`/hooks/${_id}/slack`, hello)).statusCode, 200, 'two parts have no profile')
})

test('every other method: 405 with Allow and a sentence, without a look-up', async (t) => {
  const { send, calls, messenger } = await hookHost(t)
  for (const method of ['GET', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS'] as const) {
    for (const path of ['', '/', '/slack', '/x/y/z', `/anything/${token}`]) {
      for (const url of [hookPath() + path, `/hooks/unknown/x${path}`]) {
        const { statusCode, headers, body } = await send(url, undefined, { method })
        t.equal(statusCode, 405, `${method} ${url}`)
        t.match(headers, { allow: 'POST, PUT', connection: 'close', 'cache-control': 'no-store' })
        if (method !== 'HEAD') t.match(JSON.parse(body), { success: false, error: `${method} posts nothing: send the message with POST [error-method-not-allowed]`, errorType: 'error-method-not-allowed' })
      }
    }
    const { statusCode, headers } = await send('/hooks/', undefined, { method })
    t.match([statusCode, headers['allow']], [405, 'POST, PUT'])
  }
  for (const method of ['DELETE', 'PATCH'] as const) t.equal((await send(hookPath(), hello, { method })).statusCode, 405, `${method} with a body`)
  t.strictSame(calls, [])
  t.strictSame(messenger.asked, [])
})

test('Discord: GET tells about the webhook to the right token', async (t) => {
  const off = hookRecord({ _id: 'disabledHook12345', enabled: false, channel: ['@owner'], channelIds: ['@ownerId'] })
  const { send, calls, messenger } = await hookHost(t, { records: [record, off, outgoing], options: { incoming: { rateLimit: 1, wrongTokenLimit: 3 } } })
  for (const path of ['/discord', '/Discord/', '/DISCORD?wait=true']) {
    const { statusCode, headers, body } = await send(hookPath() + path, undefined, { method: 'GET' })
    t.equal(statusCode, 200)
    t.match(headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    t.strictSame(JSON.parse(body), { id: _id, name: 'testHook', channel_id: 'general', type: 1 })
  }
  t.strictSame(JSON.parse((await send(`${hookPath(off)}/discord`, undefined, { method: 'GET' })).body), { id: off._id, name: 'testHook', channel_id: 'ownerId', type: 1 })
  calls.splice(0)
  for (const url of [`/hooks/${_id}/x/discord`, `/hooks/unknown/${token}/discord`, `/hooks/${outgoing._id}/${outgoing.token}/discord`]) {
    const { statusCode, body } = await send(url, undefined, { method: 'GET' })
    t.match([statusCode, body], [404, '{"code":10015,"message":"Unknown Webhook"}'])
  }
  t.match(calls, [/find/, /find/, /find/])
  t.equal((await send(`/hooks/${_id}/x/discord`, undefined, { method: 'GET' })).statusCode, 429, 'a wrong token counts')
  t.strictSame(messenger.asked, [])
  t.equal((await send(`${hookPath()}/discord`, hello)).statusCode, 204, 'a look takes nothing of the rate limit')
  for (const method of ['HEAD', 'DELETE'] as const) {
    const { statusCode, headers } = await send(`${hookPath()}/discord`, undefined, { method })
    t.match([statusCode, headers['allow']], [405, 'GET, POST, PUT'], method)
  }
})

test('an integration that is switched off: 503 for the right token, 404 for any other', async (t) => {
  const off = hookRecord({ enabled: false })
  const { send, messenger } = await hookHost(t, { records: [off] })
  const reply = await send(hookPath(), hello)
  t.match([reply.statusCode, reply.body], [503, '{"success":false,"error":"Service Unavailable"}'])
  t.notOk('retry-after' in reply.headers, 'nobody knows when it is switched on')
  t.equal(reply.headers['connection'], 'close')
  t.strictSame(seen(await send(`/hooks/${_id}/x`, hello)), unknown)
  t.match([(await send(`${hookPath()}/slack`, hello)).statusCode, (await send(`${hookPath()}/discord`, hello)).statusCode], [404, 503])
  t.strictSame(messenger.asked, [])
})

test('a record that cannot be decrypted, and a store that fails: 503 with Retry-After', async (t) => {
  for (const cause of [new RecordNotDecryptedError(_id, 'its key is not known'), new Error('away')]) {
    const { send } = await hookHost(t, { options: { store: storeWith({ find: async () => { throw cause } }) } })
    for (const url of [hookPath(), `/hooks/${_id}/x`]) {
      const { statusCode, headers, body } = await send(url, hello)
      t.match([statusCode, body], [503, '{"success":false,"error":"Service Unavailable"}'])
      t.match(headers, { 'retry-after': '5', connection: 'close' })
    }
  }
})

test('a key that is being rolled out: until this process has it, senders are told to come back', async (t) => {
  const [old, next] = [randomBytes(32), randomBytes(32)]
  const memory = new MemoryStore()
  await new EncryptedStore(memory, { workspace: 'w', keys: [next] }).insert(record, {}, patient)
  const behind = await hookHost(t, { options: { store: new EncryptedStore(memory, { workspace: 'w', keys: [old] }) } })
  const reply = await behind.send(hookPath(), hello)
  t.match([reply.statusCode, reply.body, reply.headers['retry-after']], [503, '{"success":false,"error":"Service Unavailable"}', '5'])
  const ahead = await hookHost(t, { options: { store: new EncryptedStore(memory, { workspace: 'w', keys: [old, next] }) } })
  t.equal((await ahead.send(hookPath(), hello)).statusCode, 200)
})

test('the rate limit of an integration: 429 with whole seconds, in the words of the profile', async (t) => {
  const { send, messenger, calls } = await hookHost(t, { options: { incoming: { rateLimit: 2 } } })
  t.equal((await send(hookPath(), hello)).statusCode, 200)
  t.equal((await send(hookPath(), '{}')).statusCode, 400, 'a refused body counts')
  calls.splice(0)
  for (const [profile, body] of [
    ['', /"success":false,"error":"Too many requests\. Send the next one in \d+ s \[error-too-many-requests\]","errorType":"error-too-many-requests"/],
    ['/slack', /^rate_limited$/], ['/discord', /"retry_after":\d+/], ['/mattermost', /"id":"error-too-many-requests"/]
  ] as const) {
    const reply = await send(hookPath() + profile, hello)
    t.equal(reply.statusCode, 429)
    t.match(reply.body, body)
    t.match(reply.headers, { 'retry-after': /^([1-9]|[12]\d|30)$/, connection: 'close' })
  }
  t.equal(messenger.posts.length, 1)
  t.strictSame(calls, Array.from({ length: 4 }, () => `store.find("${_id}")`))
  const unlimited = await hookHost(t, { options: { incoming: { rateLimit: false } } })
  for (let count = 0; count < 305; count++) await unlimited.send(hookPath(), hello)
  t.equal(unlimited.messenger.posts.length, 305)
})

test('300 messages a minute may come at once', async (t) => {
  const { send, messenger } = await hookHost(t)
  const replies = await Promise.all(Array.from({ length: 400 }, () => send(hookPath(), hello)))
  const posted = messenger.posts.length
  t.equal(replies.filter(({ statusCode }) => statusCode === 200).length, posted)
  // One is gained back in 200 ms.
  t.ok(posted >= 300 && posted < 400, `${posted}`)
})

test('many wrong tokens: 429, one line in the log, and the right token goes on posting', async (t) => {
  const lines: Array<Record<string, unknown>> = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const { send, messenger } = await hookHost(t, { server: { logger: { level: 'warn', stream } } })
  lines.splice(0)
  for (let count = 0; count < 30; count++) t.equal((await send(`/hooks/${_id}/x${count}`, hello)).statusCode, 404)
  for (const url of [`/hooks/${_id}/x`, `/hooks/unknown/${token}`, '/hooks/']) {
    const { statusCode, headers, body } = await send(url, hello)
    t.equal(statusCode, 429)
    t.match(headers, { 'retry-after': '2', connection: 'close' })
    t.match(JSON.parse(body), { success: false, errorType: 'error-too-many-requests' })
  }
  for (let count = 0; count < 3; count++) t.equal((await send(hookPath(), hello)).statusCode, 200)
  t.equal(messenger.posts.length, 3)
  t.match(lines, [{ level: 40, address: '127.0.0.1', msg: /many wrong tokens/ }])
  t.equal(lines.length, 1)
})

test('addresses behind a proxy that the host trusts', async (t) => {
  const { send } = await hookHost(t, { server: { trustProxy: true }, options: { incoming: { wrongTokenLimit: 1 } } })
  const from = async (address: string): Promise<number> => (await send(`/hooks/${_id}/x`, hello, { headers: { 'x-forwarded-for': address } })).statusCode
  t.equal(await from('192.0.2.1'), 404)
  t.equal(await from('::ffff:192.0.2.1'), 429)
  t.equal(await from('2001:db8::1'), 404)
  t.equal(await from('2001:db8::ffff'), 429)
  t.equal(await from('2001:db8:0:1::1'), 404)
  t.equal(await from('unknown'), 404)
})

test('without a limit for wrong tokens', async (t) => {
  const { send } = await hookHost(t, { options: { incoming: { wrongTokenLimit: false } } })
  for (let count = 0; count < 40; count++) t.equal((await send(`/hooks/${_id}/x`, hello)).statusCode, 404)
})

test('never a redirect', async (t) => {
  for (const server of [{}, { ignoreTrailingSlash: true }, { ignoreDuplicateSlashes: true }, { caseSensitive: false }]) {
    const { send } = await hookHost(t, { server })
    for (const path of [hookPath(), `${hookPath()}/`, `/${hookPath()}`, hookPath().replace('hooks', 'Hooks'), '/hooks', '/hooks/']) {
      for (const method of ['POST', 'PUT', 'GET', 'HEAD'] as const) {
        const { statusCode, headers } = await send(path, method === 'GET' || method === 'HEAD' ? undefined : hello, { method })
        t.notOk((statusCode >= 300 && statusCode < 400) || 'location' in headers, `${method} ${path} ${statusCode}`)
      }
    }
  }
})
