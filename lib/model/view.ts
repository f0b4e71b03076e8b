import { type TObject, TypeGuard } from '@sinclair/typebox'
import { type Integration, type IntegrationType, type IntegrationView, integrationViewSchemas } from '../../schemas/index.ts'

/** A field of a schema, and the fields of the object that stands in it. */
interface Field {
  readonly name: string
  readonly fields: readonly Field[] | undefined
}

/**
 * An integration as it is answered: the fields of the schema of its type, in
 * the order of the schema, and no others. So the same integration is the same
 * bytes, whichever store it comes from, and a field that does not belong to it
 * never leaves.
 */
export function viewOf (integration: Integration): IntegrationView {
  // The compiler cannot express "the fields of this schema"; the schema, which the type comes from, can.
  return pick(integration, fieldsByType[integration.type]) as IntegrationView
}

function pick (value: object, fields: readonly Field[]): object {
  const picked: Record<string, unknown> = {}
  for (const { name, fields: inner } of fields) {
    const part: unknown = Reflect.get(value, name)
    if (part === undefined) continue
    picked[name] = inner !== undefined && typeof part === 'object' && part !== null ? pick(part, inner) : part
  }
  return picked
}

function fieldsOf ({ properties }: TObject): Field[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name, fields: TypeGuard.IsObject(schema) ? fieldsOf(schema) : undefined
  }))
}

const fieldsByType: Readonly<Record<IntegrationType, readonly Field[]>> = {
  'webhook-incoming': fieldsOf(integrationViewSchemas['webhook-incoming']),
  'webhook-outgoing': fieldsOf(integrationViewSchemas['webhook-outgoing'])
}
