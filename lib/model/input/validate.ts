import { type Static, type TObject, type TSchema, TypeGuard } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
import { type ValueError, ValueErrorType } from '@sinclair/typebox/errors'
import { closestMatch } from 'leven'
import { type IntegrationType, integrationTypes, type InvalidField } from '../../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../../errors/index.ts'

/** More than this many problems of one body are not listed. */
export const mostProblems = 20

/** An object with more fields than this fits no schema. */
const mostFields = 100

/** Names that a client made up are repeated to it no further than this. */
const longestName = 60

/** A check that returns what it was given, or throws what a client is told. */
export type Validator<T> = (value: unknown) => T

/**
 * Makes a validator of an object. The same object comes back, unless it fits
 * only once its texts are taken for what they say: "true" and "false" for a
 * boolean, decimal digits for an integer. Then a copy comes back. Nothing else
 * is converted, filled in or dropped.
 *
 * @param what names in errors what has no such field.
 * @throws (the validator) IntegrationError `invalid-params`.
 */
export function validatorOf<T extends TObject> (schema: T, what: string): Validator<Static<T>> {
  const check = TypeCompiler.Compile(schema)
  const subject = { what, fields: fieldsOf(schema) }
  const takeAtWord = converterOf(schema)
  return (value) => {
    if (check.Check(value)) return value
    if (!isObject(value)) throw invalidParams([{ path: '', message: 'The body must be a JSON object' }])
    const meant = takeAtWord(value)
    if (meant !== value && check.Check(meant)) return meant
    throw explain(subject, check, meant)
  }
}

/** What a text may stand for: undefined when the text does not say it. */
type Reading = (text: string) => unknown

const asBoolean: Reading = (text) => (text === 'true' ? true : text === 'false' ? false : undefined)

const asInteger: Reading = (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined)

/**
 * Makes a function that reads the texts of an object that stand for something
 * else. The object itself is not changed.
 */
function converterOf ({ properties }: TObject): (value: object) => object {
  const readings = Object.entries<TSchema>(properties).flatMap(([name, property]): Array<[string, Reading]> => {
    const reading = readingOf(property)
    return reading === undefined ? [] : [[name, reading]]
  })
  return (value) => {
    const meant = readings.flatMap(([name, reading]) => {
      const text: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined
      const said = typeof text === 'string' ? reading(text) : undefined
      return said === undefined ? [] : [[name, said]]
    })
    // No schema has so many fields, and copying them all would take long.
    if (meant.length === 0 || Object.keys(value).length > mostFields) return value
    return { ...value, ...Object.fromEntries(meant) }
  }
}

function readingOf (schema: TSchema): Reading | undefined {
  if (TypeGuard.IsUnion(schema)) return schema.anyOf.map(readingOf).find((reading) => reading !== undefined)
  if (TypeGuard.IsBoolean(schema)) return asBoolean
  return TypeGuard.IsInteger(schema) ? asInteger : undefined
}

/** The schemas of both types for one purpose. */
interface TypedSchemas<I extends TObject, O extends TObject> {
  readonly 'webhook-incoming': I
  readonly 'webhook-outgoing': O
}

/**
 * Makes a validator that looks at `type` first and then at the schema of that
 * type, as {@link validatorOf} does.
 *
 * @param unknownType what a client is told that names another type.
 */
export function typedValidatorOf<I extends TObject, O extends TObject> (
  schemas: TypedSchemas<I, O>, unknownType: () => IntegrationError = invalidType
): Validator<Static<I> | Static<O>> {
  const validators: Readonly<Record<IntegrationType, Validator<Static<I> | Static<O>>>> = {
    'webhook-incoming': validatorOf(schemas['webhook-incoming'], 'a webhook-incoming integration'),
    'webhook-outgoing': validatorOf(schemas['webhook-outgoing'], 'a webhook-outgoing integration')
  }
  return (body) => {
    const type = typeOf(body)
    const known = integrationTypes.find((name) => name === type)
    if (known === undefined) throw unknownType()
    return validators[known](body)
  }
}

function invalidType (): IntegrationError {
  return new IntegrationError('error-invalid-integration-type')
}

function typeOf (body: unknown): string {
  if (!isObject(body)) throw invalidParams([{ path: '', message: 'The body must be a JSON object' }])
  if (!('type' in body) || !Object.hasOwn(body, 'type')) {
    throw invalidParams([missing('/type')], missing('/type').message)
  }
  if (typeof body.type !== 'string') throw invalidParams([{ path: '/type', message: 'must be a string' }])
  return body.type
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is checked, as errors speak of it. */
interface Subject {
  readonly what: string
  /** What a client may mean by a misspelt name. */
  readonly fields: readonly string[]
}

function explain (subject: Subject, check: TypeCheck<TObject>, body: unknown): IntegrationError {
  const problems = new Map<string, InvalidField>()
  let sentence: string | undefined
  for (const error of check.Errors(body)) {
    if (problems.size === mostProblems) break
    const problem = describe(subject, error)
    // A missing field is reported a second time as one of the wrong type.
    if (problems.has(problem.path)) continue
    problems.set(problem.path, problem)
    sentence ??= error.type === ValueErrorType.ObjectRequiredProperty
      ? problem.message
      : `${problem.path} ${problem.message}`
    // The entries of a list that is too long are not looked at one by one.
    if (error.type === ValueErrorType.ArrayMaxItems) break
  }
  return invalidParams([...problems.values()], sentence)
}

function describe (subject: Subject, error: ValueError): InvalidField {
  switch (error.type) {
    case ValueErrorType.ObjectRequiredProperty: return missing(error.path)
    case ValueErrorType.ObjectAdditionalProperties: return unknown(subject, error.path)
    case ValueErrorType.Union: return describeUnion(subject, error)
    default: return { path: error.path, message: expectation(error) }
  }
}

function missing (path: string): InvalidField {
  return { path, message: `must have required property '${nameIn(path)}'` }
}

function unknown ({ what, fields }: Subject, path: string): InvalidField {
  const name = nameIn(path)
  // Two letters that changed places are two mistakes; in a long name, every third letter may be wrong.
  const maxDistance = Math.max(2, Math.floor(name.length / 3))
  const closest = name.length > longestName ? undefined : closestMatch(name, fields, { maxDistance })
  return {
    path: path.slice(0, longestName),
    message: `is not a field of ${what}` + (closest === undefined ? '' : `; did you mean '${closest}'?`)
  }
}

/** The field that a JSON pointer ends in. */
function nameIn (path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replaceAll('~1', '/').replaceAll('~0', '~')
}

/** The fields of a schema, without those that belong to the other type and those that clients only send back. */
function fieldsOf (schema: TObject): string[] {
  return Object.entries<TSchema>(schema.properties)
    .filter(([, property]) => !isForeign(property) && !TypeGuard.IsUnknown(property))
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
function describeUnion (subject: Subject, error: ValueError): InvalidField {
  if (isForeign(error.schema)) {
    return { path: error.path, message: `does not belong to ${subject.what}: leave it out` }
  }
  const cause = closestMemberError(error)
  return cause === undefined ? { path: error.path, message: expectation(error) } : describe(subject, cause)
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

function expectation ({ type, schema, value }: ValueError): string {
  switch (type) {
    case ValueErrorType.ArrayMaxItems: return `must not have more than ${schema.maxItems} entries`
    case ValueErrorType.StringMaxLength: return `must not be longer than ${schema.maxLength} characters`
    case ValueErrorType.StringMinLength: return 'must not be empty'
    case ValueErrorType.StringPattern: return hasControl(value)
      ? 'must not have control characters other than tab and line ends'
      : 'must not be blank'
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

/** Besides blanks, this is all that the patterns of the schemas refuse. */
function hasControl (value: unknown): boolean {
  return typeof value === 'string' && /[^\P{Cc}\t\n\r]/u.test(value)
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
