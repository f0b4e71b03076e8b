import { test } from 'tap'
import { Spacing } from '../../../lib/sandbox/spacing.ts'

test('some may happen at once, and then one in each interval', (t) => {
  let now = 1000
  const spacing = new Spacing(3, 100, () => now)
  const taken = (count: number, remaining?: number): boolean[] => Array.from({ length: count }, () => spacing.take(remaining))
  t.strictSame(taken(4), [true, true, true, false])
  now += 99
  t.strictSame(taken(1), [false])
  now += 1
  t.strictSame(taken(2), [true, false])
  now += 1_000_000
  t.strictSame(taken(4), [true, true, true, false], 'no more than at first are saved up')
  now += 250
  t.strictSame(taken(2, 1), [true, false], 'the last one remains for others')
  t.strictSame(taken(2), [true, false])
  t.end()
})
