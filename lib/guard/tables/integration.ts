import type { TObject, TSchema } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type Integration, integrationSchemas, type IntegrationType, integrationTypes } from '../../../schemas/index.ts'

/** The fields of an object that a schema lists; null for a field whose value has no fields of its own. */
type Shape = ReadonlyMap<string, Shape | null>

const readers = {
  'webhook-incoming': { check: TypeCompiler.Compile(integrationSchemas['webhook-incoming']), shape: shapeOf(integrationSchemas['webhook-incoming']) },
  'webhook-outgoing': { check: TypeCompiler.Compile(integrationSchemas['webhook-outgoing']), shape: shapeOf(integrationSchemas['webhook-outgoing']) }
} as const

/**
 * Reads the answer of a store as an integration. The result is a copy that has
 * the fields of its type and no others: a column that a host keeps beside them
 * never reaches a client.
 *
 * @returns undefined when the value is no integration.
 */
export function integrationFrom (value: unknown): Integration | undefined {
  const type = typeOf(value)
  if (type === undefined || !isObject(value)) return undefined
  const { check, shape } = readers[type]
  const copy = cut(value, shape)
  return check.Check(copy) ? copy : undefined
}

/** Says why a value is no integration: the field at fault, and never its value. */
export function whyNoIntegration (value: unknown): string {
  const type = typeOf(value)
  if (type === undefined || !isObject(value)) return 'it has no known type'
  const { check, shape } = readers[type]
  const path = check.Errors(cut(value, shape)).First()?.path
  return path === undefined ? 'it cannot be read' : `its field ${path} does not fit`
}

/** The fields of the shape, in the order of the value: an answer that is sent again has the same bytes. */
function cut (value: object, shape: Shape): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const inner = shape.get(name)
    if (inner === undefined) continue
    const field: unknown = Reflect.get(value, name)
    if (field !== undefined) copy[name] = inner !== null && isObject(field) ? cut(field, inner) : field
  }
  return copy
}

function shapeOf (schema: TObject): Shape {
  return new Map(Object.entries<TSchema>(schema.properties).map(([name, field]) => [name, isObjectSchema(field) ? shapeOf(field) : null]))
}

function isObjectSchema (schema: TSchema): schema is TObject {
  return schema.type === 'object'
}

function typeOf (value: unknown): IntegrationType | undefined {
  const type: unknown = isObject(value) ? Reflect.get(value, 'type') : undefined
  return integrationTypes.find((known) => known === type)
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
