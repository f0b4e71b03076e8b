import { Value } from '@sinclair/typebox/value'
import { Ajv } from 'ajv'
import { test } from 'tap'
import { HistoryEntrySchema, HistoryEntryViewSchema } from '../../schemas/history.ts'
import { entryOf, everyEntryField } from '../support/history.ts'

test('the entry of the history has a title, a description and examples that fit it', async (t) => {
  t.type(HistoryEntrySchema.title, 'string')
  t.type(HistoryEntrySchema.description, 'string')
  t.equal(HistoryEntryViewSchema.examples.length, 1)
  for (const example of HistoryEntryViewSchema.examples) t.ok(Value.Check(HistoryEntryViewSchema, example))
  for (const [name, { description }] of Object.entries(HistoryEntrySchema.properties)) t.type(description, 'string', name)
  t.notMatch(JSON.stringify(HistoryEntrySchema), /"(?:default|discriminator)":/)
})

test('it is JSON Schema: Ajv in strict mode accepts it and agrees', async (t) => {
  const check = new Ajv({ strict: true, allowUnionTypes: true }).compile(JSON.parse(JSON.stringify({ ...HistoryEntrySchema, $id: undefined })))
  const bare = entryOf('a', '1')
  const cases: Array<[value: object, fits: boolean]> = [
    [bare, true],
    [entryOf('a', '1', everyEntryField), true],
    [{ ...bare, later: 1 }, true],
    [{ ...bare, data: null }, true],
    [{ ...bare, _id: '' }, false],
    [{ ...bare, integration: {} }, false],
    [{ ...bare, type: 'webhook-outgoing' }, false],
    [{ ...bare, attempt: 0 }, false],
    [{ ...bare, console: ['line'] }, false],
    [{ ...bare, truncated: true }, false],
    [{ ...bare, _updatedAt: '2017' }, false]
  ]
  for (const [value, fits] of cases) {
    t.equal(Value.Check(HistoryEntrySchema, value), fits, JSON.stringify(value))
    t.equal(check(value), fits)
  }
})
