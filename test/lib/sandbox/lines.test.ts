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
    for (let job = lines.next(); job !== undefined; job = lines.next()) {
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
  t.strictSame(jobs('a1 a2 a3 b1 b2 c1').map((job) => lines.add(job)), [true, true, false, true, false, false])
  const first = lines.next()
  t.equal(first?.name, 'a1')
  t.ok(lines.add({ line: 'c', name: 'c1' }), 'a job that is under way takes no place')
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
  t.equal(lines.next(), a2)
  t.notOk(lines.delete(a2), 'not while it is under way')
  t.equal(lines.next(), undefined)
  lines.done(a2)
  t.equal(lines.next(), undefined)
  lines.add(a1)
  t.strictSame(lines.clear(), [a1])
  t.strictSame([lines.size, lines.next()], [0, undefined])
  t.end()
})

const standings: Readonly<Record<string, Standing>> = { p: 'proven', q: 'proven', u: 'unproven', v: 'unproven', h: 'harmful', i: 'harmful' }
const standingOf = (line: string): Standing => standings[line] ?? 'harmful'

test('only so many lines that are not proven have a job under way', (t) => {
  const lines = linesOf({ doubtful: 1 }, standingOf)
  const all = jobs('h1 h2 i1 u1 p1 p2 q1')
  for (const job of all) t.ok(lines.add(job))
  const [h1, , i1, u1, p1, p2, q1] = all
  t.strictSame([lines.next(), lines.next(), lines.next(), lines.next()], [p1, u1, q1, undefined], 'one of them')
  for (const job of [p1, q1]) if (job !== undefined) lines.done(job)
  t.strictSame([lines.next(), lines.next()], [p2, undefined], 'a proven line goes on')
  if (u1 !== undefined) lines.done(u1)
  t.strictSame([lines.next(), lines.next()], [h1, undefined])
  if (h1 !== undefined) lines.done(h1)
  t.equal(lines.next(), i1, 'lines of one standing take turns as well')
  t.end()
})

test('the standings take turns: many harmful lines do not delay a new one', (t) => {
  const lines = linesOf({ doubtful: 1 }, standingOf)
  for (const job of jobs('h1 i1 h2 i2 h3 i3 u1 u2 v1')) lines.add(job)
  const order: string[] = []
  for (let job = lines.next(); job !== undefined; job = lines.next()) {
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
  const [first, none] = [lines.next(), lines.next()]
  t.strictSame([first?.name, none], ['a1', undefined])
  known['a'] = 'proven'
  if (first !== undefined) lines.done(first)
  t.strictSame([lines.next()?.name, lines.next()?.name, lines.next()?.name], ['a2', 'b1', undefined])
  t.end()
})

test('after a job of a line that is not proven, the proven lines go first for as long', (t) => {
  let now = 0
  const lines = linesOf({ doubtful: 1 }, standingOf, () => now)
  for (const job of jobs('h1 h2 u1 p1 p2 p3 q1 q2 q3')) lines.add(job)
  const order: string[] = []
  const run = (milliseconds: number): void => {
    const job = lines.next()
    now += milliseconds
    order.push(job?.name ?? '-')
    if (job !== undefined) lines.done(job)
  }
  for (const milliseconds of [10, 300, 100, 100, 90, 10, 300, 10, 10, 10]) run(milliseconds)
  t.equal(order.join(' '), 'p1 u1 q1 p2 q2 p3 h1 q3 h2 -')
  t.end()
})
