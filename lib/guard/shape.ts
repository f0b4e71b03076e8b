import { type TObject, type TSchema, TypeGuard } from '@sinclair/typebox'

/**
 * The fields of an object that a schema lists; null for a field whose value has
 * no fields of its own. A list of objects has the shape of its objects.
 */
export type Shape = ReadonlyMap<string, Shape | null>

/** The fields that a schema lists. */
export function shapeOf (schema: TObject): Shape {
  return new Map(Object.entries<TSchema>(schema.properties).map(([name, field]) => [name, shapeOfField(field)]))
}

function shapeOfField (field: TSchema): Shape | null {
  if (TypeGuard.IsObject(field)) return shapeOf(field)
  return TypeGuard.IsArray(field) ? shapeOfField(field.items) : null
}

/**
 * A copy of an object that has the fields of the shape and no others. The fields
 * have the order of the object: an answer that is sent again has the same bytes.
 * Values that have no fields of their own are not copied.
 */
export function cutToShape (value: object, shape: Shape): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const name of Object.keys(value)) {
    const inner = shape.get(name)
    if (inner === undefined) continue
    const field: unknown = Reflect.get(value, name)
    if (field !== undefined) copy[name] = inner === null ? field : cutField(field, inner)
  }
  return copy
}

function cutField (field: unknown, shape: Shape): unknown {
  if (Array.isArray(field)) return field.map((element: unknown) => cutField(element, shape))
  return typeof field === 'object' && field !== null ? cutToShape(field, shape) : field
}
