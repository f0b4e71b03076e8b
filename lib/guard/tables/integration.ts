import { TypeCompiler } from '@sinclair/typebox/compiler'
import { type Integration, integrationSchemas, type IntegrationType, integrationTypes } from '../../../schemas/index.ts'
import { cutToShape, shapeOf } from '../shape.ts'

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
  const copy = cutToShape(value, shape)
  return check.Check(copy) ? copy : undefined
}

/** Says why a value is no integration: the field at fault, and never its value. */
export function whyNoIntegration (value: unknown): string {
  const type = typeOf(value)
  if (type === undefined || !isObject(value)) return 'it has no known type'
  const { check, shape } = readers[type]
  const path = check.Errors(cutToShape(value, shape)).First()?.path
  return path === undefined ? 'it cannot be read' : `its field ${path} does not fit`
}

function typeOf (value: unknown): IntegrationType | undefined {
  const type: unknown = isObject(value) ? Reflect.get(value, 'type') : undefined
  return integrationTypes.find((known) => known === type)
}

function isObject (value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
