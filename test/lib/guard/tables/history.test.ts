import { test } from 'tap'
import { history } from '../../../../lib/guard/tables/history.ts'
import type { HistoryStore } from '../../../../lib/ports/history.ts'
import type { HistoryEntry } from '../../../../schemas/history.ts'
import { callsOf } from '../../../support/calls.ts'
import { entryOf, everyEntryField } from '../../../support/history.ts'
import { unchecked } from '../../../support/unchecked.ts'

const query = { offset: 0, count: 100 }

/** A history that answers this. */
function answering (answer: unknown): HistoryStore {
  return { append: () => unchecked(answer), list: () => unchecked(answer), get: () => unchecked(answer), clear: () => unchecked(answer) }
}

async function listed (answer: unknown): Promise<{ entries: readonly HistoryEntry[], total: number }> {
  return await callsOf({ history: answering(answer) }).ask(history.list, 'a', query)
}

async function got (answer: unknown): Promise<HistoryEntry | null> {
  return await callsOf({ history: answering(answer) }).ask(history.get, 'a', '1')
}

test('an answer is copied, with the fields of an entry and no others', async (t) => {
  const entry = entryOf('a', '1', everyEntryField)
  const row = {
    ...entry,
    tenant: 'COLUMN',
    integration: { ...entry.integration, token: 'COLUMN' },
    httpError: { ...everyEntryField.httpError, stack: 'COLUMN' },
    console: everyEntryField.console.map((line) => ({ ...line, source: 'COLUMN' })),
    messages: everyEntryField.messages.map((message) => ({ ...message, room: 'COLUMN' }))
  }
  t.strictSame(await listed({ entries: [row], total: 1, cursor: 'COLUMN' }), { entries: [entry], total: 1 })
  t.strictSame(await got(row), entry)
  const data = { list: ['kept'] }
  const copy = await got({ ...entry, data })
  data.list.push('changed')
  t.strictSame(copy?.data, { list: ['kept'] }, 'bodies included')
  t.equal(await got(null), null)
  t.equal(await got(undefined), null)
})

test('bodies become what JSON can carry', async (t) => {
  for (const [data, expected] of [
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [[undefined, () => {}, NaN], [null, null, null]],
    [{ a: undefined, b: 1 }, { b: 1 }],
    [JSON.parse('{"__proto__":{"x":1}}'), JSON.parse('{"__proto__":{"x":1}}')]
  ] as const) t.strictSame((await got({ ...entryOf('a', '1'), data }))?.data, expected)
})

test('any other answer is a failure that names the method and the field, and repeats no value', async (t) => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  const wrong: ReadonlyArray<readonly [answer: unknown, why: RegExp]> = [
    [5, /the answer is a number/],
    ['SECRET', /the answer is a text/],
    [[], /the answer is an array/],
    [{}, /its field \/_id does not fit/],
    [{ ...entryOf('a', '1'), _id: '' }, /its field \/_id does not fit/],
    [{ ...entryOf('a', '1'), type: 'SECRET' }, /its field \/type does not fit/],
    [{ ...entryOf('a', '1'), _createdAt: new Date(NaN) }, /its field \/_createdAt does not fit/],
    [{ ...entryOf('a', '1'), integration: 'SECRET' }, /its field \/integration does not fit/],
    [{ ...entryOf('a', '1'), httpError: [{ message: 'SECRET' }] }, /its field \/httpError does not fit/],
    [{ ...entryOf('a', '1'), messages: { channel: 'SECRET' } }, /its field \/messages does not fit/],
    [{ ...entryOf('a', '1'), data: 'SECRET'.repeat(20_000) }, /its JSON has more than 65536 characters/]
  ]
  for (const [answer, why] of wrong) {
    await t.rejects(got(answer), { code: 'error-service-unavailable', cause: { code: 'FCI_ERR_ADAPTER_ANSWER', message: why } })
    await t.rejects(got(answer), { cause: { message: /^history\.get must answer an entry, or null; (?:(?!SECRET).)*$/ } })
    await t.rejects(listed({ entries: [entryOf('a', '0'), answer], total: 2 }), {
      cause: { message: new RegExp(`^history\\.list must answer at most 100 entries and their total; of one of them: (?:(?!SECRET).)*${why.source}`) }
    })
  }
  for (const answer of [
    null, undefined, [], {}, { entries: [] }, { entries: {}, total: 0 }, { entries: [], total: -1 }, { entries: [], total: '1' },
    { entries: Array.from({ length: 101 }, (_, number) => entryOf('a', String(number))), total: 101 }
  ]) await t.rejects(listed(answer), { code: 'error-service-unavailable', cause: { message: 'history.list must answer at most 100 entries and their total' } })
  for (const data of [circular, 5n, { toJSON () { throw new Error('away') } }]) {
    await t.rejects(got({ ...entryOf('a', '1'), data }), { code: 'error-service-unavailable', cause: { message: 'history.get failed' } })
  }
})

test('what append and clear answer does not matter', async (t) => {
  const calls = callsOf({ history: answering('anything') })
  t.equal(await calls.ask(history.append, entryOf('a', '1')), undefined)
  t.equal(await calls.ask(history.clear, 'a'), undefined)
})
