import { Value } from '@sinclair/typebox/value'
import { test } from 'tap'
import { HookFailureSchema, HookResponsesSchema, HookSuccessSchema } from '../../../../schemas/hooks/answers.ts'
import { PostRefusedError } from '../../../../lib/index.ts'
import type { Behaviours } from '../../../support/chat-messenger.ts'
import { hello, hookHost, hookPath } from '../../../support/hook-host.ts'
import { hookRecord } from '../../../support/ports.ts'

const json = 'application/json; charset=utf-8'
const text = 'text/plain; charset=utf-8'

test('posted: 200 in JSON, the bare word ok, or 204', async (t) => {
  const { send } = await hookHost(t)
  for (const [path, status, type, body] of [
    ['', 200, json, '{"success":true,"ok":true}'],
    ['?wait=true', 200, json, '{"success":true,"ok":true,"messages":[{"channel":"#general","_id":"message-2"}]}'],
    ['/slack', 200, text, 'ok'],
    ['/mattermost', 200, text, 'ok'],
    ['/discord', 204, undefined, '']
  ] as const) {
    const reply = await send(hookPath() + path, hello)
    t.strictSame([reply.statusCode, reply.headers['content-type'], reply.body], [status, type, body], path)
    t.equal(reply.headers['cache-control'], 'no-store')
  }
  const discord = await send(`${hookPath()}/discord?wait=True`, { content: ' hi ' })
  t.match(discord.json(), { id: 'message-6', content: 'hi', channel_id: 'general', timestamp: /^\d{4}-\d\d-\d\dT.*Z$/ })
})

/** Ways to be refused, and the answer in each form. */
const refusals: ReadonlyArray<readonly [what: string, payload: object | string, record: Parameters<typeof hookRecord>[0], behaviours: Behaviours, answers: Readonly<Record<'' | '/slack' | '/mattermost' | '/discord', readonly [status: number, body: RegExp]>>]> = [
  ['a broken body', '{"text":', {}, {}, {
    '': [400, /^\{"success":false,"error":"The body is not valid JSON: look at character 8 \[error-invalid-payload\]","errorType":"error-invalid-payload","details":\{"reason":"broken-json","position":8\}\}$/],
    '/slack': [400, /^invalid_payload$/],
    '/mattermost': [400, /"id":"error-invalid-payload"/],
    '/discord': [400, /^\{"code":50109,/]
  }],
  ['nothing to post', {}, {}, {}, {
    '': [400, /no text, msg, blocks or attachments that can be shown \[error-no-message\]/],
    '/slack': [400, /^no_text$/],
    '/mattermost': [400, /no text or attachments that can be shown/],
    '/discord': [400, /^\{"code":50006,"message":"Cannot send an empty message"\}$/]
  }],
  ['a script', hello, { scriptEnabled: true, script: 'class Script {}' }, {}, {
    '': [400, /"errorType":"error-running-script","details":\{"reason":"no-sandbox"\}/],
    '/slack': [400, /^invalid_payload$/],
    '/mattermost': [400, /"id":"error-running-script"/],
    '/discord': [400, /^\{"code":0,/]
  }],
  ['a room that is gone', hello, { channel: ['#gone'] }, {}, {
    '': [400, /^\{"success":false,"error":"invalid-channel"\}$/],
    '/slack': [404, /^channel_not_found$/],
    '/mattermost': [400, /"id":"invalid-channel"/],
    '/discord': [400, /^\{"code":10003,/]
  }],
  ['an override that is not allowed', { ...hello, channel: '#team' }, {}, {}, {
    '': [400, /^\{"success":false,"error":"overriding destination channel is disabled for this integration"\}$/],
    '/slack': [403, /^action_prohibited$/],
    '/mattermost': [400, /"id":"error-not-allowed","message":"overriding/],
    '/discord': [400, /^\{"code":50013,/]
  }],
  ['a word of the messenger', hello, {}, { post: { '#GENERAL': { refuse: 'error-room-archived' } } }, {
    '': [400, /^\{"success":false,"error":"error-room-archived"\}$/],
    '/slack': [410, /^channel_is_archived$/],
    '/mattermost': [400, /"id":"error-room-archived"/],
    '/discord': [400, /^\{"code":0,"message":"error-room-archived"\}$/]
  }],
  ['a messenger that is away', hello, {}, { post: { '#GENERAL': { fail: new Error('away') } } }, {
    '': [503, /^\{"success":false,"error":"Service Unavailable"\}$/],
    '/slack': [503, /^service_unavailable$/],
    '/mattermost': [503, /"status_code":503/],
    '/discord': [503, /^\{"code":0,"message":"Service Unavailable"\}$/]
  }]
]

test('refused: the words of each profile; what stays wrong is 4xx, and only 503 tells when to come back', async (t) => {
  for (const [what, payload, record, behaviours, answers] of refusals) {
    const { send } = await hookHost(t, { records: [hookRecord(record)], behaviours })
    for (const [path, [status, body]] of Object.entries(answers)) {
      const reply = await send(hookPath() + path, payload)
      t.equal(reply.statusCode, status, what + path)
      t.match(reply.body, body, what + path)
      t.equal(reply.headers['content-type'], path === '/slack' ? text : json)
      t.equal(reply.headers['retry-after'], status === 503 ? '5' : undefined)
      if (path === '') t.ok(Value.Check(HookFailureSchema, reply.json()))
    }
  }
})

test('the answers fit their schemas', async (t) => {
  const { send } = await hookHost(t, { records: [hookRecord({ overrideDestinationChannelEnabled: true })] })
  for (const path of ['', '?wait=true']) t.ok(Value.Check(HookSuccessSchema, (await send(hookPath() + path, hello)).json()))
  for (const [channel, status] of [[['#general', '#nowhere'], 200], [['#nowhere'], 400]] as const) {
    const reply = await send(hookPath(), { ...hello, channel, separateResponse: true })
    t.equal(reply.statusCode, status)
    t.ok(Value.Check(HookResponsesSchema, reply.json()))
  }
})

test('a messenger that hangs is answered 503 within the time of the option, and so are others that hang', async (t) => {
  for (const behaviours of [{ post: { '#GENERAL': 'hang' } }, { check: { '#GENERAL': 'hang' } }] as const) {
    const { send } = await hookHost(t, { behaviours, options: { incoming: { timeout: 100 } } })
    const start = performance.now()
    const reply = await send(hookPath(), hello)
    t.match([reply.statusCode, reply.headers['retry-after']], [503, '5'])
    t.ok(performance.now() - start < 5_000)
  }
})

test('a refusal of another copy of this package, at once and later', async (t) => {
  const other = Object.assign(new Error('refused'), { code: 'FCI_ERR_POST_REFUSED', refusal: 'You_have_been_muted' })
  for (const thrown of [other, new PostRefusedError('You_have_been_muted')]) {
    for (const later of [false, true]) {
      const { send } = await hookHost(t, { behaviours: { check: { '#GENERAL': { fail: thrown } }, later } })
      t.equal((await send(hookPath(), hello)).body, '{"success":false,"error":"You_have_been_muted"}')
    }
  }
})

test('the destinations of a payload need authority: the same answer for what does not exist and for what is forbidden', async (t) => {
  const owned = hookRecord({ overrideDestinationChannelEnabled: true, _createdBy: { _id: 'ownerId', username: 'owner' } })
  const { send, calls, messenger } = await hookHost(t, { records: [owned] })
  t.equal((await send(hookPath(), { ...hello, channel: '#team' })).statusCode, 200)
  const answers = []
  for (const channel of ['#secret', '#nowhere', '@guest', '@nobody']) {
    calls.splice(0)
    const { statusCode, body, headers: { date, ...headers } } = await send(hookPath(), { ...hello, channel })
    answers.push({ statusCode, body, headers, calls: calls.map((call) => call.replace(/secret(Id)?|nowhere|guest(Id)?|nobody/g, 'x')) })
  }
  t.strictSame(answers[0], answers[1])
  t.strictSame(answers[2], answers[3])
  t.match(answers[0], { statusCode: 400, body: '{"success":false,"error":"error-not-allowed"}' })
  t.equal(messenger.posts.length, 1)
  const gone = await hookHost(t, { records: [hookRecord({ overrideDestinationChannelEnabled: true, _createdBy: { _id: 'gone', username: 'gone' } })] })
  t.equal((await gone.send(hookPath(), { ...hello, channel: '#general' })).body, '{"success":false,"error":"error-not-allowed"}')
  t.equal((await gone.send(hookPath(), hello)).statusCode, 200, 'where it always posted, it goes on')
})
