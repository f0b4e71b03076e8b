import { test } from 'tap'
import { type LineLimits, Lines } from '../../../lib/sandbox/lines.ts'
import type { Standing } from '../../../lib/sandbox/standings.ts'

interface Job { readonly line: string, readonly name: string }

/** Lines of one standing, unless the test says which. */
function linesOf (limits: Partial<LineLimits>, standingOf: (line: string) => Standing = () => 'proven', now: () => number = () => 0): Lines<Job> {
  return new Lines<Job>({ perLine: 10, inAll: 100, doubtful: 1, ...limits }, standingOf, now)
}

function jobs (names: string): Job[] {
  return names.split(' ').map((name) => ({ line: name.slice(0, 1), name }))
}

test('lines take turns, and a line has one job under way', (t) => {
  const lines = linesOf({ perLine: 10, inAll: 100 })
  for (const job of jobs('a1 a2 a3 b1 b2 c1')) t.ok(lines.add(job))
  const order: string[] = []
  const underWay: Job[] = []
  for (let round = 0; round < 10; round++) {
    for (let job = lines.next(true); job !== undefined; job = lines.next(true)) {
      order.push(job.name)
      underWay.push(job)
      t.equal(underWay.filter(({ line }) => line === job?.line).length, 1)
    }
    order.push('|')
    const done = underWay.shift()
    if (done !== undefined) lines.done(done)
  }
  t.equal(order.join(' '), 'a1 b1 c1 | a2 | b2 | | a3 | | | | | |')
  t.equal(lines.size, 0)
  t.end()
})

test('a line and all lines together are bounded', (t) => {
  const lines = linesOf({ perLine: 2, inAll: 3 })
  const add = (names: string): boolean[] => jobs(names).map((job) => lines.add(job))
  t.strictSame(add('a1 a2 a3 b1 b2 c1'), [true, true, false, true, false, false])
  const first = lines.next(true)
  t.equal(first?.name, 'a1')
  t.strictSame(add('a3 c1'), [false, false], 'a job that is under way takes its place')
  if (first !== undefined) lines.done(first)
  t.strictSame(add('a3 c1'), [true, false])
  t.end()
})

test('a job that is taken out is not handed out', (t) => {
  const lines = linesOf({ perLine: 10, inAll: 100 })
  const [a1, a2, b1] = jobs('a1 a2 b1') as [Job, Job, Job]
  for (const job of [a1, a2, b1]) lines.add(job)
  t.ok(lines.delete(a1))
  t.notOk(lines.delete(a1), 'only once')
  t.strictSame([lines.has(a1), lines.has(a2), lines.has(b1)], [false, true, true])
  t.ok(lines.delete(b1))
  t.equal(lines.next(true), a2)
  t.notOk(lines.delete(a2), 'not while it is under way')
  t.equal(lines.next(true), undefined)
  lines.done(a2)
  t.equal(lines.next(true), undefined)
  lines.add(a1)
  t.strictSame(lines.clear(), [a1])
  t.strictSame([lines.size, lines.next(true)], [0, undefined])
  t.end()
})

const standings: Readonly<Record<string, Standing>> = { p: 'proven', q: 'proven', u: 'unproven', v: 'unproven', h: 'harmful', i: 'harmful' }
const standingOf = (line: string): Standing => standings[line] ?? 'harmful'

test('only so many lines that are not proven have a job under way', (t) => {
  const lines = linesOf({ doubtful: 1 }, standingOf)
  const all = jobs('h1 h2 i1 u1 p1 p2 q1')
  for (const job of all) t.ok(lines.add(job))
  const [h1, , i1, u1, p1, p2, q1] = all
  t.strictSame([lines.next(true), lines.next(true), lines.next(true), lines.next(true)], [p1, u1, q1, undefined], 'one of them')
  for (const job of [p1, q1]) if (job !== undefined) lines.done(job)
  t.strictSame([lines.next(true), lines.next(true)], [p2, undefined], 'a proven line goes on')
  if (u1 !== undefined) lines.done(u1)
  t.strictSame([lines.next(true), lines.next(true)], [h1, undefined])
  if (h1 !== undefined) lines.done(h1)
  t.equal(lines.next(true), i1, 'lines of one standing take turns as well')
  t.end()
})

test('the standings take turns: many harmful lines do not delay a new one', (t) => {
  const lines = linesOf({ doubtful: 1 }, standingOf)
  for (const job of jobs('h1 i1 h2 i2 h3 i3 u1 u2 v1')) lines.add(job)
  const order: string[] = []
  for (let job = lines.next(true); job !== undefined; job = lines.next(true)) {
    order.push(job.name)
    lines.done(job)
  }
  t.equal(order.join(' '), 'u1 h1 v1 i1 u2 h2 i2 h3 i3')
  t.end()
})

test('the standing of a line counts when its next job becomes ready', (t) => {
  const known: Record<string, Standing> = { a: 'unproven' }
  const lines = linesOf({ doubtful: 1 }, (line) => known[line] ?? 'unproven')
  for (const job of jobs('a1 a2 b1 b2')) lines.add(job)
  const [first, none] = [lines.next(true), lines.next(true)]
  t.strictSame([first?.name, none], ['a1', undefined])
  known['a'] = 'proven'
  if (first !== undefined) lines.done(first)
  t.strictSame([lines.next(true)?.name, lines.next(true)?.name, lines.next(true)?.name], ['a2', 'b1', undefined])
  t.end()
})

test('after a job of a line that is not proven, the proven lines go first for as long', (t) => {
  let now = 0
  const lines = linesOf({ doubtful: 1 }, standingOf, () => now)
  for (const job of jobs('h1 h2 u1 p1 p2 p3 q1 q2 q3')) lines.add(job)
  const order: string[] = []
  const run = (milliseconds: number): void => {
    const job = lines.next(true)
    now += milliseconds
    order.push(job?.name ?? '-')
    if (job !== undefined) lines.done(job)
  }
  for (const milliseconds of [10, 300, 100, 100, 90, 10, 300, 10, 10, 10]) run(milliseconds)
  t.equal(order.join(' '), 'p1 u1 q1 p2 q2 p3 h1 q3 h2 -')
  t.end()
})

test('how many jobs are ready', (t) => {
  const lines = linesOf({ doubtful: 2 }, standingOf)
  t.equal(lines.ready(true), 0)
  for (const job of jobs('p1 p2 q1 h1 i1')) lines.add(job)
  t.strictSame([lines.ready(true), lines.ready(false)], [4, 2], 'one of each line')
  for (const job of jobs('u1 v1')) lines.add(job)
  t.strictSame([lines.ready(true), lines.ready(false)], [4, 4], 'two that are not proven')
  for (const name of ['p1', 'u1', 'q1']) t.equal(lines.next(false)?.name, name)
  t.strictSame([lines.ready(true), lines.next(false)?.name, lines.ready(true)], [1, 'v1', 0])
  t.end()
})

test('harmful lines are left out where they must not have the thread', (t) => {
  const lines = linesOf({}, standingOf)
  for (const job of jobs('h1 i1')) lines.add(job)
  t.equal(lines.next(false), undefined)
  t.equal(lines.next(true)?.name, 'h1')
  t.end()
})
