import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { create, Example } from '../support/example.ts'
import { Hook } from '../support/hook.ts'
import { freePort, startRedis } from '../support/redis-server.ts'
import { generatedToken, integrationOf } from '../support/replies.ts'
import { storedIn } from '../support/stored.ts'

/** The headers of the API document's calls. */
const admin = { 'X-Auth-Token': '9HqLlyZOugoStsXCUfD_0YdwnNnunAJF8V47U3QHXSq', 'X-User-Id': 'aobEdbYhXfu5hkeqG' }
/** The user of the workspace file with the two `manage-own-…` permissions. */
const developer = { 'X-Auth-Token': 'eXaMpLe-T0kEn-0f-DaNa-kG5rW2vYc8ZqLs4HtJbNx', 'X-User-Id': 'dQ7pWmXc3TzRkLh9s' }
/** The user of the workspace file without a permission. */
const guest = { 'X-Auth-Token': 'eXaMpLe-T0kEn-0f-GuS-mD9xQ3zVf7CwRp6LsHtKyB', 'X-User-Id': 'gK4vNyBt8FjSaPq2w' }

const memoryWarning = /kept in memory only/

// Most of these tests wait for processes; those that wait longest come first.
t.jobs = 3

function test (name: string, run: (t: Test) => Promise<void>): void {
  t.test(name, { buffered: true }, run)
}

test('ends although a client neither speaks nor hangs up', async (t) => {
  const example = await Example.start(t, 'standalone')
  const socket = connect(example.port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
})

test('starts without its Redis, answers 503, and works when Redis is there', async (t) => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  await redis.kill()
  const example = await Example.start(t, 'standalone', { REDIS_URL: redis.url })

  const reply = await create(example, admin, incomingBody)
  t.equal(reply.status, 503)
  t.match(reply.headers.get('retry-after'), /^\d+$/)
  t.same(await reply.json(), { success: false, error: 'Service Unavailable', errorType: 'error-service-unavailable' })
  t.equal(example.lines(/Redis is not available/).length, 1, 'said once, not at every attempt')

  await redis.restart()
  await example.says(/Redis is available again/)
  await integrationOf(t, await create(example, admin, incomingBody))
})

test('documents its routes in a page', async (t) => {
  const example = await Example.start(t, 'standalone')
  const page = await fetch(`http://127.0.0.1:${example.port}/documentation`)
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), /^text\/html/)
  const document: unknown = await (await fetch(`http://127.0.0.1:${example.port}/documentation/json`)).json()
  t.match(document, {
    openapi: '3.1.0',
    paths: { '/api/v1/integrations.create': { post: { security: [{ userId: [], authToken: [] }] } } },
    components: { securitySchemes: { userId: { name: 'X-User-Id' }, authToken: { name: 'X-Auth-Token' } } }
  })
})

test('links the documentation at /, and the page is no part of it', async (t) => {
  const example = await Example.start(t, 'standalone')
  const reply = await fetch(`${example.address}/`)
  t.equal(reply.status, 200)
  t.equal(reply.headers.get('content-type'), 'text/html; charset=utf-8')
  const [, link = ''] = /<a href="([^"]*documentation[^"]*)"/.exec(await reply.text()) ?? []
  t.equal((await fetch(new URL(link, example.address))).status, 200)
  const document: unknown = await (await fetch(`${example.address}/documentation/json`)).json()
  t.notMatch(document, { paths: { '/': {} } }, 'the page is no part of the API')
})

test('ends while its Redis is away', async (t) => {
  const example = await Example.start(t, 'standalone', { REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
  await example.says(/Redis is not available/)
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
})

test('answers the calls of the API document as they stand', async (t) => {
  const example = await Example.start(t, 'standalone')
  t.equal(example.address, `http://127.0.0.1:${example.port}`)

  const incoming = await integrationOf(t, await create(example, admin, incomingBody))
  t.match(incoming.token, generatedToken(48))
  t.strictSame(incoming, {
    ...incomingBody,
    channel: ['#general'],
    userId: 'rocket.cat',
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    overrideDestinationChannelEnabled: false,
    _id: incoming._id,
    token: incoming.token,
    hookPath: `/hooks/${incoming._id}/${incoming.token}`,
    _createdAt: incoming._createdAt,
    _updatedAt: incoming._createdAt,
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' }
  })

  const outgoing = await integrationOf(t, await create(example, admin, outgoingBody))
  t.match(outgoing.token, generatedToken(24))
  t.strictSame(outgoing, {
    ...outgoingBody,
    channel: ['#general'],
    userId: 'rocket.cat',
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    _id: outgoing._id,
    token: outgoing.token,
    secret: Reflect.get(outgoing, 'secret'),
    _createdAt: outgoing._createdAt,
    _updatedAt: outgoing._createdAt,
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' }
  })

  t.not(incoming._id, outgoing._id)
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
  t.equal(example.stdout, `fastify-chat-integrations example: ${example.address}
documentation of its routes: ${example.address}/documentation
`)
  t.equal(example.lines(memoryWarning).length, 1)
})

test('knows users, roles and rooms from the workspace file', async (t) => {
  const example = await Example.start(t, 'standalone')
  const { 'X-Auth-Token': authToken, 'X-User-Id': userId } = admin
  const strangers = [
    {},
    { 'X-User-Id': userId },
    { 'X-Auth-Token': authToken },
    { 'X-User-Id': userId, 'X-Auth-Token': `${authToken}x` },
    { 'X-User-Id': userId, 'X-Auth-Token': developer['X-Auth-Token'] },
    { 'X-User-Id': 'nobody', 'X-Auth-Token': authToken },
    // Has no token: there is nothing to log in with.
    { 'X-User-Id': 'rocket.cat', 'X-Auth-Token': 'undefined' }
  ]
  for (const headers of strangers) {
    const reply = await create(example, headers, incomingBody)
    t.equal(reply.status, 401)
    t.same(await reply.json(), {
      success: false,
      status: 'error',
      error: 'You must be logged in to do this.',
      message: 'You must be logged in to do this.'
    })
  }

  async function refusal (headers: Record<string, string>, body: object): Promise<unknown> {
    const reply = await create(example, headers, body)
    t.equal(reply.status, 400)
    return reply.json()
  }

  const own = await integrationOf(t, await create(example, developer, { ...incomingBody, username: 'dana' }))
  t.match(own, { username: 'dana', userId: developer['X-User-Id'], _createdBy: { _id: developer['X-User-Id'], username: 'dana' } })
  // The bot holds message-impersonate; the direct room is the developer's own.
  await integrationOf(t, await create(example, developer, incomingBody))
  await integrationOf(t, await create(example, developer, { ...outgoingBody, channel: '#dana-gus, all_public_channels' }))

  t.match(await refusal(developer, { ...incomingBody, username: 'graywolf336' }), {
    errorType: 'error-user-lacks-message-impersonate-permission'
  })
  for (const channel of ['#operations', '#nowhere', '#pR6hYwZn4CxTbMe8k']) {
    t.match(await refusal(developer, { ...incomingBody, channel }), {
      errorType: 'error-invalid-channel', details: { channel }
    }, 'a private room of others looks like one that is not there')
  }
  t.match(await refusal(developer, { ...outgoingBody, event: 'roomCreated' }), { errorType: 'error-invalid-permissions' })

  t.same(await refusal(guest, { ...incomingBody, username: 'nobody', channel: '#nowhere' }), {
    success: false,
    error: 'Unauthorized [not_authorized]',
    errorType: 'not_authorized',
    details: { permissions: ['manage-incoming-integrations', 'manage-own-incoming-integrations'] }
  })
  t.same(await refusal(guest, outgoingBody), {
    success: false,
    error: 'Unauthorized [not_authorized]',
    errorType: 'not_authorized',
    details: { permissions: ['manage-outgoing-integrations', 'manage-own-outgoing-integrations'] }
  })

  await integrationOf(t, await create(example, admin, { ...incomingBody, channel: '#operations' }))
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`answers a request under way at ${signal}, then ends`, async (t) => {
    const example = await Example.start(t, 'standalone')
    const agent = new Agent({ keepAlive: true })
    t.teardown(() => agent.destroy())
    const call = request(`${example.address}/api/v1/integrations.create`, {
      agent,
      method: 'POST',
      headers: { ...admin, 'content-type': 'application/json', 'transfer-encoding': 'chunked', expect: '100-continue' }
    })
    call.flushHeaders()
    // "100 Continue": the server has the request and waits for its body.
    await once(call, 'continue')
    example.signal(signal)
    await example.portClosed()
    // Once more, as npm does.
    example.signal(signal)
    call.end(JSON.stringify(incomingBody))
    const reply = await new Promise<IncomingMessage>((resolve, reject) => call.on('response', resolve).on('error', reject))
    t.equal(reply.statusCode, 200)
    t.equal(reply.headers.connection, 'close', 'the client is told not to send more')
    t.match(JSON.parse(await text(reply)), { success: true, integration: { name: 'testHook' } })
    t.same(await example.ended, { code: 0, signal: null })
    await example.portClosed()
  })
}

test('finds in Redis what it answered 200 for, whoever crashes', async (t) => {
  const redis = await startRedis({ appendfsync: 'always' })
  t.teardown(() => redis.close())
  const first = await Example.start(t, 'standalone', { REDIS_URL: redis.url })
  const created = [
    await integrationOf(t, await create(first, admin, incomingBody)),
    await integrationOf(t, await create(first, developer, outgoingBody))
  ]
  const found = (): Promise<unknown> => storedIn(redis.url, created.map(({ _id }) => _id))

  await redis.kill()
  await redis.restart()
  t.strictSame(await found(), created, 'after a crash of Redis')

  created.push(await integrationOf(t, await create(first, admin, incomingBody)))
  await first.end('SIGKILL')
  t.strictSame(await found(), created, 'after a crash of the server')

  const second = await Example.start(t, 'standalone', { REDIS_URL: redis.url })
  created.push(await integrationOf(t, await create(second, admin, outgoingBody)))
  t.strictSame(await found(), created, 'after a restart of the server')

  t.same(await second.end('SIGTERM'), { code: 0, signal: null })
  t.equal(`${first.output}${second.output}`.match(memoryWarning), null)
})

test('prints neither tokens nor scripts', async (t) => {
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const example = await Example.start(t, 'standalone', { REDIS_URL: redis.url })
  const secrets = {
    script: 'const very = "secret-in-script"', token: 'secret-of-the-other-side', scriptEnabled: true
  }
  const created = await integrationOf(t, await create(example, admin, { ...outgoingBody, ...secrets }))
  const incoming = await integrationOf(t, await create(example, admin, { ...incomingBody, script: secrets.script }))
  // Refused as to form, as to meaning, and by Redis.
  t.equal((await create(example, admin, { ...outgoingBody, ...secrets, urls: 'secret-url' })).status, 400)
  t.equal((await create(example, admin, { ...outgoingBody, ...secrets, channel: '#nowhere' })).status, 400)
  // Posted, refused because of the script, and sent to a wrong address.
  const hook = await Hook.create(example)
  for (const url of [hook.url, `${example.address}/hooks/${incoming._id}/${incoming.token}`, `${hook.url}x`]) {
    await fetch(url, { method: 'POST', body: '{"text":"secret-message"}' })
  }
  t.match(await hook.messages(), [{ msg: 'secret-message' }])
  const operator = new Redis(redis.url)
  await operator.config('SET', 'maxmemory', '1')
  operator.disconnect()
  t.equal((await create(example, admin, { ...outgoingBody, ...secrets })).status, 503)
  t.match(example.output, /OOM command not allowed/, 'the cause is logged')
  t.same(await example.end('SIGINT'), { code: 0, signal: null })
  for (const secret of ['secret', admin['X-Auth-Token'], created.token, incoming.token, hook.integration.token]) {
    t.notOk(example.output.includes(secret))
  }
})

test('refuses a wrong workspace file in one line', async (t) => {
  const file = join(t.testdir({
    'workspace.json': JSON.stringify({
      roles: {}, users: [{ _id: 'u1', username: ' ', authToken: 'very-secret', roles: [] }], rooms: []
    })
  }), 'workspace.json')
  const example = await Example.launch(t, 'standalone', { WORKSPACE: file })
  t.same(await example.ended, { code: 1, signal: null })
  t.equal(example.stdout, '')
  t.equal(example.stderr, `Error: ${file}: /users/0/username: expected a text that is not blank\n`)
})

test('reads the workspace file that it is told to', async (t) => {
  const file = join(t.testdir({
    'workspace.json': JSON.stringify({
      roles: { integrator: ['manage-incoming-integrations', 'a-permission-of-others'] },
      users: [{ _id: 'u1', username: 'ann', authToken: 'token-of-ann', roles: ['integrator'] }],
      rooms: [{ _id: 'r1', name: 'r2', type: 'p', members: ['u1'] }, { _id: 'r2', name: 'lobby', type: 'c', members: [] }]
    })
  }), 'workspace.json')
  const example = await Example.start(t, 'standalone', { WORKSPACE: file })
  const ann = { 'X-User-Id': 'u1', 'X-Auth-Token': 'token-of-ann' }
  await integrationOf(t, await create(example, ann, { ...incomingBody, username: 'u1', channel: '#r2,#lobby,@ann' }))
  t.equal((await create(example, ann, { ...incomingBody, username: 'rocket.cat' })).status, 400)
  t.equal((await create(example, ann, { ...outgoingBody, username: 'ann', channel: '#lobby' })).status, 400)
  t.equal((await create(example, admin, incomingBody)).status, 401)
})

test('says in one line why it cannot listen; 127.0.0.1:3000 by default', async (t) => {
  // Taken by us or by somebody else already: either way the example cannot have it.
  const occupant = createServer().listen(3000, '127.0.0.1')
  t.teardown(() => occupant.close())
  await new Promise((resolve) => occupant.once('listening', resolve).once('error', resolve))
  const redis = await startRedis()
  t.teardown(() => redis.close())
  const example = await Example.launch(t, 'standalone', { PORT: '', REDIS_URL: redis.url })
  t.same(await example.ended, { code: 1, signal: null })
  t.equal(example.output, 'Error: listen EADDRINUSE: address already in use 127.0.0.1:3000\n')
})
