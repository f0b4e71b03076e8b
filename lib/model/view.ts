import { type TObject, TypeGuard } from '@sinclair/typebox'
import { type Integration, type IntegrationType, type IntegrationView, integrationViewSchemas } from '../../schemas/index.ts'

/** A field of a schema, and the fields of the object that stands in it. */
interface Field {
  readonly name: string
  readonly fields: readonly Field[] | undefined
}

/** Where the hooks of incoming integrations are. */
export interface HookPlace {
  /**
   * The path in front of the hooks, with the prefixes of all contexts and without
   * a slash at its end: `/hooks`. Undefined when the server has no hook routes.
   */
  readonly hookPrefix: string | undefined
}

/**
 * An integration as it is answered: the fields of the schema of its type, in
 * the order of the schema, and no others. So the same integration is the same
 * bytes, whichever store it comes from, and a field that does not belong to it
 * never leaves. An incoming integration gets the path of its hook.
 */
export function viewOf (integration: Integration, place: HookPlace): IntegrationView {
  const complete = integration.type === 'webhook-incoming' ? { ...integration, hookPath: hookPathOf(integration, place) } : integration
  // The compiler cannot express "the fields of this schema"; the schema, which the type comes from, can.
  return pick(complete, fieldsByType[integration.type]) as IntegrationView
}

function hookPathOf ({ _id, token }: Integration, { hookPrefix }: HookPlace): string | undefined {
  return hookPrefix === undefined ? undefined : `${hookPrefix}/${encode(_id)}/${encode(token)}`
}

/** Our own ids and tokens need no encoding. A store of the host may hold others, with halves of surrogate pairs among them. */
function encode (text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
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
