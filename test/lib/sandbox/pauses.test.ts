import { test } from 'tap'
import { Pauses } from '../../../lib/sandbox/pauses.ts'

test('five late runs in a row pause an integration for a minute', (t) => {
  let now = 0
  const pauses = new Pauses(() => now)
  const note = (...late: boolean[]): void => { for (const one of late) pauses.note('a', one) }
  note(true, true, true, true)
  t.notOk(pauses.has('a'))
  note(false, true, true, true, true)
  t.notOk(pauses.has('a'), 'a run that is not late begins a new row')
  note(true)
  t.ok(pauses.has('a'))
  t.notOk(pauses.has('b'))
  now = 59_999
  t.ok(pauses.has('a'))
  now = 60_000
  t.notOk(pauses.has('a'))
  note(true, true, true, true)
  t.notOk(pauses.has('a'), 'a pause begins a new row')
  note(true)
  t.ok(pauses.has('a'))
  t.end()
})

test('the memory of lateness is bounded', (t) => {
  const pauses = new Pauses(() => 0)
  const late = (name: string): void => { for (let time = 0; time < 5; time++) pauses.note(name, true) }
  late('first')
  late('second')
  for (let other = 0; other < 9999; other++) pauses.note(`other ${other}`, true)
  t.notOk(pauses.has('first'))
  t.ok(pauses.has('second'))
  t.end()
})
