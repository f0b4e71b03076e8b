import fc from 'fast-check'
import { test } from 'tap'
import { decodeNote, encodeNote } from '../../../lib/incoming/delivery-note.ts'
import type { Posted } from '../../../lib/incoming/outcome.ts'

const timestamp = '2026-08-01T10:00:00.000Z'

test('a note says what was posted where, and nothing else', async (t) => {
  const posted: Posted[] = [{ channel: '#a', _id: 'm1' }, { channel: '#b', error: 'room_is_blocked' }]
  t.equal(encodeNote({ kind: 'posted', posted, text: 'secret', timestamp }), `p["${timestamp}",["#a","m1"],["#b",null,"room_is_blocked"]]`)
  t.equal(encodeNote({ kind: 'separate', posted: [], text: '', timestamp }), `s["${timestamp}"]`)
})

const anyPosted: fc.Arbitrary<Posted> = fc.oneof(
  fc.record({ channel: fc.string({ unit: 'binary' }), _id: fc.string({ unit: 'binary' }) }, { noNullPrototype: true }),
  fc.record({ channel: fc.string({ unit: 'binary' }), error: fc.string({ unit: 'binary' }) }, { noNullPrototype: true })
)

test('every note is read back', (t) => {
  fc.assert(fc.property(fc.constantFrom('posted' as const, 'separate' as const), fc.array(anyPosted), (kind, posted) => {
    const outcome = { kind, posted, text: '', timestamp }
    return JSON.stringify(decodeNote(encodeNote(outcome))) === JSON.stringify(outcome)
  }), { numRuns: 50 })
  t.end()
})

test('a note of a later version, or a damaged one, says at least that a message was posted', async (t) => {
  const nothing = { kind: 'posted', posted: [], text: '', timestamp: '1970-01-01T00:00:00.000Z' }
  for (const note of ['', 'p', 'x', 'p{', 'p{}', 'pnull', 'p5', 'p[]', 'p[5,6]', 'p[null,["a"],[1,"m"],["a",1],["a",null,1],{}]', 'x["?"', 'later version']) {
    t.strictSame(decodeNote(note), nothing, note)
  }
  t.strictSame(decodeNote(`x["${timestamp}",["#a","m1","and more"],{"later":1}]`), { ...nothing, posted: [{ channel: '#a', _id: 'm1' }], timestamp })
  t.strictSame(decodeNote('s'), { ...nothing, kind: 'separate' })
  t.equal(Reflect.get({}, 'channel'), undefined)
})

test('any text is read without an error', (t) => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json().map((json) => `p${json}`)), (note) => { decodeNote(note) }), { numRuns: 50 })
  t.end()
})
