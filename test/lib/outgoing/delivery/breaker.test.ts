import { test } from 'tap'
import { Breaker } from '../../../../lib/outgoing/delivery/breaker.ts'

function failing (times: number, now = 0): Breaker {
  const breaker = new Breaker()
  for (let time = 0; time < times; time++) {
    breaker.enter(now)
    breaker.failed(now)
  }
  return breaker
}

test('ten failures in a row pause a receiver, nine do not', (t) => {
  t.equal(failing(9).enter(0), undefined)
  const breaker = failing(9)
  breaker.succeeded()
  breaker.failed(0)
  t.equal(breaker.enter(0), undefined, 'only those in a row count')
  const paused = failing(10)
  t.equal(paused.pausedSince, 0)
  const wait = paused.enter(0) ?? 0
  t.ok(wait >= 30_000 && wait < 32_000, String(wait))
  t.end()
})

test('after the pause one delivery tries, and the others wait', (t) => {
  const breaker = failing(10)
  t.equal(breaker.enter(30_000), undefined)
  t.ok((breaker.enter(30_000) ?? 0) > 0, 'one at a time')
  breaker.succeeded()
  t.equal(breaker.enter(30_000), undefined)
  t.equal(breaker.pausedSince, undefined)
  t.ok(breaker.isCalm)
  t.end()
})

test('the pause doubles up to ten minutes, and begins anew after a success', (t) => {
  const breaker = failing(10)
  let now = 30_000
  for (const pause of [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]) {
    t.equal(breaker.enter(now), undefined)
    breaker.failed(now)
    const wait = breaker.enter(now) ?? 0
    t.ok(wait >= pause && wait < pause + 1500, `${wait} for ${pause}`)
    now += pause
  }
  t.equal(breaker.pausedSince, 0, 'since the first pause')
  t.equal(breaker.enter(now), undefined)
  breaker.succeeded()
  for (let time = 0; time < 10; time++) breaker.failed(now)
  t.ok((breaker.enter(now) ?? 0) < 32_000)
  t.end()
})

test('calls that were under way when the pause began do not make it longer', (t) => {
  const breaker = failing(10)
  for (let call = 0; call < 5; call++) breaker.failed(0)
  t.ok((breaker.enter(0) ?? 0) < 32_000)
  t.end()
})

test('a call that tells nothing lets the next one try', (t) => {
  const breaker = failing(10)
  t.equal(breaker.enter(30_000), undefined)
  breaker.unknown()
  t.equal(breaker.enter(30_000), undefined)
  t.end()
})

test('a receiver that is gone is paused at once, for ten minutes', (t) => {
  const breaker = new Breaker()
  breaker.gone(0)
  t.ok((breaker.enter(0) ?? 0) >= 600_000)
  t.equal(breaker.pausedSince, 0)
  t.end()
})

test('a clock that is set back makes no pause longer', (t) => {
  const hour = 3_600_000
  const breaker = failing(10, hour)
  t.equal(breaker.enter(0), undefined, 'a delivery tries')
  breaker.failed(0)
  const wait = breaker.enter(0) ?? 0
  t.ok(wait >= 60_000 && wait < 62_000, String(wait))
  t.end()
})
