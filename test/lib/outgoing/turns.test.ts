import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { Turns, type Work } from '../../../lib/outgoing/turns.ts'
import { eachTurn } from '../../support/each-turn.ts'

/** Steps that look at the clock for sure. */
const manySteps = 1_000_000

/** Holds the processor. */
function spend (milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end;);
}

/** Begins work in this turn and uses its time up. */
function useUp (work: Work): void {
  work.isOver(manySteps)
  spend(10)
}

test('short work never waits', (t) => {
  const work = new Turns().begin()
  for (let step = 0; step < 100; step++) t.notOk(work.isOver(1))
  work.end()
  t.end()
})

test('work that has held the event loop too long must wait, and others with it', async (t) => {
  const turns = new Turns()
  const work = turns.begin()
  const other = turns.begin()
  useUp(work)
  t.ok(work.isOver(manySteps))
  t.ok(other.isOver(manySteps), 'work that begins in the same turn as well')
  // Another process may hold the processor in any of these turns, but not in all.
  let isOver = true
  for (let turn = 0; turn < 100 && isOver; turn++) {
    await work.next()
    isOver = work.isOver(manySteps)
  }
  t.notOk(isOver, 'a new turn')
  work.end()
  other.end()
})

test('a turn of the event loop without work begins anew', async (t) => {
  const work = new Turns().begin()
  useUp(work)
  await nextTurn()
  await nextTurn()
  t.notOk(work.isOver(manySteps))
})

test('work that takes its time: a few pieces in each turn, first come, first served', async (t) => {
  const turns = new Turns()
  const events: string[] = []
  const count = 35
  const run = async (name: string): Promise<void> => {
    const work = turns.begin()
    for (let step = 0; step < 3; step++) {
      await work.next()
      // Ten pieces take longer than a turn may take.
      spend(1)
      events.push(name)
    }
    work.end()
  }
  const names = Array.from({ length: count }, (_, number) => String(number))
  const all = Promise.all(names.map(run))
  await eachTurn(all, () => { events.push('other') })
  t.strictSame(events.filter((name) => name !== 'other'), [...names, ...names, ...names])
  const atOnce = events.join().split('other').map((part) => part.split(',').filter((name) => name !== '').length)
  t.ok(Math.max(...atOnce) <= 10, `${Math.max(...atOnce)} at once`)
})

test('too much work that waits is refused', async (t) => {
  const turns = new Turns()
  const works = Array.from({ length: 10_000 }, () => turns.begin())
  const waits = works.map((work) => work.next())
  const late = turns.begin()
  await t.rejects(late.next(), /10000 events are being worked on already/)
  late.end()
  works[0]?.end()
  const next = turns.begin()
  waits.push(next.next())
  works[1]?.next().catch(() => t.fail('work that waits already is not refused'))
  await Promise.all(waits)
  for (const work of [...works.slice(1), next]) work.end()
  t.equal(turns.pieces, 0)
})
