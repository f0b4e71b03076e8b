import { setTimeout as after } from 'node:timers/promises'
import { test } from 'tap'
import { Stopwatch } from '../../../lib/sandbox/stopwatch.ts'

function work (milliseconds: number): void {
  const before = process.cpuUsage()
  for (let used = 0; used < milliseconds;) {
    const { user, system } = process.cpuUsage(before)
    used = (user + system) / 1000
  }
}

test('work uses the time up', (t) => {
  const watch = new Stopwatch(50)
  t.ok(watch.left > 0 && watch.left <= 50)
  const graceful = new Stopwatch(50, 60_000)
  work(60)
  t.ok(watch.left <= 0)
  t.ok(graceful.left > 0)
  t.end()
})

test('waiting counts later than work', async (t) => {
  const watch = new Stopwatch(2000)
  const short = new Stopwatch(10)
  await after(60)
  t.ok(watch.left > 0)
  t.ok(short.left <= 0, 'four times the limit has passed')
})
