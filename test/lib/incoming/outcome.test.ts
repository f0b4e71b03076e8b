import { test } from 'tap'
import {
  asOne, disabledHook, failedBy, firstError, jsonAnswer, refused, scriptFailed, scriptSentence, stillUnderWay, textAnswer, tooManyRequests, unavailable, unknownHook
} from '../../../lib/incoming/outcome.ts'
import { invalidPayload, noMessage } from '../../../lib/incoming/refusal.ts'

test('the failures before and after the body', async (t) => {
  t.strictSame(unknownHook(), { kind: 'failed', status: 404, code: 'error-invalid-hook', error: 'Invalid integration id or token provided.' })
  t.strictSame(disabledHook(), { kind: 'failed', status: 503, code: 'error-integration-disabled', error: 'Service Unavailable' })
  const cause = new Error('away')
  t.strictSame(unavailable(cause), { kind: 'failed', status: 503, code: 'error-service-unavailable', error: 'Service Unavailable', retryAfter: 5, cause })
  t.match(stillUnderWay(), { status: 503, code: 'error-delivery-under-way', error: /\[error-delivery-under-way\]$/, retryAfter: 1 })
  t.strictSame(refused('room_is_blocked'), { kind: 'failed', status: 400, code: 'room_is_blocked', error: 'room_is_blocked' })
  t.strictSame(refused('error-not-allowed', 'a sentence'), { kind: 'failed', status: 400, code: 'error-not-allowed', error: 'a sentence' })
  t.match(scriptFailed('no-sandbox'), { status: 400, code: 'error-running-script', details: { reason: 'no-sandbox' } })
  t.match(failedBy(invalidPayload('broken-json', 'A sentence', 5)), { status: 400, code: 'error-invalid-payload', error: 'A sentence [error-invalid-payload]', details: { reason: 'broken-json', position: 5 } })
  t.match(failedBy(noMessage(['text', 'msg'], [])), { status: 400, code: 'error-no-message', error: /no text or msg that can be shown \[error-no-message\]$/ })
})

test('Retry-After is whole seconds, and never less than the wait', async (t) => {
  for (const [wait, seconds] of [[0.1, 1], [1, 1], [999, 1], [1_000, 1], [1_001, 2], [60_000, 60]] as const) {
    t.match(tooManyRequests(wait), { status: 429, code: 'error-too-many-requests', error: `Too many requests. Send the next one in ${seconds} s [error-too-many-requests]`, retryAfter: seconds })
  }
})

test('separate destinations as if they were one', async (t) => {
  const rest = { kind: 'separate', text: 'a', timestamp: 't' } as const
  t.strictSame(asOne({ ...rest, posted: [{ channel: '#a', error: 'x' }, { channel: '#b', _id: 'm' }] }), { ...rest, kind: 'posted', posted: [{ channel: '#a', error: 'x' }, { channel: '#b', _id: 'm' }] })
  t.strictSame(asOne({ ...rest, posted: [{ channel: '#a', error: 'x' }, { channel: '#b', error: 'y' }] }), { kind: 'failed', status: 400, code: 'x', error: 'x' })
  t.match(asOne({ ...rest, posted: [] }), { status: 400, code: 'unknown-error' })
  t.equal(firstError([{ channel: '#b', _id: 'm' }, { channel: '#a', error: 'x' }]), 'x')
})

test('the sentence of a script', async (t) => {
  for (const [error, sentence] of [['no', 'no'], [{ error: 'e', message: 'm' }, 'e'], [{ error: ' ', message: 'm' }, 'm'], [{ error: 5 }, /refused the request\.$/], [null, /refused/], [' ', /refused/]] as const) {
    t.match(scriptSentence(error), sentence)
  }
})

test('answers', async (t) => {
  t.strictSame(jsonAnswer(200, { a: 'é' }), { status: 200, contentType: 'application/json; charset=utf-8', body: '{"a":"é"}' })
  t.strictSame(textAnswer(200, 'ok'), { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' })
})
