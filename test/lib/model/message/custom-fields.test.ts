import { test } from 'tap'
import { customFieldsOf } from '../../../../lib/model/message/custom-fields.ts'
import { Notes } from '../../../../lib/model/message/notes.ts'

function read (json: string): { found: unknown, notes: number } {
  const notes = new Notes()
  return { found: customFieldsOf(JSON.parse(json), notes), notes: notes.list().length }
}

test('plain data is passed on, as a copy', async (t) => {
  const value = { a: [1, 'b', null, { c: true }] }
  const found = customFieldsOf(value, new Notes())
  t.strictSame(found, value)
  t.not(found?.['a'], value.a)
  for (const json of ['null', '""', '{}']) t.strictSame(read(json), { found: undefined, notes: 0 }, json)
  for (const json of ['[]', '5', '"a"', 'true']) t.strictSame(read(json), { found: undefined, notes: 1 }, json)
})

test('custom fields cannot change objects of a host that merges them', async (t) => {
  const { found, notes } = read('{"a":{"__proto__":{"x":1},"b":1},"constructor":{"prototype":{"x":1}},"prototype":1}')
  t.strictSame(found, { a: { b: 1 } })
  t.equal(notes, 3)
  t.strictSame(read('{"__proto__":{"x":1}}'), { found: undefined, notes: 1 })
})

test('8 deep', async (t) => {
  const { found, notes } = read(`${'{"a":'.repeat(8)}1${'}'.repeat(8)}`)
  t.equal(notes, 0)
  t.equal(JSON.stringify(found), `${'{"a":'.repeat(8)}1${'}'.repeat(8)}`)
  t.equal(JSON.stringify(read(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`).found), `${'{"a":'.repeat(8)}null${'}'.repeat(8)}`)
})

test('1,000 values at most, names and elements of arrays alike', async (t) => {
  const wide = (count: number): string => `{${Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',')}}`
  t.equal(read(wide(1000)).notes, 0)
  const { found, notes } = read(wide(1001))
  t.strictSame(found, JSON.parse(wide(1000)), 'the first ones')
  t.equal(notes, 1)
  for (const item of ['1', '{}', '[]', '{"__proto__":1}']) {
    const { found, notes } = read(`{"a":[${`${item},`.repeat(100_000)}1],"b":2}`)
    t.strictSame(Object.keys(Object(found)), ['a'], item)
    t.ok(JSON.stringify(found).length < 10_000, item)
    t.ok(notes >= 1 && notes < 60)
  }
})
