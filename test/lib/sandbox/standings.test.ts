import { test } from 'tap'
import { Standings } from '../../../lib/sandbox/standings.ts'

const good = { isLate: false, tookMemory: false }
const late = { isLate: true, tookMemory: false }

test('five late runs in a row pause an integration for a minute', (t) => {
  let now = 0
  const standings = new Standings(() => now)
  const note = (...ends: Array<typeof good>): void => { for (const one of ends) standings.note('a', one) }
  note(late, late, late, late)
  t.notOk(standings.isPaused('a'))
  note(good, late, late, late, late)
  t.notOk(standings.isPaused('a'), 'a run that is not late begins a new row')
  note(late)
  t.ok(standings.isPaused('a'))
  t.notOk(standings.isPaused('b'))
  now = 59_999
  t.ok(standings.isPaused('a'))
  now = 60_000
  t.notOk(standings.isPaused('a'))
  note(late, late, late, late)
  t.notOk(standings.isPaused('a'), 'a pause begins a new row')
  note(late)
  t.ok(standings.isPaused('a'))
  t.end()
})

test('a row of late runs may take longer than a minute', (t) => {
  let now = 0
  const standings = new Standings(() => now)
  for (; now < 5 * 120_000; now += 120_000) standings.note('a', late)
  t.ok(standings.isPaused('a') === false, 'the pause is over')
  now -= 120_000
  t.ok(standings.isPaused('a'))
  t.end()
})

test('the standing is that of the last runs', (t) => {
  let now = 0
  const standings = new Standings(() => now)
  t.equal(standings.of('a'), 'unproven')
  standings.note('a', good)
  t.strictSame([standings.of('a'), standings.of('b')], ['proven', 'unproven'])
  for (const bad of [late, { isLate: false, tookMemory: true }]) {
    standings.note('a', bad)
    t.equal(standings.of('a'), 'harmful')
    now += 30_000
    standings.note('a', good)
    t.equal(standings.of('a'), 'harmful', 'for a minute, whatever follows')
    now += 29_999
    t.equal(standings.of('a'), 'harmful')
    now++
    t.equal(standings.of('a'), 'proven', 'the last run did no harm')
  }
  standings.note('a', late)
  now += 60_000
  t.equal(standings.of('a'), 'unproven', 'nothing good followed')
  t.end()
})

test('the memory is bounded', (t) => {
  const standings = new Standings(() => 0)
  const isLate = (name: string): void => { for (let time = 0; time < 5; time++) standings.note(name, late) }
  isLate('first')
  isLate('second')
  for (let other = 0; other < 9999; other++) standings.note(`other ${other}`, late)
  t.notOk(standings.isPaused('first'))
  t.ok(standings.isPaused('second'))
  standings.note('good first', good)
  standings.note('good second', good)
  for (let other = 0; other < 9999; other++) standings.note(`good ${other}`, good)
  t.strictSame([standings.of('good first'), standings.of('good second')], ['unproven', 'proven'])
  t.ok(standings.isPaused('second'), 'runs that do no harm push nothing harmful out')
  t.end()
})
