import { test } from 'tap'
import { day, mayPass, nextWait, ownWait } from '../../../../lib/outgoing/delivery/backoff.ts'
import { triggerRecord } from '../../../support/deliverer.ts'

function about (wait: number | undefined, expected: number): boolean {
  return wait !== undefined && wait >= expected * 0.8 && wait <= expected * 1.2
}

test('the waits of each retryDelay', (t) => {
  const waits = {
    'powers-of-ten': [100, 1000, 10_000, 100_000, 1_000_000],
    'powers-of-two': [2000, 4000, 8000, 16_000],
    'increments-of-two': [2000, 4000, 6000, 8000]
  } as const
  for (const [retryDelay, expected] of Object.entries(waits)) {
    const integration = triggerRecord({ retryFailedCalls: true, retryCount: 10, retryDelay: retryDelay as keyof typeof waits })
    expected.forEach((wait, index) => t.ok(about(nextWait(integration, index + 1), wait), `${retryDelay} ${index + 1}`))
  }
  t.end()
})

test('further calls: retryCount of them, and none without retryFailedCalls', (t) => {
  const integration = triggerRecord({ retryFailedCalls: true, retryCount: 2 })
  t.type(nextWait(integration, 1), 'number')
  t.type(nextWait(integration, 2), 'number')
  t.equal(nextWait(integration, 3), undefined)
  t.equal(nextWait(triggerRecord({ retryFailedCalls: true, retryCount: 0 }), 1), undefined)
  t.equal(nextWait(triggerRecord({ retryFailedCalls: false, retryCount: 4 }), 1), undefined)
  t.equal(nextWait(triggerRecord(), 1), undefined)
  t.end()
})

test('Retry-After counts when it is longer, and no wait is longer than a day', (t) => {
  const integration = triggerRecord({ retryFailedCalls: true, retryCount: 10, retryDelay: 'powers-of-two' })
  t.equal(nextWait(integration, 1, 60_000), 60_000)
  t.ok(about(nextWait(integration, 1, 1), 2000))
  t.equal(nextWait(integration, 1, 2 * day), day)
  t.equal(nextWait(triggerRecord({ retryFailedCalls: true, retryCount: 10, retryDelay: 'powers-of-ten' }), 10), day)
  t.end()
})

test('which statuses pass', (t) => {
  t.strictSame([300, 302, 400, 401, 404, 408, 410, 425, 429, 500, 501, 503, 599].filter(mayPass), [408, 425, 429, 500, 501, 503, 599])
  t.end()
})

test('after failures of our own: a second, doubling to a minute', (t) => {
  for (const [failures, wait] of [[1, 1000], [2, 2000], [6, 32_000], [7, 60_000], [2000, 60_000]] as const) t.ok(about(ownWait(failures), wait), String(failures))
  t.end()
})
