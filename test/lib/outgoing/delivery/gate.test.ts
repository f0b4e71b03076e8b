import { test } from 'tap'
import { Gate, jittered } from '../../../../lib/outgoing/delivery/gate.ts'

test('so many run at a time', (t) => {
  const gate = new Gate(2)
  t.ok(gate.isIdle)
  t.strictSame([gate.enter(0), gate.enter(0)], [undefined, undefined])
  t.type(gate.enter(0), 'number')
  gate.leave(10)
  t.equal(gate.enter(0), undefined)
  gate.leave(10)
  gate.leave(10)
  t.ok(gate.isIdle)
  t.end()
})

test('those that wait are given turns one after the other', (t) => {
  const gate = new Gate(5)
  for (let calls = 0; calls < 5; calls++) gate.enter(0)
  gate.leave(10_000)
  gate.enter(0)
  t.equal(gate.mean, 10_000)
  // A turn every two seconds; 20 % more or less.
  const waits = [1, 2, 3].map(() => gate.enter(0) ?? 0)
  waits.forEach((wait, index) => {
    const expected = 2000 * (index + 1)
    t.ok(wait >= expected * 0.8 && wait <= expected * 1.2, `${wait} is about ${expected}`)
  })
  for (let waiting = 0; waiting < 1000; waiting++) t.ok((gate.enter(0) ?? 0) <= 36_000, 'nobody waits longer than half a minute')
  t.ok((gate.enter(20_000) ?? 0) <= 36_000)
  t.end()
})

test('before anything is known, most receivers are taken to be fast, and one that has not answered within a second is not', (t) => {
  const gate = new Gate(5)
  for (let calls = 0; calls < 5; calls++) gate.enter(0)
  const longestOf = (now: number): number => Math.max(...Array.from({ length: 1000 }, () => gate.enter(now) ?? 0))
  t.ok(longestOf(10) <= 1.2 * 1010, 'a thousand come again within about a second')
  t.ok(longestOf(2000) >= 0.8 * 18_000, 'after that, they come more seldom')
  t.end()
})

test('a short wait is not too short, and jitter is 20 %', (t) => {
  const gate = new Gate(1)
  gate.enter(0)
  gate.leave(0)
  gate.enter(0)
  t.ok((gate.enter(0) ?? 0) >= 80)
  for (let tries = 0; tries < 100; tries++) {
    const wait = jittered(1000)
    if (wait < 800 || wait > 1200) t.fail(String(wait))
  }
  t.end()
})

test('work that says nothing of the next one leaves the mean as it is', (t) => {
  const gate = new Gate(1)
  gate.enter(0)
  gate.leave(100)
  gate.enter(0)
  gate.leave(undefined)
  t.equal(gate.mean, 100)
  gate.enter(0)
  gate.leave(200)
  t.equal(gate.mean, 120)
  t.end()
})
