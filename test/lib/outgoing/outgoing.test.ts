import type { ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { test } from 'tap'
import { verify } from '@octokit/webhooks-methods'
import chatIntegrations, { InProcessQueue, MemoryStore } from '../../../lib/index.ts'
import Fastify from 'fastify'
import { triggerRecord } from '../../support/deliverer.ts'
import { patient } from '../../support/integrations.ts'
import { caller, httpReceiver, outgoingHost, said } from '../../support/outgoing-host.ts'
import { storeWith } from '../../support/store-with.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'
import { members, workspace } from '../../support/workspace.ts'

test('an event reaches a receiver, signed, and its answer is posted', async (t) => {
  const receiver = await httpReceiver(t, (_request, response) => { response.setHeader('content-type', 'application/json').end('{"text":"on it"}') })
  const integration = caller(`${receiver.url}/deploy`, { triggerWords: ['deploy'] })
  const host = await outgoingHost(t, [integration])
  t.strictSame(await host.app.integrations.emit('sendMessage', said('hello')), { deliveries: 0, dropped: 0 })
  t.strictSame(await host.app.integrations.emit('sendMessage', said()), { deliveries: 1, dropped: 0 })
  await until('it is delivered', () => host.reports.length === 1)
  const [request] = receiver.received
  const body = request?.body ?? ''
  t.strictSame(JSON.parse(body), {
    token: integration.token,
    bot: false,
    trigger_word: 'deploy',
    channel_id: 'GENERAL',
    channel_name: 'general',
    message_id: 'm1',
    timestamp: '2026-07-16T00:00:00.000Z',
    user_id: 'guestId',
    user_name: 'guest',
    text: 'deploy now',
    siteUrl: ''
  })
  t.match(request?.headers, { 'content-type': 'application/json', 'user-agent': /^fastify-chat-integrations\/\d/, 'webhook-id': /^msg_\w{22}$/ })
  const { secret = '' } = integration
  const headers = unchecked<Record<string, string>>(request?.headers)
  t.ok(new Webhook(secret).verify(body, headers))
  t.ok(await verify(secret, body, headers['x-hub-signature-256'] ?? ''))
  t.match(host.messenger.posts, [{ as: { _id: 'rocket.cat' }, to: { room: { _id: 'GENERAL' } }, message: { text: 'on it', bot: { i: integration._id } } }])
  t.match(host.reports, [{ outcome: 'delivered', status: 200, messageId: 'm1', webhookId: headers['webhook-id'] }])
  t.match(await host.history(integration._id), [{ step: 'url-response-sent-message', webhookId: headers['webhook-id'] }])
  const looped = { ...said('deploy again'), message: { ...said('deploy again').message, bot: { i: integration._id } } }
  t.strictSame(await host.app.integrations.emit('sendMessage', looped), { deliveries: 0, dropped: 0 }, 'a message of an integration triggers none')
})

test('nothing but the public fields leaves, and no secret is logged', async (t) => {
  const receiver = await httpReceiver(t, (_request, response) => { response.statusCode = 500; response.end('the secret of the receiver') })
  const integration = caller(`${receiver.url.replace('//', '//user:hunter2@')}/hook?key=hidden`, { event: 'fileUploaded' })
  const host = await outgoingHost(t, [integration])
  const secrets = { password: 'pa55word', services: { resume: { loginTokens: ['l0gin'] } }, toJSON: () => 'pa55word' }
  const guarded = <T extends object>(part: T): T => Object.defineProperty(Object.assign(part, secrets), 'e2e', {
    enumerable: true, get: () => t.fail('a field that is not public was read')
  })
  const { room, user, message } = said('the text of a message')
  await host.app.integrations.emit('fileUploaded', { room: guarded(room), user: guarded(user), message: guarded(message) })
  await until('it has failed', () => host.reports.length === 1)
  const everything = JSON.stringify([receiver.received, host.reports, await host.history(integration._id)])
  t.notMatch(everything, /pa55word|l0gin/)
  t.match(receiver.received[0]?.headers, { authorization: /^Basic / })
  const log = host.log()
  for (const secret of ['pa55word', 'l0gin', 'hunter2', integration.token, 'whsec_', 'the text of a message', 'the secret of the receiver']) {
    t.notOk(log.includes(secret), secret)
  }
  t.notMatch(JSON.stringify([host.reports, await host.history(integration._id)]), /hunter2|whsec_/)
})

test('hostile receivers: one entry each, and the next delivery is made', async (t) => {
  const intervals = new Set<NodeJS.Timeout>()
  t.teardown(() => { for (const interval of intervals) clearInterval(interval) })
  const receiver = await httpReceiver(t, ({ path }, response) => {
    switch (path) {
      case '/hangs': break
      case '/drips':
        response.write('{"text":"')
        intervals.add(setInterval(() => response.write('x'), 50))
        break
      case '/endless':
        intervals.add(setInterval(() => response.write('x'.repeat(100_000)), 5))
        break
      case '/closes':
        response.writeHead(500, { 'content-length': '100' }).write('half')
        setTimeout(() => { response.destroy() }, 50)
        break
      case '/redirects': response.writeHead(302, { location: '/fine' }).end(); break
      case '/later': response.writeHead(503, { 'retry-after': '31536000' }).end(); break
      default: response.end()
    }
  })
  const paths = ['hangs', 'drips', 'endless', 'closes', 'redirects', 'later']
  const integrations = paths.map((path) => caller(`${receiver.url}/${path}`, { _id: path, retryFailedCalls: path === 'later', retryCount: 3 }))
  const fine = caller(`${receiver.url}/fine`, { _id: 'fine' })
  const host = await outgoingHost(t, [...integrations, fine], { outgoing: { timeout: 1500, maxResponseBytes: 500_000, allow: ['127.0.0.1:*'] } })
  t.strictSame(await host.app.integrations.emit('sendMessage', said()), { deliveries: 7, dropped: 0 })
  await until('all have come to an end', () => host.reports.length === 7)
  const outcomes = Object.fromEntries(host.reports.map(({ integration: { _id }, outcome, status }) => [_id, [outcome, status]]))
  t.strictSame(outcomes, {
    hangs: ['failed', undefined],
    drips: ['delivered', 200],
    endless: ['delivered', 200],
    closes: ['failed', 500],
    redirects: ['failed', 302],
    later: ['retrying', 503],
    fine: ['delivered', 200]
  })
  for (const path of paths) t.equal((await host.history(path)).length, 1, path)
  const [later] = await host.history('later')
  const wait = Date.parse(later?.nextAttemptAt ?? '') - Date.now()
  t.ok(wait > 23 * 3_600_000 && wait <= 24 * 3_600_000, 'a year is cut to a day')
  t.equal(receiver.received.filter(({ path }) => path === '/fine').length, 1, 'no redirect was followed')
  await host.app.integrations.emit('sendMessage', said())
  await until('the next one is delivered', () => host.reports.filter(({ integration: { _id } }) => _id === 'fine').length === 2)
})

test('addresses that are not public are refused, and the log says what opens them', async (t) => {
  const receiver = await httpReceiver(t)
  const integration = caller(receiver.url)
  const host = await outgoingHost(t, [integration], { outgoing: { allow: [] } })
  await host.app.integrations.emit('sendMessage', said())
  await until('it is refused', () => host.reports.length === 1)
  t.strictSame(receiver.received, [])
  t.match(host.reports, [{ outcome: 'failed', error: /outgoing\.allow/ }])
  t.match(host.log(), /outgoing\.allow/)
})

test('a change takes effect, with a store that is followed and with one that is not', async (t) => {
  const receiver = await httpReceiver(t)
  // The second one has no method follow.
  for (const store of [new MemoryStore(), storeWith({})]) {
    const host = await outgoingHost(t, [], { store })
    const { admin } = members
    const created = await host.app.integrations.create(admin, {
      type: 'webhook-outgoing', name: 'x', enabled: true, event: 'sendMessage', channel: '#general', username: 'rocket.cat', urls: [receiver.url], scriptEnabled: false
    })
    await until('it is known', async () => (await host.app.integrations.emit('sendMessage', said())).deliveries === 1)
    await host.app.integrations.update(admin, { type: 'webhook-outgoing', integrationId: created._id, enabled: false })
    await until('it is off', async () => (await host.app.integrations.emit('sendMessage', said())).deliveries === 0)
    await host.app.close()
  }
})

test('closing: no job is taken, requests may emit, calls under way end, and then events are dropped', async (t) => {
  let answer = (): void => {}
  const receiver = await httpReceiver(t, (_request, response) => { answer = () => { response.end() } })
  const integration = caller(receiver.url)
  const host = await outgoingHost(t, [integration])
  await host.app.integrations.emit('sendMessage', said())
  await until('it is called', () => receiver.received.length === 1)
  const closing = host.app.close()
  setTimeout(() => { answer() }, 100)
  await closing
  t.match(host.reports, [{ outcome: 'delivered' }], 'the call under way was waited for')
  t.strictSame(await host.app.integrations.emit('sendMessage', said()), { deliveries: 0, dropped: 1 })
})

test('closing waits no longer than adapterTimeout for a receiver that hangs', async (t) => {
  const receiver = await httpReceiver(t, () => {})
  const host = await outgoingHost(t, [caller(receiver.url)], { adapterTimeout: 200 })
  await host.app.integrations.emit('sendMessage', said())
  await until('it is called', () => receiver.received.length === 1)
  const begun = performance.now()
  await host.app.close()
  t.ok(performance.now() - begun < 8000, 'sooner than the time of the call')
})

test('outgoing webhooks are off when nothing asks for them', async (t) => {
  for (const options of [{}, { messenger: { post: () => ({ _id: 'm' }) }, outgoing: false as const }]) {
    const app = Fastify()
    t.teardown(() => app.close())
    const store = new MemoryStore()
    store.insert(triggerRecord(), {}, patient)
    await app.register(chatIntegrations, { ...workspace(), store, ...options })
    await app.ready()
    t.strictSame(await app.integrations.emit('sendMessage', said()), { deliveries: 0, dropped: 0 })
  }
})

test('wrong options fail at registration', async (t) => {
  for (const [options, message] of [
    [{ outgoing: { allow: ['10.0.0.0/99'] } }, /outgoing\.allow/],
    [{ outgoing: { allow: [5] } }, /outgoing\.allow/],
    [{ outgoing: { allowed: [] } }, /did you mean 'outgoing\.allow'/],
    [{ outgoing: { timeout: 0 } }, /outgoing\.timeout/],
    [{ outgoing: { allowFor: 'own' } }, /outgoing\.allowFor/],
    [{ outgoing: true }, /outgoing/],
    [{ queue: {} }, /must have a method add/],
    [{ queue: { add () {}, process () {}, close () {} } }, /keyPrefix/],
    [{ queue: { keyPrefix: 'w', add () {}, process () {}, close () {}, pause: 5 } }, /pause/],
    [{ onDelivery: 5 }, /onDelivery/]
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    await t.rejects(async () => await app.register(chatIntegrations, unchecked({ ...workspace(), ...options })), { code: 'FCI_ERR_INVALID_OPTION', message }, JSON.stringify(options))
  }
})

test('twenty workspaces in one process: nothing crosses from one to another', async (t) => {
  const receiver = await httpReceiver(t)
  const app = Fastify()
  t.teardown(() => app.close())
  for (let number = 0; number < 20; number++) {
    await app.register(async (context) => {
      const store = new MemoryStore()
      store.insert(caller(`${receiver.url}/${number}`, { _id: `of-${number}` }), {}, patient)
      await context.register(chatIntegrations, {
        ...workspace(), store, prefix: `/w${number}/api/v1`, messenger: { post: () => ({ _id: 'm' }) }, incoming: false, outgoing: { allow: ['127.0.0.1:*'] }
      })
      context.get(`/say/${number}`, async () => await context.integrations.emit('sendMessage', said(`in ${number}`)))
    })
  }
  await app.ready()
  await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    t.strictSame((await app.inject(`/say/${number}`)).json(), { deliveries: 1, dropped: 0 })
  }))
  await until('all are delivered', () => receiver.received.length === 20)
  for (const { path, body } of receiver.received) t.equal(JSON.parse(body).text, `in ${path.slice(1)}`)
})

test('a second registration of a queue fails, and does the first one no harm', async (t) => {
  const receiver = await httpReceiver(t)
  const queue = new InProcessQueue()
  const host = await outgoingHost(t, [caller(receiver.url)], { queue })
  const second = Fastify()
  await second.register(chatIntegrations, { ...workspace(), queue })
  await t.rejects(async () => { await second.ready() }, { cause: { message: /give each registration a queue of its own/ } })
  await second.close()
  t.strictSame(await host.app.integrations.emit('sendMessage', said()), { deliveries: 1, dropped: 0 })
  await until('it is delivered', () => host.reports.length === 1)
  await host.app.close()
  const third = await outgoingHost(t, [caller(receiver.url)], { queue })
  t.strictSame(await third.app.integrations.emit('sendMessage', said()), { deliveries: 1, dropped: 0 }, 'the queue is free again')
})

test('as many calls of one server run at once as the option says', async (t) => {
  const calls = 100
  const waiting: ServerResponse[] = []
  const receiver = await httpReceiver(t, (_request, response) => {
    waiting.push(response)
    if (waiting.length === calls) for (const one of waiting) one.end()
  })
  const integrations = Array.from({ length: calls }, (_, number) => caller(receiver.url, { _id: `i${number}` }))
  const host = await outgoingHost(t, integrations, { outgoing: { concurrency: calls, allow: ['127.0.0.1:*'], timeout: 60_000 } })
  await host.app.integrations.emit('sendMessage', said())
  await until('all have come to an end', () => host.reports.length === calls)
  t.ok(host.reports.every(({ outcome }) => outcome === 'delivered'))
})
