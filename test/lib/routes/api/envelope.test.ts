import { connect } from 'node:net'
import { test } from 'tap'
import { startClient } from '../../../support/client.ts'
import { incomingBody } from '../../../support/bodies.ts'
import { invalid } from '../../../support/expect.ts'
import { credentials, members } from '../../../support/workspace.ts'

const json = { 'content-type': 'application/json' }
const loggedIn = { ...credentials(members.admin), ...json }

test('success is 200, JSON and nothing behind it, and not cached', async (t) => {
  const { create } = await startClient(t)
  const { status, headers, body } = await create(incomingBody)
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/json')
  t.equal(headers.get('cache-control'), 'no-store')
  t.match(body, { success: true, integration: { name: 'testHook' } })
})

test('whoever is not logged in gets one and the same answer', async (t) => {
  const { post } = await startClient(t)
  const expected = {
    success: false,
    status: 'error',
    error: 'You must be logged in to do this.',
    message: 'You must be logged in to do this.'
  }
  const { 'x-user-id': userId, 'x-auth-token': token } = credentials(members.admin)
  for (const [name, headers] of Object.entries({
    'no credentials': {},
    'user id only': { 'x-user-id': userId },
    'token only': { 'x-auth-token': token },
    'wrong token': { 'x-user-id': userId, 'x-auth-token': 'wrong' },
    "another user's token": { 'x-user-id': members.guest._id, 'x-auth-token': token },
    'unknown user': { 'x-user-id': 'nobody', 'x-auth-token': token },
    'empty token': { 'x-user-id': userId, 'x-auth-token': '' },
    'empty user id': { 'x-user-id': '', 'x-auth-token': token }
  })) {
    const reply = await post(JSON.stringify(incomingBody), { ...headers, ...json })
    t.equal(reply.status, 401, name)
    t.strictSame(reply.body, expected, name)
    t.equal(reply.headers.get('cache-control'), 'no-store', name)
  }
})

test('a caller that is not logged in is refused before the body is looked at', async (t) => {
  const { post } = await startClient(t, { bodyLimit: 100 })
  t.equal((await post('not json', json)).status, 401)
  t.equal((await post('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).status, 401)
  t.equal((await post('x'.repeat(1000), json)).status, 401)
})

test('a body that is no JSON is refused without being quoted', async (t) => {
  const { post } = await startClient(t)
  for (const [name, body] of Object.entries({
    broken: '{"token":"secret-token", oops}',
    truncated: '{"token":"secret-token"',
    words: 'secret-token'
  })) {
    const reply = await post(body, loggedIn)
    invalid(t, reply, '', /^The body is not valid JSON/, name)
    t.notMatch(reply.text, /secret/, name)
  }
  invalid(t, await post('', loggedIn), '', 'The body is not valid JSON', 'empty')
  const latin1 = new Uint8Array([...Buffer.from('{"name":"'), 0xe9, ...Buffer.from('"}')])
  invalid(t, await post(latin1, loggedIn), '', 'The body is not valid UTF-8', 'not UTF-8')
})

test('a body that is JSON, but no object, is refused', async (t) => {
  const { post } = await startClient(t)
  for (const body of ['null', '[]', '"text"', '5', 'true', '[{"type":"webhook-incoming"}]']) {
    invalid(t, await post(body, loggedIn), '', 'The body must be a JSON object', body)
  }
  invalid(t, await post(undefined, credentials(members.admin)), '', 'The body must be a JSON object', 'no body at all')
})

test('a byte order mark and a charset are no obstacle', async (t) => {
  const { post } = await startClient(t)
  const reply = await post('\uFEFF' + JSON.stringify(incomingBody), {
    ...credentials(members.admin),
    'content-type': 'application/json; charset=utf-8'
  })
  t.equal(reply.status, 200, reply.text)
})

test('another content type is 415 and says which one to send', async (t) => {
  const { post } = await startClient(t)
  for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
    const reply = await post(JSON.stringify(incomingBody), { ...credentials(members.admin), 'content-type': type })
    t.equal(reply.status, 415, type)
    t.strictSame(reply.body, {
      success: false,
      error: 'Send the body as JSON, with the header Content-Type: application/json [error-unsupported-media-type]',
      errorType: 'error-unsupported-media-type'
    }, type)
  }
})

test('a body of another length than declared is refused', async (t) => {
  const { url } = await startClient(t)
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  const { 'x-user-id': userId, 'x-auth-token': token } = credentials(members.admin)
  socket.end([
    'POST /api/v1/integrations.create HTTP/1.1', 'host: localhost', `x-user-id: ${userId}`, `x-auth-token: ${token}`,
    'content-type: application/json', 'content-length: 400', '', JSON.stringify(incomingBody)
  ].join('\r\n'))
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  t.match(answer, /^HTTP\/1\.1 400 /)
})

test('a body over the limit is 413 and says the limit', async (t) => {
  const standard = await startClient(t)
  const atLimit = JSON.stringify({ ...incomingBody, script: '' }).padEnd(256 * 1024, ' ')
  t.equal((await standard.post(atLimit, loggedIn)).status, 200, '256 KiB are accepted')
  const { status, body } = await standard.post(atLimit + ' ', loggedIn)
  t.equal(status, 413, 'one byte more is not')
  t.strictSame(body, {
    success: false,
    error: 'The body is larger than this server accepts [error-body-too-large]',
    errorType: 'error-body-too-large',
    details: { limit: 262144 }
  })
  const small = await startClient(t, { bodyLimit: 64 })
  t.match((await small.create(incomingBody)).body, { errorType: 'error-body-too-large', details: { limit: 64 } })
})

test('the type decides which schema counts', async (t) => {
  const { create } = await startClient(t)
  for (const type of ['webhook', 'WEBHOOK-INCOMING', '', ' webhook-incoming', 'constructor', '__proto__']) {
    const { status, body } = await create({ ...incomingBody, type })
    t.equal(status, 400, type)
    t.strictSame(body, { success: false, error: 'Invalid integration type.' }, type)
  }
  const { type, ...rest } = incomingBody
  t.equal(type, 'webhook-incoming')
  invalid(t, await create(rest), '/type', "must have required property 'type'", 'missing')
  for (const wrong of [null, 5, {}, ['webhook-incoming'], true]) {
    invalid(t, await create({ ...incomingBody, type: wrong }), '/type', '/type must be a string', String(wrong))
  }
})

test('everything that is wrong is listed, at most 20 entries, the first in the sentence', async (t) => {
  const { create } = await startClient(t)
  const reply = await create({ type: 'webhook-outgoing', name: 5, urls: [1, 2] })
  t.match(reply.body, {
    error: "must have required property 'enabled'",
    details: {
      errors: [
        { path: '/enabled' }, { path: '/username' }, { path: '/channel' }, { path: '/scriptEnabled' }, { path: '/event' },
        { path: '/name', message: 'must be a string' },
        { path: '/urls/0', message: 'must be a string' }, { path: '/urls/1', message: 'must be a string' }
      ]
    }
  })
  const many = await create({ ...incomingBody, ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, 1])) })
  t.equal(countErrors(many.body), 20)
})

function countErrors (body: unknown): number {
  const details = Reflect.get(Object(body), 'details')
  const errors = Reflect.get(Object(details), 'errors')
  return Array.isArray(errors) ? errors.length : -1
}
