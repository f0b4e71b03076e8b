import { test } from 'tap'
import { integrationSchemas, integrationViewSchemas, internalFields, publicFields, secretFields } from '../../schemas/index.ts'
import { followedOf, publicOf } from '../../schemas/public.ts'
import { everyIncomingOption, everyOutgoingOption, incomingRecord, outgoingRecord } from '../support/integrations.ts'

const stored = fieldsOf(integrationSchemas)
const returned = fieldsOf(integrationViewSchemas)

function fieldsOf (schemas: Readonly<Record<string, { readonly properties: object }>>): Set<string> {
  return new Set(Object.values(schemas).flatMap(({ properties }) => Object.keys(properties)))
}

test('each field of an integration is listed once: as public, as internal or as secret', (t) => {
  t.strictSame([...publicFields, ...internalFields, ...secretFields].sort(), [...new Set([...stored, ...returned])].sort())
  t.end()
})

test('internal fields are stored and not returned; all other fields of a record are returned', (t) => {
  t.strictSame([...stored].filter((field) => !returned.has(field)).sort(), [...internalFields, 'previousSecret'].sort())
  t.strictSame([...returned].filter((field) => !stored.has(field)), ['hookPath'])
  t.end()
})

test('the host is told public fields, and a reader of the feed internal fields as well', (t) => {
  for (const record of [incomingRecord(everyIncomingOption), outgoingRecord(everyOutgoingOption)]) {
    const [told, followed] = [Object.keys(publicOf(record)), Object.keys(followedOf(record))]
    t.strictSame(followed.filter((field) => !told.includes(field)), internalFields.filter((field) => field in record))
    t.ok(followed.includes('channelIds') && told.includes('channel'))
    for (const field of secretFields) t.notOk(followed.includes(field), field)
  }
  t.end()
})
