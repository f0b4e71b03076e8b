import { test } from 'tap'
import { disabledHook, type Failed, type Outcome, unknownHook } from '../../../../lib/incoming/outcome.ts'
import { discordLook } from '../../../../lib/incoming/profiles/discord.ts'
import { profileNamed, profiles } from '../../../../lib/incoming/profiles/index.ts'

const posted: Outcome = { kind: 'posted', posted: [{ channel: '#a', error: 'x' }, { channel: '#b', _id: 'm' }], text: 'hi', timestamp: '2026-08-01T10:00:00.000Z' }
const text = 'text/plain; charset=utf-8'

function failed (code: string, status: Failed['status'] = 400): Failed {
  return { kind: 'failed', status, code, error: `Reason [${code}]`, retryAfter: 7 }
}

/** Status and body, as one text. */
function answer (profile: string, outcome: Outcome, wait = false): string {
  const found = profileNamed(profile)?.answer(outcome, { wait })
  return `${found?.status} ${found?.body}`
}

test('profiles by name, in any case', async (t) => {
  for (const name of ['', 'slack', 'SLACK', 'Mattermost', 'discord']) t.equal(profileNamed(name)?.name, name.toLowerCase())
  for (const name of ['github', 'constructor', ' ']) t.equal(profileNamed(name), undefined)
})

test('Slack', async (t) => {
  t.strictSame(profileNamed('slack')?.answer(posted, { wait: true }), { status: 200, contentType: text, body: 'ok' })
  t.equal(answer('slack', { kind: 'nothing' }), '200 ok')
  t.equal(answer('slack', { kind: 'script-response', response: { a: 1 }, posted }), '200 ok')
  t.equal(answer('slack', { kind: 'script-error', error: 'x' }), '400 invalid_payload')
  t.equal(answer('slack', { ...posted, kind: 'separate' }), '200 ok')
  t.equal(answer('slack', { ...posted, kind: 'separate', posted: [{ channel: '#a', error: 'invalid-channel' }] }), '404 channel_not_found')
  t.equal(answer('slack', { ...posted, kind: 'separate', posted: [] }), '403 action_prohibited')
  for (const [outcome, expected] of [
    [failed('error-invalid-payload'), '400 invalid_payload'],
    [failed('error-no-message'), '400 no_text'],
    [failed('error-running-script'), '400 invalid_payload'],
    [failed('error-message-size-exceeded'), '400 invalid_payload'],
    [failed('error-not-allowed'), '403 action_prohibited'],
    [failed('overriding destination channel is disabled for this integration'), '403 action_prohibited'],
    [failed('room_is_blocked'), '403 action_prohibited'],
    [failed('error-invalid-channel'), '404 channel_not_found'],
    [failed('error-invalid-user'), '404 no_service'],
    [failed('error-room-archived'), '410 channel_is_archived'],
    [failed('error-too-many-requests', 429), '429 rate_limited'],
    [failed('error-unavailable', 503), '503 service_unavailable'],
    [failed('error-internal', 500), '500 service_unavailable'],
    [failed('error-body-too-large', 413), '413 invalid_payload'],
    [failed('error-unsupported-encoding', 415), '415 invalid_payload'],
    [failed('error-body-too-slow', 408), '408 invalid_payload'],
    [failed('error-method-not-allowed', 405), '405 invalid_payload'],
    [unknownHook(), '404 no_service'],
    [disabledHook(), '404 no_service']
  ] as const) t.equal(answer('slack', outcome), expected, outcome.code)
})

test('Mattermost', async (t) => {
  t.strictSame(profileNamed('mattermost')?.answer(posted, { wait: false }), { status: 200, contentType: text, body: 'ok' })
  t.equal(answer('mattermost', { kind: 'nothing' }), '200 ok')
  t.equal(answer('mattermost', failed('error-no-message')), '400 {"id":"error-no-message","message":"Reason [error-no-message]","status_code":400}')
  t.equal(answer('mattermost', { kind: 'script-error', error: { message: 'm' } }), '400 {"id":"error-running-script","message":"m","status_code":400}')
  t.equal(answer('mattermost', { ...posted, kind: 'separate', posted: [{ channel: '#a', error: 'invalid-channel' }] }), '400 {"id":"invalid-channel","message":"invalid-channel","status_code":400}')
  t.equal(answer('mattermost', failed('error-internal', 500)), '500 {"id":"error-internal","message":"Reason [error-internal]","status_code":500}')
  t.equal(answer('mattermost', unknownHook()), '404 {"id":"error-invalid-hook","message":"Invalid integration id or token provided.","status_code":404}')
})

test('Discord', async (t) => {
  t.strictSame(profileNamed('discord')?.answer(posted, { wait: false }), { status: 204, contentType: undefined, body: '' })
  t.equal(answer('discord', posted, true), '200 {"id":"m","content":"hi","channel_id":"b","timestamp":"2026-08-01T10:00:00.000Z"}')
  t.equal(answer('discord', { ...posted, kind: 'separate' }, true), '200 {"id":"m","content":"hi","channel_id":"b","timestamp":"2026-08-01T10:00:00.000Z"}')
  t.equal(answer('discord', { kind: 'nothing' }, true), '204 ')
  for (const [outcome, expected] of [
    [failed('error-no-message'), '400 {"code":50006,"message":"Cannot send an empty message"}'],
    [failed('error-invalid-payload'), '400 {"code":50109,"message":"Reason [error-invalid-payload]"}'],
    [failed('error-message-size-exceeded'), '400 {"code":50035,"message":"Invalid Form Body"}'],
    [failed('invalid-channel'), '400 {"code":10003,"message":"Unknown Channel"}'],
    [failed('error-not-allowed'), '400 {"code":50013,"message":"Missing Permissions"}'],
    [failed('room_is_blocked'), '400 {"code":0,"message":"Reason [room_is_blocked]"}'],
    [failed('error-too-many-requests', 429), '429 {"message":"You are being rate limited.","retry_after":7,"global":false,"code":0}'],
    [failed('error-internal', 500), '500 {"code":0,"message":"Reason [error-internal]"}'],
    [failed('error-body-too-large', 413), '413 {"code":0,"message":"Reason [error-body-too-large]"}'],
    [failed('UNAUTHORIZED', 401), '401 {"code":0,"message":"Reason [UNAUTHORIZED]"}'],
    [disabledHook(), '503 {"code":0,"message":"Service Unavailable"}'],
    [unknownHook(), '404 {"code":10015,"message":"Unknown Webhook"}']
  ] as const) t.equal(answer('discord', outcome), expected)
  t.equal(answer('discord', { kind: 'script-error', error: 'x' }), '400 {"code":50035,"message":"x"}')
  t.strictSame(JSON.parse(discordLook({ _id: 'i', name: 'n', channelId: 'r' }).body), { id: 'i', name: 'n', channel_id: 'r', type: 1 })
})

test('embeds as attachments', async (t) => {
  const toPayload = profileNamed('discord')?.toPayload
  t.match(toPayload?.({ content: ' ', text: 'a', attachments: [1] }), { text: 'a', attachments: [1] }, 'fields of 4.3 count where there are none of Discord')
  t.match(toPayload?.({ content: 'c', text: 'a', attachments: [{ id: 0 }] }), { text: 'c', attachments: undefined })
  t.match(toPayload?.({ embeds: { title: 'one' } }), { attachments: { title: 'one' } })
  t.match(toPayload?.({ embeds: [5, { color: '255', fields: { name: 'a', value: 1, inline: true }, author: 5 }, { color: 0 }, { color: 1e9 }, { color: 'red' }, { color: -1 }] }), {
    attachments: [5, { color: '#0000ff', fields: { title: 'a', value: 1, short: true }, author_name: undefined }, { color: '#000000' }, { color: undefined }, { color: 'red' }, { color: undefined }]
  })
  const polluting = toPayload?.(JSON.parse('{"content":"a","__proto__":{"text":"b"}}'))
  t.equal(Object.getPrototypeOf(polluting), null)
})

test('of many names, embeds and fields, only those are translated that a message can have', async (t) => {
  const toPayload = profileNamed('discord')?.toPayload
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`k${index}`, 1]))
  const embed = { fields: Array.from({ length: 5000 }, () => ({ name: 'a', value: 1 })) }
  const payload = toPayload?.({ content: 'a', ...many, embeds: Array.from({ length: 5000 }, () => embed) }) ?? {}
  t.strictSame(Object.keys(payload).sort(), ['attachments', 'text'])
  const { attachments } = payload
  // One more than a message can have, so that the message notes it.
  if (!Array.isArray(attachments)) throw t.fail('attachments')
  t.equal(attachments.length, 101)
  t.equal(attachments[0].fields.length, 101)
})

test('a refusal of each profile names its own fields', async (t) => {
  t.strictSame(profiles.map(({ name, fieldNames }) => [name, fieldNames[0]]), [['', 'text'], ['slack', 'text'], ['mattermost', 'text'], ['discord', 'content']])
})
