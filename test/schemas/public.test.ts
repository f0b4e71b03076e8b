import { test } from 'tap'
import { integrationSchemas, publicFields, secretFields } from '../../schemas/index.ts'

test('each field of an integration is listed once, as public or as secret', (t) => {
  const fields = new Set(Object.values(integrationSchemas).flatMap(({ properties }) => Object.keys(properties)))
  t.strictSame([...publicFields, ...secretFields].sort(), [...fields].sort())
  t.end()
})
