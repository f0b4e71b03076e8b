import { type TObject, type TSchema } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { closestMatch } from 'leven'
import {
  IncomingInputSchema, inputSchemas, type IntegrationInput, type IntegrationType, integrationTypes, type InvalidField,
  OutgoingInputSchema
} from '../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../errors.ts'

/** More than this many problems of one body are not listed. */
export const mostProblems = 20

/** Names that a client made up are repeated to it no further than this. */
const longestName = 60

const checkIncoming = TypeCompiler.Compile(IncomingInputSchema)
const checkOutgoing = TypeCompiler.Compile(OutgoingInputSchema)

/**
 * Checks the body of `integrations.create`: `type` first, then the schema of
 * that type. Strict: nothing is converted, filled in or dropped, and the same
 * object comes back.
 *
 * @throws IntegrationError `invalid-params` or `error-invalid-integration-type`.
 */
export function validateInput (body: unknown): IntegrationInput {
  const type = typeOf(body)
  if (type === 'webhook-incoming') {
    if (checkIncoming.Check(body)) return body
    throw explain(type, checkIncoming, body)
  }
  if (checkOutgoing.Check(body)) return body
  throw explain(type, checkOutgoing, body)
}

function typeOf (body: unknown): IntegrationType {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw invalidParams([{ path: '', message: 'The body must be a JSON object' }])
  }
  if (!('type' in body) || !Object.hasOwn(body, 'type')) {
    throw invalidParams([missing('/type')], missing('/type').message)
  }
  const { type } = body
  if (typeof type !== 'string') throw invalidParams([{ path: '/type', message: 'must be a string' }])
  const known = integrationTypes.find((name) => name === type)
  if (known === undefined) throw new IntegrationError('error-invalid-integration-type')
  return known
}

function explain (type: IntegrationType, check: TypeCheck<TObject>, body: unknown): IntegrationError {
  const problems = new Map<string, InvalidField>()
  let sentence: string | undefined
  for (const error of check.Errors(body)) {
    if (problems.size === mostProblems) break
    const problem = describe(type, error)
    // A missing field is reported a second time as one of the wrong type.
    if (problems.has(problem.path)) continue
    problems.set(problem.path, problem)
    sentence ??= error.type === ValueErrorType.ObjectRequiredProperty
      ? problem.message
      : `${problem.path} ${problem.message}`
  }
  return invalidParams([...problems.values()], sentence)
}

function describe (type: IntegrationType, error: ValueError): InvalidField {
  switch (error.type) {
    case ValueErrorType.ObjectRequiredProperty: return missing(error.path)
    case ValueErrorType.ObjectAdditionalProperties: return unknown(type, error.path)
    case ValueErrorType.Union: return describeUnion(type, error)
    default: return { path: error.path, message: expectation(error) }
  }
}

function missing (path: string): InvalidField {
  return { path, message: `must have required property '${nameIn(path)}'` }
}

function unknown (type: IntegrationType, path: string): InvalidField {
  const name = nameIn(path)
  // A slip of the pen changes at most every third letter.
  const maxDistance = Math.max(1, Math.floor(name.length / 3))
  const closest = name.length > longestName ? undefined : closestMatch(name, ownFields[type], { maxDistance })
  return {
    path: path.slice(0, longestName),
    message: `is not a field of a ${type} integration` + (closest === undefined ? '' : `; did you mean '${closest}'?`)
  }
}

/** The field that a JSON pointer ends in. */
function nameIn (path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replaceAll('~1', '/').replaceAll('~0', '~')
}

/** What a client may mean by a misspelt name: the fields that this type has, without those of the other. */
const ownFields: Readonly<Record<IntegrationType, readonly string[]>> = {
  'webhook-incoming': fieldsOf('webhook-incoming'),
  'webhook-outgoing': fieldsOf('webhook-outgoing')
}

function fieldsOf (type: IntegrationType): string[] {
  return Object.entries<TSchema>(inputSchemas[type].properties)
    .filter(([, schema]) => !isForeign(schema))
    .map(([name]) => name)
}

/** Foreign fields are exactly those that admit null and the empty string and nothing else (schemas/primitives.ts). */
function isForeign (schema: TSchema): boolean {
  return isUnion(schema) && schema.anyOf.some((member) => member.const === '')
}

/**
 * A union fails as a whole. If the value is of the kind of one member, what is
 * wrong with it as that member says more.
 */
function describeUnion (type: IntegrationType, error: ValueError): InvalidField {
  if (isForeign(error.schema)) {
    const other = integrationTypes.find((name) => name !== type)
    return { path: error.path, message: `belongs to ${other} integrations only: leave it out` }
  }
  const cause = closestMemberError(error)
  return cause === undefined ? { path: error.path, message: expectation(error) } : describe(type, cause)
}

/** What the member says whose kind the value is of; undefined when it is of none. */
function closestMemberError (union: ValueError): ValueError | undefined {
  for (const errors of union.errors) {
    const error = errors.First()
    if (error !== undefined && (error.path !== union.path || !kinds.has(error.type))) return error
    // A nullable union is a union in a union.
    const inner = error?.type === ValueErrorType.Union ? closestMemberError(error) : undefined
    if (inner !== undefined) return inner
  }
  return undefined
}

/** Failures that say "not of this kind at all". */
const kinds: ReadonlySet<ValueErrorType> = new Set([
  ValueErrorType.Array,
  ValueErrorType.Boolean,
  ValueErrorType.Integer,
  ValueErrorType.Literal,
  ValueErrorType.Null,
  ValueErrorType.Object,
  ValueErrorType.String,
  ValueErrorType.Union
])

function expectation ({ type, schema }: ValueError): string {
  switch (type) {
    case ValueErrorType.StringMaxLength: return `must not be longer than ${schema.maxLength} characters`
    case ValueErrorType.StringMinLength: return 'must not be empty'
    case ValueErrorType.StringPattern: return 'must not be blank'
    case ValueErrorType.IntegerMinimum: return `must not be less than ${schema.minimum}`
    case ValueErrorType.IntegerMaximum: return `must not be more than ${schema.maximum}`
    default: return `must be ${[...new Set(expectedKinds(schema))].join(' or ')}`
  }
}

function expectedKinds (schema: TSchema): string[] {
  if (isUnion(schema)) return schema.anyOf.flatMap(expectedKinds)
  if (typeof schema.const === 'string') return [`'${schema.const}'`]
  return kindNames.get(schema.type) ?? []
}

/** Null is missing: it means "absent", and is not what somebody wanted to write. */
const kindNames: ReadonlyMap<unknown, string[]> = new Map([
  ['array', ['an array']],
  ['boolean', ['true or false']],
  ['integer', ['an integer']],
  ['string', ['a string']]
])

function isUnion (schema: TSchema): schema is TSchema & { anyOf: TSchema[] } {
  return Array.isArray(schema.anyOf)
}
