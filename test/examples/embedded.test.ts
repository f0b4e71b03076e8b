import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { create, Example } from '../support/example.ts'
import { freePort, startRedis, type RedisServer } from '../support/redis-server.ts'
import { generatedToken, integrationOf } from '../support/replies.ts'
import { storedIn } from '../support/stored.ts'
import { unchecked } from '../support/unchecked.ts'
import { until } from '../support/until.ts'

const alice = { authorization: 'Bearer token-of-alice' }
const bob = { authorization: 'Bearer token-of-bob' }
const bot = { authorization: 'Bearer token-of-the-bot' }

/** Bodies that name the users of the example. */
const incoming = { ...incomingBody, username: 'deploy.bot' }
const outgoing = { ...outgoingBody, username: 'deploy.bot' }

// The host's own answers, and ours.
const hostUnauthorized = { problem: 'Log in first' }
const ourUnauthorized = {
  success: false,
  status: 'error',
  error: 'You must be logged in to do this.',
  message: 'You must be logged in to do this.'
}

// Most of these tests wait for processes; the one that waits longest comes first.
t.jobs = 2

function test (name: string, run: (t: Test) => Promise<void>): void {
  t.test(name, { buffered: true }, run)
}

/** A Redis in which the example's users are logged in. */
async function redisWithSessions (t: Test): Promise<RedisServer> {
  const server = await startRedis({ appendfsync: 'always' })
  t.teardown(() => server.close())
  const redis = new Redis(server.url)
  for (const [token, account] of [['token-of-alice', 'u1'], ['token-of-bob', 'u2'], ['token-of-the-bot', 'u3']] as const) {
    await redis.set(`session:${createHash('sha256').update(token).digest('hex')}`, account)
  }
  redis.disconnect()
  return server
}

function rooms (example: Example, headers: Record<string, string>): Promise<Response> {
  return fetch(`${example.address}/rooms`, { headers })
}

test('does not start without its Redis', async (t) => {
  const example = await Example.launch(t, 'embedded', { REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
  t.same(await example.ended, { code: 1, signal: null })
  t.match(example.output, /Plugin did not start in time: '@fastify\/redis'/)
})

test('gains the route, for its own users and rooms, in its own Redis', async (t) => {
  const redis = await redisWithSessions(t)
  const example = await Example.start(t, 'embedded', { REDIS_URL: redis.url })

  const created = [
    await integrationOf(t, await create(example, alice, incoming)),
    await integrationOf(t, await create(example, alice, outgoing))
  ]
  const facts = { channel: ['#general'], userId: 'u3', scriptEngine: 'isolated-vm', skipTranspile: false, _createdBy: { _id: 'u1', username: 'alice' } }
  for (const [i, expected] of [
    { ...incoming, ...facts, overrideDestinationChannelEnabled: false },
    { ...outgoing, ...facts }
  ].entries()) {
    const { _id, token, _createdAt, _updatedAt, ...rest } = created[i] ?? {}
    const secret: unknown = Reflect.get(rest, 'secret')
    t.strictSame(rest, i === 0 ? { ...expected, hookPath: `/hooks/${_id}/${token}` } : { ...expected, secret })
    t.match(token, generatedToken(i === 0 ? 48 : 24))
  }
  t.strictSame(await storedIn(redis.url, created.map(({ _id }) => _id)), created)

  // Bob has the two manage-own permissions and is in #general only.
  created.push(await integrationOf(t, await create(example, bob, { ...incoming, username: 'bob' })))
  const foreign = await create(example, bob, { ...incoming, channel: '#board' })
  t.equal(foreign.status, 400)
  t.match(await foreign.json(), { success: false, errorType: 'error-invalid-channel', details: { channel: '#board' } })
  // The bot has none.
  const refused = await create(example, bot, incoming)
  t.equal(refused.status, 400)
  t.match(await refused.json(), { success: false, errorType: 'not_authorized' })

  await example.end('SIGKILL')
  await redis.kill()
  await redis.restart()
  t.strictSame(await storedIn(redis.url, created.map(({ _id }) => _id)), created, 'after a crash of both')
  for (const secret of ['token-of', ...created.map(({ token }) => token)]) t.notOk(example.output.includes(secret))
})

test('tells outgoing webhooks what people say', async (t) => {
  const redis = await redisWithSessions(t)
  const example = await Example.start(t, 'embedded', { REDIS_URL: redis.url })
  const { _id } = await integrationOf(t, await create(example, alice, { ...outgoing, enabled: true, urls: ['http://127.0.0.1:9/hook'] }))
  const said = await fetch(`${example.address}/rooms/general`, {
    method: 'POST', headers: { ...alice, 'content-type': 'application/json' }, body: '{"text":"deploy now"}'
  })
  t.equal(said.status, 200)
  let history: unknown[] = []
  await until('the delivery has come to an end', async () => {
    const reply = await fetch(`${example.address}/api/v1/integrations.history?id=${_id}`, { headers: alice })
    history = unchecked<{ history: unknown[] }>(await reply.json()).history
    return history.length > 0
  })
  // The example opens no address of its own machine.
  t.match(history, [{ type: 'outgoing-webhook', event: 'sendMessage', data: { text: 'deploy now', user_name: 'alice' }, error: /outgoing\.allow/ }])
})

test('gains hooks that post into its rooms, and logs no token', async (t) => {
  const redis = await redisWithSessions(t)
  const example = await Example.start(t, 'embedded', { REDIS_URL: redis.url })
  const hooks = await Promise.all(['#general', '#board', '@alice'].map(async (channel) => await hookOf(create(example, alice, { ...incoming, channel }))))
  const post = async (path: string, body: string): Promise<unknown> => await (await fetch(`${example.address}${path}`, { method: 'POST', body })).json()
  const [general = '', board = '', direct = ''] = hooks
  t.strictSame(await post(general, 'Version 4.2 is live'), { success: true, ok: true })
  t.strictSame(await post(`${general}?wait=1`, '{"text":"look","alias":"CI","emoji":":tada:"}'), { success: true, ok: true })
  // The bot is no member there, and there are no direct conversations.
  for (const path of [board, direct]) t.strictSame(await post(path, 'hi'), { success: false, error: 'error-not-allowed' })
  t.match(await post(`${general.slice(0, -1)}x`, 'hi'), { success: false, error: 'Invalid integration id or token provided.' })

  const messages = async (name: string, headers: Record<string, string>): Promise<unknown> =>
    await (await fetch(`${example.address}/rooms/${name}`, { headers })).json()
  t.match(await messages('general', bob), [
    { author: 'deploy.bot', text: 'Version 4.2 is live', bot: { i: /./ } },
    { author: 'deploy.bot', text: 'look', alias: 'CI', emoji: ':tada:' }
  ])
  t.strictSame(await messages('board', alice), [])
  t.strictSame(await messages('board', bob), { problem: 'No such room' })
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
  t.ok(example.lines(/"url":"\/hooks\/\w+\/\*\*\*"/).length >= 5, 'requests are logged')
  for (const path of hooks) t.notOk(example.output.includes(path.split('/').at(-1)?.slice(0, -1) ?? ''), 'without their tokens')
})

/** The path of the hook that a create was answered with. */
async function hookOf (reply: Promise<Response>): Promise<string> {
  const { integration } = unchecked<{ integration: { hookPath: string } }>(await (await reply).json())
  return integration.hookPath
}

test('keeps its own routes and its own way to report errors', async (t) => {
  const redis = await redisWithSessions(t)
  const example = await Example.start(t, 'embedded', { REDIS_URL: redis.url })

  t.same(await (await rooms(example, alice)).json(), ['general', 'board'])
  t.same(await (await rooms(example, bob)).json(), ['general'])
  for (const headers of [{}, { authorization: 'Bearer token-of-nobody' }, { authorization: 'Basic token-of-alice' }]) {
    const own = await rooms(example, headers)
    t.equal(own.status, 401)
    t.same(await own.json(), hostUnauthorized)
    t.equal(own.headers.get('cache-control'), null)
    const ours = await create(example, headers, incoming)
    t.equal(ours.status, 401)
    t.same(await ours.json(), ourUnauthorized)
  }
  // Whoever is logged in there is logged in here.
  await integrationOf(t, await create(example, bob, incoming))
  const missing = await fetch(`${example.address}/api/v1/nothing`, { headers: alice })
  t.equal(missing.status, 404)
  t.match(await missing.json(), { error: 'Not Found' }, 'Fastify answers under our prefix as before')
  t.same(await example.end('SIGTERM'), { code: 0, signal: null })
})

test('reports an outage of Redis in each its own way, and recovers', async (t) => {
  const redis = await redisWithSessions(t)
  const example = await Example.start(t, 'embedded', { REDIS_URL: redis.url })

  await redis.kill()
  const [own, ours] = await Promise.all([rooms(example, alice), create(example, alice, incoming)])
  t.equal(own.status, 500)
  t.same(await own.json(), { problem: 'Something went wrong' })
  t.equal(ours.status, 503)
  t.same(await ours.json(), { success: false, error: 'Service Unavailable', errorType: 'error-service-unavailable' })
  // Several attempts to reconnect later.
  t.equal((await rooms(example, alice)).status, 500)
  t.equal(example.lines(/Redis is away/).length, 1, 'said once, not at every attempt')
  t.notMatch(example.output, /Unhandled error event/)

  await redis.restart()
  // A connection that is being made may belong to the time before.
  while ((await rooms(example, alice)).status !== 200);
  await integrationOf(t, await create(example, alice, incoming))
  t.same(await example.end('SIGINT'), { code: 0, signal: null })
  t.notOk(example.output.includes('token-of'))
})
