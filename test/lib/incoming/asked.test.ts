import { test } from 'tap'
import { askedDestinations, wantsSeparateResponses } from '../../../lib/incoming/asked.ts'
import { Notes } from '../../../lib/model/message/notes.ts'

test('destinations of a payload', async (t) => {
  for (const [payload, found, noted] of [
    [{}, [], 0],
    [{ channel: '', roomId: null }, [], 0],
    [{ channel: ' #a ' }, ['#a'], 0],
    [{ channel: 'a,b' }, ['a,b'], 0],
    [{ channel: ['#a', '', '@b', '#a', null] }, ['#a', '@b'], 0],
    [{ channel: [], roomId: 'r' }, ['r'], 0],
    [{ channel: '#a', roomId: 'r' }, ['#a'], 0],
    [{ channel: 5 }, ['5'], 0],
    [{ channel: {}, roomId: [{}] }, [], 2]
  ] as const) {
    const notes = new Notes()
    t.strictSame(askedDestinations(payload, notes), found, JSON.stringify(payload))
    t.equal(notes.list().length, noted)
  }
})

test('separate responses', async (t) => {
  t.equal(wantsSeparateResponses({ separateResponse: true }), true)
  for (const value of ['true', 1, null, undefined, {}]) t.equal(wantsSeparateResponses({ separateResponse: value }), false)
})
