import { test } from 'tap'
import { disabledHook, type Failed, failedBy, type Outcome, unknownHook } from '../../../../lib/incoming/outcome.ts'
import { defaultAnswer } from '../../../../lib/incoming/profiles/default.ts'
import { invalidPayload } from '../../../../lib/incoming/refusal.ts'

const json = 'application/json; charset=utf-8'
const posted: Outcome = { kind: 'posted', posted: [{ channel: '#a', _id: 'm' }, { channel: '#b', error: 'room_is_blocked' }], text: 'x', timestamp: 't' }

function bodyOf (outcome: Outcome, wait = false): string {
  return defaultAnswer(outcome, { wait }).body
}

test('posted, or nothing to post', async (t) => {
  t.strictSame(defaultAnswer(posted, { wait: false }), { status: 200, contentType: json, body: '{"success":true,"ok":true}' })
  t.equal(bodyOf(posted, true), '{"success":true,"ok":true,"messages":[{"channel":"#a","_id":"m"},{"channel":"#b","error":"room_is_blocked"}]}')
  t.equal(bodyOf({ kind: 'nothing' }), '{"success":true,"ok":true}')
  t.equal(bodyOf({ kind: 'nothing' }, true), '{"success":true,"ok":true,"messages":[]}')
})

test('separate responses', async (t) => {
  t.strictSame(defaultAnswer({ ...posted, kind: 'separate' }, { wait: false }), {
    status: 200,
    contentType: json,
    body: '{"responses":[{"channel":"#a","message":{"_id":"m"}},{"channel":"#b","error":"room_is_blocked"}],"success":true}'
  })
  t.strictSame(defaultAnswer({ ...posted, kind: 'separate', posted: [{ channel: '#b', error: 'invalid-channel' }] }, { wait: false }), {
    status: 400,
    contentType: json,
    body: '{"responses":[{"channel":"#b","error":"invalid-channel"}],"success":false,"error":"invalid-channel"}'
  })
})

test('answers of a script', async (t) => {
  const response = (value: unknown): string => bodyOf({ kind: 'script-response', response: value, posted })
  t.equal(response({ a: 1 }), '{"a":1,"success":true,"ok":true}')
  t.equal(response({ success: false, ok: 'no', a: 1 }), '{"success":true,"ok":"no","a":1}')
  t.equal(response([1]), '{"success":true,"ok":true}')
  t.equal(response(JSON.parse('{"__proto__":{"a":1}}')), '{"__proto__":{"a":1},"success":true,"ok":true}')
  t.strictSame(defaultAnswer({ kind: 'script-response', response: 'pong', posted }, { wait: false }), { status: 200, contentType: 'text/plain; charset=utf-8', body: 'pong' })

  const error = (value: unknown): string => bodyOf({ kind: 'script-error', error: value })
  t.equal(error('no'), '{"success":false,"error":"no"}')
  t.equal(error({ success: true, message: 'unknown event' }), '{"success":false,"message":"unknown event","error":"unknown event"}')
  t.equal(error({ error: 'e', message: 'm', x: 1 }), '{"error":"e","message":"m","x":1,"success":false}')
  for (const odd of [undefined, null, 5, '', {}, { message: 5 }, []]) t.match(JSON.parse(error(odd)), { success: false, error: /refused the request\.$/ })
  t.equal(defaultAnswer({ kind: 'script-error', error: 'no' }, { wait: false }).status, 400)
})

test('failures: the words of the contract', async (t) => {
  t.strictSame(defaultAnswer(unknownHook(), { wait: false }), { status: 404, contentType: json, body: '{"success":false,"error":"Invalid integration id or token provided."}' })
  t.strictSame(defaultAnswer(disabledHook(), { wait: false }), { status: 503, contentType: json, body: '{"success":false,"error":"Service Unavailable"}' })
  const refused: Failed = { kind: 'failed', status: 400, code: 'You_have_been_muted', error: 'You_have_been_muted', details: { a: 1 } }
  t.equal(bodyOf(refused), '{"success":false,"error":"You_have_been_muted"}', 'a word of the messenger stands alone')
  t.strictSame(JSON.parse(bodyOf(failedBy(invalidPayload('broken-json', 'The body is not valid JSON: look at character 5', 5)))), {
    success: false,
    error: 'The body is not valid JSON: look at character 5 [error-invalid-payload]',
    errorType: 'error-invalid-payload',
    details: { reason: 'broken-json', position: 5 }
  })
})
