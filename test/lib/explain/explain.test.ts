import Fastify from 'fastify'
import { type Test, test } from 'tap'
import { Value } from '@sinclair/typebox/value'
import chatIntegrations, { type Explain, type Explanation, type Integration, type IntegrationsOptions, MemoryHistory, MemoryStore, type User } from '../../../lib/index.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { ExplanationSchema } from '../../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../../support/bodies.ts'
import { chatMessenger } from '../../support/chat-messenger.ts'
import { triggerRecord } from '../../support/deliverer.ts'
import { patient } from '../../support/integrations.ts'
import { httpReceiver } from '../../support/outgoing-host.ts'
import { hookRecord } from '../../support/ports.ts'
import { unchecked } from '../../support/unchecked.ts'
import { credentials, members, workspace } from '../../support/workspace.ts'

/** A host whose explanations are asked for over HTTP. */
async function host (t: Test, records: readonly Integration[], options: Partial<IntegrationsOptions> = {}) {
  const app = Fastify()
  t.teardown(() => app.close())
  const [store, history, messenger] = [new MemoryStore(), new MemoryHistory(), chatMessenger()]
  for (const record of records) store.insert(record, {}, patient)
  await app.register(chatIntegrations, {
    ...workspace(), messenger, store, history, sandbox: new ScriptSandbox(), outgoing: { allow: ['127.0.0.1:*'], siteUrl: 'https://chat.example' }, ...options
  })
  const send = async (payload: object, user: User = members.admin) => {
    const reply = await app.inject({ method: 'POST', url: '/api/v1/integrations.explain', headers: credentials(user), payload })
    return { status: reply.statusCode, body: unchecked<Record<string, unknown>>(reply.json()) }
  }
  return {
    app,
    messenger,
    store,
    history,
    send,
    explain: async (asked: Explain, user?: User): Promise<Explanation> => {
      const { status, body } = await send(asked, user)
      if (status !== 200) throw new Error(JSON.stringify(body))
      Value.Assert(ExplanationSchema, body['explanation'])
      return body['explanation']
    }
  }
}

const scripted = hookRecord({
  scriptEnabled: true,
  script: `class Script {
    process_incoming_request ({ request }) {
      console.log('event', request.headers['x-event'])
      if (request.content.kind === 'odd') return { error: 'odd' }
      if (request.content.kind === 'none') return
      if (request.content.kind === 'broken') throw new TypeError('boom')
      Store.set('n', (Store.get('n') || 0) + 1)
      return { content: { text: request.content.a + ' ' + (request.url.query.q || '') + ' ' + Store.get('n') } }
    }
  }`
})

test('a request to an incoming webhook: everything up to the message and the answer, and nothing happens', async (t) => {
  const { explain, messenger, history, app } = await host(t, [scripted])
  const asked = { integrationId: scripted._id, payload: { a: 'hi' }, headers: { 'X-Event': 'push' }, query: { q: 'x y' } }
  for (let round = 0; round < 2; round++) {
    t.strictSame(await explain(asked), {
      type: 'webhook-incoming',
      step: 'sent-message',
      messages: [{ channel: '#general', as: scripted.username, message: { text: 'hi x y 1', parseUrls: true, groupable: false, bot: { i: scripted._id } } }],
      script: [{ method: 'process_incoming_request', result: { content: { text: 'hi x y 1' } }, console: [{ level: 'log', text: 'event push' }] }],
      data: { a: 'hi' },
      answer: { status: 200, body: '{"success":true,"ok":true}' },
      notes: []
    })
  }
  t.equal(messenger.posts.length, 0)
  t.strictSame(messenger.asked, ['check #GENERAL', 'check #GENERAL'], 'the chat is asked whether the message may be posted')
  t.equal(history.list(scripted._id, { offset: 0, count: 9 }).total, 0)
  await app.integrations.execute(scripted._id, { a: 'real' })
  t.match(await explain(asked), { messages: [{ message: { text: 'hi x y 2' } }] }, 'it begins with the values of the real runs')
})

test('where a request stops, and why', async (t) => {
  const { explain } = await host(t, [scripted])
  const of = async (asked: Explain) => await explain({ integrationId: scripted._id, ...asked })
  t.match(await of({ payload: { kind: 'odd' } }), { step: 'run-script', error: /refused/, messages: [], answer: { status: 400, body: '{"success":false,"error":"odd"}' } })
  t.match(await of({ payload: { kind: 'none' } }), { step: 'run-script', error: undefined, answer: { status: 200 }, notes: [/nothing to be posted/] })
  t.match(await of({ payload: { kind: 'broken' } }), { step: 'run-script', error: /threw: TypeError: boom \(line 6, column \d+\)/, script: [{ error: /boom/ }], answer: { status: 400 } })
  t.match(await of({ body: '{"a":' }), { step: 'read-body', error: /error-invalid-payload/, answer: { status: 400 } })
  t.match(await of({ body: 'a=1&kind=none', headers: { 'content-type': 'application/x-www-form-urlencoded' } }), { data: { a: '1', kind: 'none' } })
})

test('a draft is explained as a create would make it', async (t) => {
  const { explain, send, store } = await host(t, [])
  t.match(await explain({ integration: incomingBody, payload: { text: 'hi' } }), { step: 'sent-message', messages: [{ channel: '#general', message: { text: 'hi' } }] })
  t.match(await explain({ integration: { ...incomingBody, enabled: false }, payload: { text: 'hi' } }), { step: 'sent-message', notes: [/switched off/] })
  t.match(await store.list({ scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 9 }), { total: 0 })
  t.match(await send({ integration: { ...incomingBody, channel: '#nowhere' } }), { status: 400, body: { errorType: 'error-invalid-room' } })
  t.match(await send({ integration: { ...incomingBody, name: 5 } }), { status: 400, body: { errorType: 'invalid-params' } })
  t.match(await send({ integration: incomingBody }, members.guest), { status: 400, body: { errorType: 'not_authorized' } })
})

test('an event for an outgoing webhook: trigger, script, request and answer', async (t) => {
  const receiver = await httpReceiver(t)
  const outgoing = triggerRecord({
    urls: [`${receiver.url}/a`, 'http://127.0.0.2:1/b', 'not a url'],
    triggerWords: ['!go', 'deploy'],
    scriptEnabled: true,
    script: `class Script {
      prepare_outgoing_request ({ request }) { return { ...request, message: 'soon', method: 'PUT', headers: { 'X-A': 'b' }, data: { q: request.data.text } } }
      process_outgoing_response ({ response }) { return { content: { text: 'got ' + response.content.x } } }
    }`
  })
  const { explain, messenger, history } = await host(t, [outgoing])
  const explained = await explain({ integrationId: outgoing._id, text: 'deploy now' })
  t.match(explained, {
    type: 'webhook-outgoing',
    triggers: true,
    triggerWord: 'deploy',
    deliveries: [
      {
        url: `${receiver.url}/a`,
        step: 'before-http-call',
        error: undefined,
        messages: [{ channel: '#general', message: { text: 'soon' } }],
        request: { method: 'PUT', url: `${receiver.url}/a`, headers: { 'x-a': 'b', 'webhook-signature': undefined }, body: '{"q":"deploy now"}' },
        script: [{ method: 'prepare_outgoing_request', result: { method: 'PUT' } }],
        notes: []
      },
      { url: 'http://127.0.0.2:1/b', step: 'failed-for-good', error: /outgoing\.allow/ },
      { url: 'not a url', error: /URL cannot be read/, request: undefined }
    ]
  })
  const [first] = explained.type === 'webhook-outgoing' ? explained.deliveries : []
  t.strictSame([first?.script.map(({ method }) => method), first?.messages.length], [['prepare_outgoing_request'], 1], 'nothing is made up of an answer that was not given')
  t.match(await explain({ integrationId: outgoing._id, text: 'deploy', answer: { status: 200, headers: { 'Content-Type': 'application/json' }, body: '{"x":7}' } }), {
    deliveries: [{ step: 'url-response-sent-message', messages: [{ message: { text: 'soon' } }, { message: { text: 'got 7' } }] }, {}, {}]
  })
  t.strictSame([receiver.received, messenger.posts, history.list(outgoing._id, { offset: 0, count: 9 }).total], [[], [], 0])
})

test('why an event triggers nothing', async (t) => {
  const outgoing = triggerRecord({ triggerWords: ['!go'] })
  const { explain, send } = await host(t, [outgoing])
  const data = { room: { _id: 'GENERAL', name: 'general', type: 'c' }, user: { _id: 'guestId', username: 'guest' }, message: { _id: 'm', text: '!go', timestamp: '2026-07-16T09:30:00.000Z' } }
  const of = async (event: string, changed: object) => await explain({ integrationId: outgoing._id, event, data: { ...data, ...changed } })
  t.match(await of('sendMessage', {}), { triggers: true })
  t.match(await of('fileUploaded', {}), { triggers: false, reason: /waits for sendMessage/, deliveries: [] })
  t.match(await of('sendMessage', { message: { ...data.message, text: 'go' } }), { reason: /none of the trigger words/ })
  t.match(await of('sendMessage', { room: { _id: 'other', name: 'other', type: 'c' } }), { reason: /does not listen in this room/ })
  t.match(await of('sendMessage', { message: { ...data.message, editedAt: '2026-07-16T09:31:00.000Z' } }), { reason: /runOnEdits/ })
  t.match(await of('sendMessage', { message: { ...data.message, bot: { i: 'x' } } }), { reason: /of an integration/ })
  for (const wrong of [{}, { event: 'sendMessage' }, { event: 'sendMessage', data: {} }, { event: 'other', data }]) {
    t.match(await send({ integrationId: outgoing._id, ...wrong }), { status: 400, body: { errorType: 'invalid-params' } }, JSON.stringify(wrong))
  }
})

test('a text is a message where the integration listens first', async (t) => {
  for (const [channel, room] of [
    [['all_public_channels'], { channel_id: 'explained' }],
    [['all_direct_messages'], { channel_id: 'explained' }],
    [['@guest'], { channel_id: 'explained' }],
    [['#team'], { channel_id: 'teamId', channel_name: 'team' }]
  ] as const) {
    const outgoing = triggerRecord({ channel: [...channel], urls: ['http://127.0.0.1:9/'] })
    const { explain } = await host(t, [outgoing])
    const explained = await explain({ integrationId: outgoing._id, text: 'hi' })
    t.match(explained, { triggers: true, deliveries: [{ step: 'before-http-call' }] }, channel[0])
    const body: unknown = explained.type === 'webhook-outgoing' ? JSON.parse(explained.deliveries[0]?.request?.body ?? '') : undefined
    t.match(body, { ...room, text: 'hi', user_name: members.admin.username, siteUrl: 'https://chat.example' }, channel[0])
  }
})

test('permissions are those of an update', async (t) => {
  const mine = hookRecord({ _id: 'mine', _createdBy: { _id: members.owner._id, username: members.owner.username } })
  const other = hookRecord({ _id: 'other' })
  const { send } = await host(t, [mine, other])
  const statusOf = async (integrationId: string, user: User) => {
    const { status, body } = await send({ integrationId, payload: { text: 'a' } }, user)
    return `${status} ${String(body['errorType'])}`
  }
  t.equal(await statusOf('mine', members.owner), '200 undefined')
  t.equal(await statusOf('other', members.owner), '400 undefined', 'No integration found.')
  t.equal(await statusOf('nowhere', members.admin), '400 undefined')
  t.equal(await statusOf('mine', members.guest), '400 not_authorized')
  t.match(await send({ payload: {} }), { status: 400, body: { errorType: 'invalid-params', error: /integrationId/ } })
  t.match(await send({ integrationId: 'mine', integration: incomingBody }), { status: 400, body: { errorType: 'invalid-params' } })
  t.match(await send({ integrationID: 'mine' }), { status: 400, body: { error: /did you mean 'integrationId'/ } })
})

test('a server without one direction says so', async (t) => {
  const { send } = await host(t, [hookRecord(), triggerRecord()], { messenger: null, sandbox: null, outgoing: {} })
  t.match(await send({ integrationId: hookRecord()._id, payload: {} }), { body: { errorType: 'error-incoming-disabled' } })
  const silent = await host(t, [triggerRecord()], { outgoing: false })
  t.match(await silent.send({ integrationId: triggerRecord()._id, text: 'a' }), { body: { errorType: 'error-outgoing-disabled' } })
})

test("the host's own code asks with a user", async (t) => {
  const { app } = await host(t, [hookRecord()])
  t.match(await app.integrations.explain(members.admin, { integration: outgoingBody, text: 'a' }), { type: 'webhook-outgoing' })
  t.match(await app.inject({ method: 'GET', url: '/api/v1/integrations.explain', headers: credentials(members.admin) }), { statusCode: 405, headers: { allow: 'POST' } })
})

test('an outgoing webhook that is switched off is explained as if it were on', async (t) => {
  const outgoing = triggerRecord({ enabled: false, urls: ['http://127.0.0.1:9/'] })
  const { explain } = await host(t, [outgoing])
  t.match(await explain({ integrationId: outgoing._id, text: 'hi' }), {
    triggers: true, deliveries: [{ step: 'before-http-call', error: undefined, request: { method: 'POST' } }], notes: [/public/, /switched off/]
  })
})

test('all deliveries together take no longer than one request', async (t) => {
  const { directory } = workspace()
  const outgoing = triggerRecord({
    urls: Array.from({ length: 20 }, (_, number) => `http://127.0.0.1:9/${number}`),
    scriptEnabled: true,
    script: 'class Script { prepare_outgoing_request ({ request }) { return { ...request, message: "soon" } } }'
  })
  let isAway = false
  const { explain, send } = await host(t, [outgoing], {
    adapterTimeout: 500,
    directory: { ...directory, findRoom: (key) => (isAway ? new Promise(() => {}) : directory.findRoom(key)) }
  })
  const { room, user, message } = { room: { _id: 'GENERAL', name: 'general', type: 'c' }, user: { _id: 'guestId', username: 'guest' }, message: { _id: 'm', text: 'a', timestamp: '2026-07-16T09:30:00.000Z' } }
  const asked = { integrationId: outgoing._id, event: 'sendMessage', data: { room, user, message } }
  t.match(await explain(asked), { deliveries: [{ messages: [{ channel: '#general' }] }] })
  isAway = true
  const begun = performance.now()
  const { status, body } = await send(asked)
  t.equal(status, 200)
  t.match(body, { explanation: { deliveries: Array.from({ length: 20 }, () => ({ error: /^error-service-unavailable/ })) } })
  // One budget for each delivery takes ten seconds.
  t.ok(performance.now() - begun < 5000)
})

test('an explanation is not much larger than one delivery', async (t) => {
  const outgoing = triggerRecord({
    urls: Array.from({ length: 20 }, (_, number) => `http://127.0.0.1:9/${number}`),
    scriptEnabled: true,
    script: 'class Script { prepare_outgoing_request ({ request }) { return { ...request, data: "x".repeat(200000), message: { text: "soon" } } } }'
  })
  const { explain } = await host(t, [outgoing])
  const explained = await explain({ integrationId: outgoing._id, text: 'hi' })
  const [first, ...others] = explained.type === 'webhook-outgoing' ? explained.deliveries : []
  t.match(first, { request: { body: /^x+$/ }, script: [{ result: { method: 'POST' } }], messages: [{ message: { text: 'soon' } }] })
  t.equal(others.length, 19)
  t.match(others.at(-1), {
    step: 'before-http-call',
    request: undefined,
    script: [{ method: 'prepare_outgoing_request', result: undefined }],
    messages: [{ channel: '#general', message: undefined }],
    notes: [/too large/]
  })
  t.ok(JSON.stringify(explained).length < 3 * 1024 * 1024)
})

test('a room that a text is written in is taken for a public one, and the explanation says so', async (t) => {
  const outgoing = triggerRecord({ channel: ['#secret'], urls: ['http://127.0.0.1:9/'] })
  const { explain } = await host(t, [outgoing])
  t.match(await explain({ integrationId: outgoing._id, text: 'hi' }), { notes: [/taken for a public one/] })
  const scoped = triggerRecord({ _id: 'scoped', channel: ['all_private_groups'], urls: ['http://127.0.0.1:9/'] })
  t.strictSame((await (await host(t, [scoped])).explain({ integrationId: 'scoped', text: 'hi' })).notes, [])
})
