import { TypeGuard, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import type { PortCall } from '../../lib/index.ts'
import {
  type IncomingIntegration, type Integration, IntegrationSchema, type OutgoingIntegration
} from '../../schemas/index.ts'

/** A call that is never given up. */
export const patient: PortCall = { signal: new AbortController().signal }

/** A call that was given up before it began. */
export const givenUp: PortCall = { signal: AbortSignal.abort() }

/** A call that is given up after some milliseconds. */
export function impatient (milliseconds: number): PortCall {
  return { signal: AbortSignal.timeout(milliseconds) }
}

/** An incoming webhook with the fields that every one has. */
export function incomingRecord (changes: Partial<IncomingIntegration> = {}): IncomingIntegration {
  return {
    _id: 'xY5qzpZ2WzoBP8msi',
    type: 'webhook-incoming',
    name: 'testHook',
    enabled: true,
    username: 'rocket.cat',
    userId: 'rocketCatId',
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    overrideDestinationChannelEnabled: false,
    token: 'aFh7dWyTX2nMNHGJ5tEgqYSxJYvo3i9RAK6BP4sZmQwcLb8k',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z',
    ...changes
  }
}

/** An outgoing webhook with the fields that every one has. */
export function outgoingRecord (changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return {
    _id: '3aazpZ2WzoBP8msi9',
    type: 'webhook-outgoing',
    name: 'Testing via REST API',
    enabled: false,
    username: 'rocket.cat',
    userId: 'rocketCatId',
    event: 'sendMessage',
    urls: ['http://text2gif.guggy.com/guggify'],
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    token: 'wZ2WzoBP8msi93aazpYtRq7K',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z',
    ...changes
  }
}

/** Every optional field of an incoming webhook. */
export const everyIncomingOption = {
  script: 'class Script {}\n',
  scriptError: { name: 'SyntaxError', message: 'Unexpected token' },
  alias: 'Guggy',
  avatar: 'http://res.guggy.com/logo_128.png',
  emoji: ':ghost:',
  _updatedBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' }
} as const satisfies Partial<IncomingIntegration>

/** Every optional field of an outgoing webhook. */
export const everyOutgoingOption = {
  ...everyIncomingOption,
  triggerWords: ['!guggy', '!gif'],
  triggerWordAnywhere: true,
  targetRoom: '#general',
  runOnEdits: false,
  impersonateUser: true,
  retryFailedCalls: true,
  retryCount: 4,
  retryDelay: 'powers-of-ten'
} satisfies Partial<OutgoingIntegration>

/** Texts that a store might take apart, re-encode, cut or match as a pattern. */
export const awkwardTexts = [
  '',
  ' ',
  'naïve 日本語 👩‍👩‍👧 \u202E',
  // Half a surrogate pair, in either half: JSON can say it, UTF-8 cannot.
  'high \uD83D',
  'low \uDE00',
  'nul \0 in \0 it',
  '\r\n$5\r\nhello\r\n*1\r\n',
  'a:b:{c}:*:?[d]\\',
  '{chat-integrations}:changes',
  '"\'`\\" %s %d </script> \u2028\u2029',
  '\uFEFFbom',
  '[]',
  '1.1|{"_id":"x"}',
  '__proto__'
] as const

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

/** The integration in the body of an answer. */
export function integrationOf (body: unknown): Integration {
  const integration = typeof body === 'object' && body !== null && 'integration' in body ? body.integration : undefined
  if (Value.Check(IntegrationSchema, integration)) return integration
  throw new Error('the answer holds no integration')
}
