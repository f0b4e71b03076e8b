import { test } from 'tap'
import { ConsoleLines } from '../../../lib/sandbox/console-lines.ts'

test('lines are kept up to their number', (t) => {
  const console = new ConsoleLines(2, 100)
  for (const text of ['a', '', 'c']) console.add('warn', text)
  t.strictSame(console.lines, [{ level: 'warn', text: 'a' }, { level: 'warn', text: '' }])
  t.ok(console.isFull)
  t.end()
})

test('lines are kept up to their bytes, and no character is cut apart', (t) => {
  const console = new ConsoleLines(100, 8)
  console.add('log', 'é日')
  t.notOk(console.isFull)
  console.add('log', 'ab👩c')
  t.ok(console.isFull, 'nothing follows a line that was cut')
  console.add('log', 'd')
  t.strictSame(console.lines.map(({ text }) => text), ['é日', 'ab'])
  t.end()
})

test('a level that does not exist is dropped', (t) => {
  const console = new ConsoleLines(100, 8)
  console.add('trace', 'a')
  t.strictSame(console.lines, [])
  t.end()
})
