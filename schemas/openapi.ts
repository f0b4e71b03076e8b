import { type TUnsafe, Type } from '@sinclair/typebox'
import { IncomingInputSchema, IncomingIntegrationSchema, IncomingUpdateSchema } from './incoming.ts'
import {
  type Integration, type IntegrationInput, type IntegrationUpdate
} from './integration.ts'
import { OutgoingInputSchema, OutgoingIntegrationSchema, OutgoingUpdateSchema } from './outgoing.ts'
import { IncomingRemoveSchema, type IntegrationRemove, OutgoingRemoveSchema } from './requests.ts'

/** Schemas that an OpenAPI document names: everything with an `$id`. */
export const components = [
  IncomingInputSchema,
  OutgoingInputSchema,
  IncomingUpdateSchema,
  OutgoingUpdateSchema,
  IncomingRemoveSchema,
  OutgoingRemoveSchema,
  IncomingIntegrationSchema,
  OutgoingIntegrationSchema
] as const

/**
 * The two headers of Rocket.Chat clients, for `openapi.components` of
 * `@fastify/swagger`. A host with another kind of authentication has others.
 */
export const tokenHeaderSecuritySchemes = {
  userId: { type: 'apiKey', in: 'header', name: 'X-User-Id', description: 'The _id of the user who calls.' },
  authToken: { type: 'apiKey', in: 'header', name: 'X-Auth-Token', description: 'The token of that user.' }
} as const

/** What a route says that wants both headers. */
export const tokenHeaderSecurity = [{ userId: [], authToken: [] }]

/**
 * Names a component after its `$id`, so that the document speaks of
 * `IncomingIntegration` instead of `def-0`: for the option `refResolver` of
 * `@fastify/swagger`.
 */
export const refResolver = {
  buildLocalReference: (json: { $id?: unknown }, _baseUri: unknown, _fragment: unknown, index: number): string =>
    typeof json.$id === 'string' ? json.$id : `def-${index}`
}

/** Both types by reference, told apart by `type`. */
function either<T> (incoming: { $id?: string }, outgoing: { $id?: string }, about: { title: string, description: string }): TUnsafe<T> {
  return Type.Unsafe<T>({
    ...about,
    oneOf: [{ $ref: `${incoming.$id}#` }, { $ref: `${outgoing.$id}#` }],
    discriminator: {
      propertyName: 'type',
      mapping: {
        'webhook-incoming': `#/components/schemas/${incoming.$id}`,
        'webhook-outgoing': `#/components/schemas/${outgoing.$id}`
      }
    }
  })
}

/** Body of `integrations.create`, as a document shows it. */
export const CreateBody = either<IntegrationInput>(IncomingInputSchema, OutgoingInputSchema, {
  title: 'Integration, to be created',
  description: 'What a client sends to create an integration; type decides which fields there are.'
})

/** Body of `integrations.update`, as a document shows it. */
export const UpdateBody = either<IntegrationUpdate>(IncomingUpdateSchema, OutgoingUpdateSchema, {
  title: 'Integration, to be changed',
  description: 'What a client sends to change an integration; type decides which fields there are.'
})

/** Body of `integrations.remove`, as a document shows it. */
export const RemoveBody = either<IntegrationRemove>(IncomingRemoveSchema, OutgoingRemoveSchema, {
  title: 'Integration, to be removed',
  description: 'Named by integrationId or, if outgoing, by one of the URLs it calls.'
})

const StoredIntegration = either<Integration>(IncomingIntegrationSchema, OutgoingIntegrationSchema, {
  title: 'Integration',
  description: 'An integration as it is stored and returned; type decides which fields there are.'
})

/** Answer that carries one integration, as a document shows it. */
export const IntegrationReplyBody = Type.Object({
  integration: StoredIntegration,
  success: Type.Literal(true)
}, { description: 'The integration.' })

/** Answer of `integrations.list`, as a document shows it. */
export const IntegrationListReplyBody = Type.Object({
  integrations: Type.Array(StoredIntegration),
  offset: Type.Integer({ description: 'How many were left out.' }),
  items: Type.Integer({ description: 'How many are in this page.' }),
  count: Type.Integer({ description: 'How many are in this page.' }),
  total: Type.Integer({ description: 'How many there are in all.' }),
  success: Type.Literal(true)
}, { description: 'Integrations that the caller may manage.' })
