import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { onceLate } from '../../../lib/base/once-late.ts'
import { until } from '../../support/until.ts'

test('looks again while time is left, and tells once', async (t) => {
  const lefts = [5, 3, 1, 0]
  let told = 0
  onceLate(() => lefts.shift() ?? 0, () => { told++ })
  t.equal(told, 0)
  await until('the work is late', () => told > 0)
  t.strictSame(lefts, [])
  await sleep(20)
  t.equal(told, 1)
})

test('tells nothing when the waiting has ended before', async (t) => {
  let told = 0
  for (const left of [20, 1, 0, -5]) onceLate(() => left, () => { told++ })()
  await sleep(50)
  t.equal(told, 0)
})
