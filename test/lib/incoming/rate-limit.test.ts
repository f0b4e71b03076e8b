import fc from 'fast-check'
import { test } from 'tap'
import { RateLimit } from '../../../lib/incoming/rate-limit.ts'

const minute = 60_000

test('all requests of a minute may come at once, and no more', async (t) => {
  for (const perMinute of [1, 7, 30, 300, 1_000_000]) {
    const limit = new RateLimit(perMinute)
    const most = Math.min(perMinute, 5_000)
    for (let count = 0; count < most; count++) t.equal(limit.take('a', 0) === 0 || count, true)
    if (most === perMinute) t.ok(limit.take('a', 0) > 0, `${perMinute} + 1`)
  }
})

test('a key gains its requests back evenly', async (t) => {
  const limit = new RateLimit(30)
  for (let count = 0; count < 30; count++) t.equal(limit.take('a', 1_000), 0)
  t.equal(limit.take('a', 1_000), 2_000, 'the time until the next one is within the limit')
  t.equal(limit.take('a', 2_500), 500, 'a refused request does not count')
  t.equal(limit.take('a', 3_000), 0)
  t.equal(limit.take('a', 3_000), 2_000)
  t.equal(limit.take('a', 9_000), 0, 'three are gained back after six seconds')
  t.equal(limit.take('a', 9_000), 0)
  t.equal(limit.take('a', 9_000), 0)
  t.equal(limit.take('a', 9_000), 2_000)
  for (let count = 0; count < 30; count++) t.equal(limit.take('a', 9_000 + minute), 0, 'all after a minute')
  t.equal(limit.take('a', 9_000 + minute), 2_000, 'and never more than those of a minute')
})

test('keys do not count for each other, and the clock is that of the process', async (t) => {
  const limit = new RateLimit(1)
  t.equal(limit.take('a'), 0)
  t.ok(limit.take('a') > 0)
  t.equal(limit.take('b'), 0)
})

test('the key that was not seen for longest is forgotten, and one that is refused was seen', async (t) => {
  const limit = new RateLimit(1)
  t.equal(limit.take('first', 0), 0)
  t.equal(limit.take('second', 0), 0)
  for (let count = 0; count < 9_998; count++) limit.take(`filler ${count}`, 0)
  t.ok(limit.take('first', 0) > 0, '10,000 keys are remembered')
  limit.take('one more', 0)
  t.ok(limit.take('first', 0) > 0, 'still: it was seen after the second one')
  t.equal(limit.take('second', 0), 0, 'the second one is forgotten')
})

test('no sequence of requests gets more than the limit into any minute and the burst before it', (t) => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 50 }),
    fc.array(fc.integer({ min: 0, max: 10_000 }), { maxLength: 200 }),
    (perMinute, gaps) => {
      const limit = new RateLimit(perMinute)
      const taken: number[] = []
      let now = 0
      for (const gap of gaps) {
        now += gap
        const wait = limit.take('a', now)
        if (wait === 0) taken.push(now)
        else if (limit.take('a', now + wait - 1) === 0) return wait <= 1
      }
      // As many as one minute gives, and what was gained back since the first of them.
      return taken.every((end, index) => taken.slice(0, index + 1).every((start, from) =>
        index - from + 1 <= perMinute + (end - start) / (minute / perMinute) + 1e-6))
    }
  ))
  t.end()
})
