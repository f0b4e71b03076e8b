import { test } from 'tap'
import { BodyError, unreadable } from '../../../../lib/routes/hooks/body.ts'
import { failureOf } from '../../../../lib/routes/hooks/failure.ts'
import { refused } from '../../../../lib/incoming/outcome.ts'

test('the failure that an error stands for', async (t) => {
  const failed = refused('x')
  t.equal(failureOf(new BodyError(failed)), failed)
  for (const code of ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'FST_ERR_CTP_BODY_TOO_LARGE']) t.equal(failureOf(Object.assign(new Error('x'), { code, statusCode: 415 })), unreadable)
  t.strictSame(failureOf(Object.assign(new Error('Slow down'), { statusCode: 429, code: 'TOO_MANY' })), { kind: 'failed', status: 429, code: 'TOO_MANY', error: 'Slow down' })
  t.strictSame(failureOf({ statusCode: 400, code: 5, message: 6 }), { kind: 'failed', status: 400, code: 'error-refused', error: 'The request was refused' })
  const shed = Object.assign(new Error('secret'), { statusCode: 503 })
  t.match(failureOf(shed), { status: 503, code: 'error-service-unavailable', error: 'Service Unavailable', retryAfter: 5, cause: shed })
  for (const error of [new Error('secret'), Object.assign(new Error('secret'), { statusCode: 502 }), { statusCode: 200 }, { statusCode: '404' }, 'secret', undefined, null]) {
    t.strictSame(failureOf(error), { kind: 'failed', status: 500, code: 'error-internal', error: 'Internal server error', cause: error })
  }
})
