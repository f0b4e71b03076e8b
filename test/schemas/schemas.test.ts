import { KindGuard, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { Ajv } from 'ajv'
import { test } from 'tap'
import * as schemas from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'

const named: Record<string, TSchema> = {}
for (const [name, schema] of Object.entries(schemas)) {
  if (KindGuard.IsSchema(schema)) named[name] = schema
}

test('every schema that stands alone has a title, a description and examples that fit it', (t) => {
  for (const [name, schema] of Object.entries(named)) {
    if (schema.type !== 'object' || name === 'InvalidFieldSchema') continue
    t.type(schema.title, 'string', `${name} has a title`)
    t.type(schema.description, 'string', `${name} has a description`)
    for (const example of schema.examples ?? []) t.ok(Value.Check(schema, example), `${name}: example fits`)
  }
  for (const schema of [...Object.values(schemas.inputSchemas), ...Object.values(schemas.integrationViewSchemas), schemas.FailureReplySchema, schemas.UnauthenticatedReplySchema]) {
    t.ok(Array.isArray(schema.examples) && schema.examples.length > 0, `${schema.title} has examples`)
  }
  t.end()
})

test('identifiers are unique and name what they are', (t) => {
  const ids = [...Object.values(schemas.inputSchemas), ...Object.values(schemas.integrationViewSchemas)].map(({ $id }) => $id)
  t.strictSame(ids, ['IncomingIntegrationInput', 'OutgoingIntegrationInput', 'IncomingIntegration', 'OutgoingIntegration'])
  t.end()
})

test('the schemas are JSON Schema: Ajv in strict mode accepts them and agrees', (t) => {
  const ajv = new Ajv({ strict: true, allowUnionTypes: true, formats: {} })
  const ajvChecks = Object.fromEntries(Object.entries(schemas.inputSchemas).map(([type, schema]) =>
    [type, ajv.compile(JSON.parse(JSON.stringify({ ...schema, $id: undefined })))]))
  const bodies: object[] = [
    incomingBody,
    outgoingBody,
    { ...incomingBody, event: null, urls: '' },
    { ...incomingBody, event: 'sendMessage' },
    { ...incomingBody, name: '' },
    { ...incomingBody, name: ' ' },
    { ...incomingBody, unknown: 1 },
    { ...incomingBody, alias: null, script: 'x', scriptEngine: 'vm2' },
    { ...outgoingBody, triggerWords: ['a'], retryCount: 11 },
    { ...outgoingBody, triggerWords: 'a,b', retryCount: 10, token: null },
    { ...outgoingBody, urls: ['x'.repeat(2049)] }
  ]
  for (const body of bodies) {
    for (const [type, schema] of Object.entries(schemas.inputSchemas)) {
      t.equal(ajvChecks[type]?.(body), Value.Check(schema, body), JSON.stringify(body).slice(0, 120))
    }
  }
  t.end()
})

test('the examples are those of the API document', (t) => {
  t.strictSame(schemas.IncomingInputSchema.examples, [incomingBody])
  t.strictSame(schemas.OutgoingInputSchema.examples, [outgoingBody])
  t.end()
})

test('views are open, so that a field of a later version is no mistake; inputs are closed', (t) => {
  for (const type of schemas.integrationTypes) {
    const view = schemas.integrationViewSchemas[type]
    for (const schema of [view, schemas.integrationSchemas[type]]) {
      t.notOk('additionalProperties' in schema)
      t.ok(Value.Check(schema, { ...view.examples[0], later: true }))
    }
  }
  for (const schema of Object.values(schemas.inputSchemas)) t.equal(schema.additionalProperties, false)
  t.end()
})

test('no schema carries default or discriminator, which keep Fastify from booting inside a union', (t) => {
  const text = JSON.stringify(named)
  t.notMatch(text, /"default":/)
  t.notMatch(text, /"discriminator":/)
  t.end()
})
