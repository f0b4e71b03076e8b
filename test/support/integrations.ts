import { TypeGuard, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import type { PortCall } from '../../lib/index.ts'
import { awkwardTexts } from '../../lib/testing/samples.ts'
import { type Integration, IntegrationSchema, type IntegrationView, IntegrationViewSchema } from '../../schemas/index.ts'

export {
  awkwardTexts, everyIncomingOption, everyOutgoingOption, givenUp, incomingRecord, newClaim, outgoingRecord, patient
} from '../../lib/testing/samples.ts'

/** A call that is given up after some milliseconds. */
export function impatient (milliseconds: number): PortCall {
  return { signal: AbortSignal.timeout(milliseconds) }
}

// All UTF-16 code units, halves of pairs included, as well as what people write.
const codeUnits = fc.array(fc.integer({ min: 0, max: 0xFFFF }), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units))
const text = fc.oneof(codeUnits, fc.string({ unit: 'grapheme' }), fc.constantFrom(...awkwardTexts))

const instant = fc.date({ min: new Date(0), max: new Date('2999-12-31T23:59:59.999Z'), noInvalidDate: true })
  .map((date) => date.toISOString())

/** Any integration that the schema allows. */
export const anyIntegration: fc.Arbitrary<Integration> = valueOf(IntegrationSchema).map((value) => {
  if (Value.Check(IntegrationSchema, value)) return value
  throw new Error(`what was generated does not fit the schema: ${Value.Errors(IntegrationSchema, value).First()?.path}`)
})

/** Values that fit a schema, as far as the schemas of integrations go. */
function valueOf (schema: TSchema): fc.Arbitrary<unknown> {
  if (TypeGuard.IsObject(schema)) {
    const fields = Object.entries(schema.properties).map(([name, field]) => [name, valueOf(field)] as const)
    return fc.record(Object.fromEntries(fields), { requiredKeys: schema.required ?? [], noNullPrototype: true })
  }
  if (TypeGuard.IsUnion(schema)) return fc.oneof(...schema.anyOf.map(valueOf))
  if (TypeGuard.IsLiteral(schema)) return fc.constant(schema.const)
  if (TypeGuard.IsArray(schema)) return fc.array(valueOf(schema.items), { maxLength: 5 })
  if (TypeGuard.IsBoolean(schema)) return fc.boolean()
  if (TypeGuard.IsInteger(schema)) return fc.maxSafeInteger()
  if (TypeGuard.IsString(schema)) {
    if (schema.pattern !== undefined) return instant
    const { minLength = 0, maxLength = Infinity } = schema
    return text.filter(({ length }) => length >= minLength && length <= maxLength)
  }
  throw new Error(`no values are known for ${JSON.stringify(schema)}`)
}

/** A record without the fields that the server keeps for itself: what is answered where there are no hook routes. */
export function withoutIds (record: Integration): IntegrationView {
  const { channelIds, ...rest } = record
  if (rest.type === 'webhook-incoming') return rest
  const { targetRoomId, previousSecret, switchedOff, ...view } = rest
  return view
}

/** The integration in the body of an answer. */
export function integrationOf (body: unknown): IntegrationView {
  const integration = typeof body === 'object' && body !== null && 'integration' in body ? body.integration : undefined
  if (Value.Check(IntegrationViewSchema, integration)) return integration
  throw new Error('the answer holds no integration')
}
