import { test } from 'tap'
import { Lines } from '../../../lib/sandbox/lines.ts'

interface Job { readonly line: string, readonly name: string }

function jobs (names: string): Job[] {
  return names.split(' ').map((name) => ({ line: name.slice(0, 1), name }))
}

test('lines take turns, and a line has one job under way', (t) => {
  const lines = new Lines<Job>({ perLine: 10, inAll: 100 })
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
  const lines = new Lines<Job>({ perLine: 2, inAll: 3 })
  t.strictSame(jobs('a1 a2 a3 b1 b2 c1').map((job) => lines.add(job)), [true, true, false, true, false, false])
  const first = lines.next()
  t.equal(first?.name, 'a1')
  t.ok(lines.add({ line: 'c', name: 'c1' }), 'a job that is under way takes no place')
  t.end()
})

test('a job that is taken out is not handed out', (t) => {
  const lines = new Lines<Job>({ perLine: 10, inAll: 100 })
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
