import type { LightMyRequestResponse } from 'fastify'
import { type IntegrationStore, MemoryStore, PostRefusedError } from '../../../../lib/index.ts'
import { incomingBody } from '../../../support/bodies.ts'
import { hello, hookHost, type HookHost, type HookHostOptions, hookPath } from '../../../support/hook-host.ts'
import { patient } from '../../../support/integrations.ts'
import { hookRecord } from '../../../support/ports.ts'
import { storeWith } from '../../../support/store-with.ts'
import { onEachStore } from '../../../support/stores.ts'
import { until } from '../../../support/until.ts'
import { credentials, members } from '../../../support/workspace.ts'
import { test, type Test } from 'tap'

const success = '{"success":true,"ok":true}'

/** A host whose integration is in the given store. */
async function hostWith (t: Test, store: IntegrationStore, more: HookHostOptions = {}): Promise<HookHost> {
  await store.insert(hookRecord({ overrideDestinationChannelEnabled: true }), {}, patient)
  return await hookHost(t, { ...more, options: { store, ...more.options } })
}

function seen ({ statusCode, body, headers }: LightMyRequestResponse): readonly [number, string, unknown] {
  return [statusCode, body, headers['idempotent-replayed']]
}

onEachStore('every header names a delivery', async (t, newStore) => {
  const { send, messenger } = await hostWith(t, newStore())
  let posts = 0
  for (const header of [
    'Idempotency-Key', 'webhook-id', 'X-GitHub-Delivery', 'X-Gitea-Delivery', 'X-Gogs-Delivery', 'X-Gitlab-Event-UUID',
    'X-Atlassian-Webhook-Identifier', 'X-Request-UUID'
  ]) {
    const headers = { [header]: `id of ${header}` }
    t.strictSame(seen(await send(hookPath(), hello, { headers })), [200, success, undefined], header)
    t.strictSame(seen(await send(hookPath(), hello, { headers, method: 'PUT' })), [200, success, 'true'], header)
    t.strictSame(seen(await send(hookPath(), { text: 'another body' }, { headers })), [200, success, undefined], 'another body is another delivery')
    t.equal(messenger.posts.length, posts += 2)
  }
  for (const headers of [{}, { 'request-id': 'a' }, { 'idempotency-key': ' ' }]) {
    for (let count = 0; count < 2; count++) t.strictSame(seen(await send(hookPath(), hello, { headers })), [200, success, undefined])
  }
  t.equal(messenger.posts.length, posts + 6)
})

onEachStore('sent again in every form of the answer', async (t, newStore) => {
  const { send, messenger } = await hostWith(t, newStore())
  const both = { text: 'hello', channel: ['#general', '#nowhere'], separateResponse: true }
  for (const [index, [path, payload]] of ([
    ['', hello], ['?wait=true', hello], ['', both], ['/slack', hello], ['/mattermost', hello], ['/discord', hello], ['/discord?wait=True', { content: 'hello' }]
  ] as const).entries()) {
    const headers = { 'idempotency-key': `${index}` }
    const first = await send(hookPath() + path, payload, { headers })
    const again = await send(hookPath() + path, payload, { headers })
    t.equal(first.headers['idempotent-replayed'], undefined)
    t.equal(again.headers['idempotent-replayed'], 'true')
    t.ok(first.statusCode < 300, first.body)
    t.strictSame([again.statusCode, again.body, again.headers['content-type']], [first.statusCode, first.body, first.headers['content-type']], path)
  }
  t.equal(messenger.posts.length, 7)
})

onEachStore('many at once: one message, and each gets the answer', async (t, newStore) => {
  const { send, messenger } = await hostWith(t, newStore(), { behaviours: { later: true } })
  const headers = { 'x-github-delivery': 'd1' }
  const replies = await Promise.all(Array.from({ length: 20 }, () => send(`${hookPath()}?wait=true`, hello, { headers })))
  t.strictSame([...new Set(replies.map(({ statusCode, body }) => `${statusCode} ${body}`))], ['200 {"success":true,"ok":true,"messages":[{"channel":"#general","_id":"message-1"}]}'])
  t.equal(replies.filter(({ headers }) => headers['idempotent-replayed'] === 'true').length, 19)
  t.equal(messenger.posts.length, 1)
})

test('while the first is under way: 503, to be sent again in a second, in the words of the profile', async (t) => {
  const store = new MemoryStore()
  const begun: Array<() => void> = []
  const slow = { post: () => new Promise<{ _id: string }>((resolve) => { begun.push(() => resolve({ _id: 'm' })) }) }
  const { send } = await hostWith(t, store, { options: { messenger: slow, incoming: { timeout: 60_000 } } })
  // Another process, which has less patience.
  const hurried = await hookHost(t, { options: { store, incoming: { timeout: 700 } } })
  const headers = { 'webhook-id': 'd1' }
  const first = send(hookPath(), hello, { headers })
  await until('the first is posting', () => begun.length === 1)
  const [refused, slack] = await Promise.all([hurried.send(hookPath(), hello, { headers }), hurried.send(`${hookPath()}/slack`, hello, { headers })])
  t.strictSame(seen(refused), [503, '{"success":false,"error":"The same delivery is still under way [error-delivery-under-way]","errorType":"error-delivery-under-way"}', undefined])
  t.match(refused.headers, { 'retry-after': '1', 'cache-control': 'no-store' })
  t.match([slack.statusCode, slack.body, slack.headers['retry-after']], [503, 'service_unavailable', '1'])
  t.strictSame(hurried.messenger.posts, [])
  for (const finish of begun) finish()
  t.equal((await first).statusCode, 200)
  t.strictSame(seen(await hurried.send(hookPath(), hello, { headers })), [200, success, 'true'])
})

test('a refusal, a failure or a message that is late is no end', async (t) => {
  const outcomes: Array<() => Promise<{ _id: string }>> = [
    async () => { throw new PostRefusedError('room_is_blocked') },
    async () => { throw new Error('away') },
    async () => ({ _id: 'm' })
  ]
  const ids: unknown[] = []
  const messenger = { post: ({ deliveryId }: { deliveryId?: string }) => { ids.push(deliveryId); return outcomes.shift()?.() ?? t.fail('posted again') as never } }
  const { send } = await hostWith(t, new MemoryStore(), { options: { messenger } })
  const headers = { 'idempotency-key': 'd1' }
  for (const [status, replayed] of [[400, undefined], [503, undefined], [200, undefined], [200, 'true']] as const) {
    const reply = await send(hookPath(), hello, { headers })
    t.match([reply.statusCode, reply.headers['idempotent-replayed']], [status, replayed])
  }
  t.equal(ids.length, 3)
  t.equal(new Set(ids).size, 1, 'the host can tell that they are one')
})

test('the ids of a delivery differ for each destination, and are absent without a header', async (t) => {
  const { send, messenger } = await hostWith(t, new MemoryStore())
  const payload = { text: 'a', channel: ['#general', '#team', '@owner'] }
  for (const headers of [{ 'idempotency-key': 'd1' }, { 'idempotency-key': 'd2' }, {}]) await send(hookPath(), payload, { headers })
  const ids = messenger.posts.map(({ deliveryId }) => deliveryId)
  t.equal(new Set(ids.slice(0, 6)).size, 6)
  t.strictSame(ids.slice(6), [undefined, undefined, undefined])
})

test('the key of a create is another key', async (t) => {
  const store = new MemoryStore()
  const { app, send, messenger } = await hostWith(t, store)
  const headers = { 'idempotency-key': 'the-same-text' }
  const create = await app.inject({ method: 'POST', url: '/api/v1/integrations.create', headers: { ...credentials(members.admin), ...headers }, payload: incomingBody })
  t.equal(create.statusCode, 200)
  t.strictSame(seen(await send(hookPath(), hello, { headers })), [200, success, undefined])
  t.equal(messenger.posts.length, 1)
  const claims: string[] = []
  const watching = await hookHost(t, { options: { store: storeWith({ claim: (claim, call) => { claims.push(claim.key); return store.claim(claim, call) } }, store) } })
  await watching.send(hookPath(), hello, { headers })
  await watching.app.inject({ method: 'POST', url: '/api/v1/integrations.create', headers: { ...credentials(members.admin), ...headers }, payload: incomingBody })
  t.match(claims, [/^hook-[\w-]{43}$/, /^[\w-]{43}$/])
})

test('a store that fails', async (t) => {
  const memory = new MemoryStore()
  const fail = async (): Promise<never> => { throw new Error('away') }
  const headers = { 'idempotency-key': 'd1' }
  const claiming = await hostWith(t, storeWith({ claim: fail }, memory))
  const reply = await claiming.send(hookPath(), hello, { headers })
  t.match([reply.statusCode, reply.body, reply.headers['retry-after']], [503, '{"success":false,"error":"Service Unavailable"}', '5'])
  t.strictSame(claiming.messenger.asked, [], 'nothing is posted')
  t.equal((await claiming.send(hookPath(), hello)).statusCode, 200, 'a delivery without an id is')
  const settling = await hookHost(t, { options: { store: storeWith({ settle: fail }, memory) } })
  t.strictSame(seen(await settling.send(hookPath(), hello, { headers })), [200, success, undefined], 'the message is posted, and the answer says so')
})

test('a note of a later version says that a message was posted', async (t) => {
  const later = storeWith({ claim: () => ({ fingerprint: '?', answer: 'z["?",{"later":1}]' }) })
  const { send, messenger } = await hostWith(t, later)
  const headers = { 'idempotency-key': 'd1' }
  t.strictSame(seen(await send(hookPath(), hello, { headers })), [200, success, 'true'])
  t.strictSame(seen(await send(`${hookPath()}?wait=true`, hello, { headers })), [200, '{"success":true,"ok":true,"messages":[]}', 'true'])
  t.strictSame(seen(await send(`${hookPath()}/slack`, hello, { headers })), [200, 'ok', 'true'])
  t.strictSame(seen(await send(`${hookPath()}/discord?wait=true`, hello, { headers })), [204, '', 'true'])
  t.strictSame(messenger.posts, [])
})

test('a delivery is forgotten after the time of the option', async (t) => {
  const { send, messenger } = await hostWith(t, new MemoryStore(), { options: { incoming: { idempotencyTtl: 1 } } })
  const headers = { 'idempotency-key': 'd1' }
  await send(hookPath(), hello, { headers })
  const start = Date.now()
  await until('a millisecond has passed', () => Date.now() > start + 1)
  t.strictSame(seen(await send(hookPath(), hello, { headers })), [200, success, undefined])
  t.equal(messenger.posts.length, 2)
})
