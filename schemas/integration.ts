import { type Static, Type } from '@sinclair/typebox'
import { IncomingInputSchema, IncomingIntegrationSchema, IncomingIntegrationViewSchema, IncomingUpdateSchema } from './incoming.ts'
import { OutgoingInputSchema, OutgoingIntegrationSchema, OutgoingIntegrationViewSchema, OutgoingUpdateSchema } from './outgoing.ts'

/** The two kinds of integration. */
export const integrationTypes = ['webhook-incoming', 'webhook-outgoing'] as const

/** The kind of an integration. */
export type IntegrationType = typeof integrationTypes[number]

/** The input schema of each kind. */
export const inputSchemas = {
  'webhook-incoming': IncomingInputSchema,
  'webhook-outgoing': OutgoingInputSchema
} as const

/** The update schema of each kind. */
export const updateSchemas = {
  'webhook-incoming': IncomingUpdateSchema,
  'webhook-outgoing': OutgoingUpdateSchema
} as const

/** The schema of each kind as it is stored. */
export const integrationSchemas = {
  'webhook-incoming': IncomingIntegrationSchema,
  'webhook-outgoing': OutgoingIntegrationSchema
} as const

/** The schema of each kind as it is returned. */
export const integrationViewSchemas = {
  'webhook-incoming': IncomingIntegrationViewSchema,
  'webhook-outgoing': OutgoingIntegrationViewSchema
} as const

/** Body of `integrations.create`; `type` decides which member applies. */
export const IntegrationInputSchema = Type.Union([IncomingInputSchema, OutgoingInputSchema], {
  title: 'Integration, to be created',
  description: 'What a client sends to create an integration; type decides which fields there are.'
})

/** The body that creates an integration. */
export type IntegrationInput = Static<typeof IntegrationInputSchema>

/** Body of `integrations.update`; `type` decides which member applies. */
export const IntegrationUpdateSchema = Type.Union([IncomingUpdateSchema, OutgoingUpdateSchema], {
  title: 'Integration, to be changed',
  description: 'What a client sends to change an integration; type decides which fields there are.'
})

/** The body that changes an integration. */
export type IntegrationUpdate = Static<typeof IntegrationUpdateSchema>

/** An integration as a store keeps it. */
export const IntegrationSchema = Type.Union([IncomingIntegrationSchema, OutgoingIntegrationSchema], {
  title: 'Integration, as it is stored',
  description: 'An integration with the fields that the server keeps for itself; type decides which fields there are.'
})

/**
 * An integration as a store keeps it. Clients and the host get an
 * {@link IntegrationView}.
 */
export type Integration = Static<typeof IntegrationSchema>

/** An integration as it is returned. */
export const IntegrationViewSchema = Type.Union([IncomingIntegrationViewSchema, OutgoingIntegrationViewSchema], {
  title: 'Integration',
  description: 'An integration as it is returned; type decides which fields there are.'
})

/**
 * An integration as it is returned: the stored fields without those that the
 * server keeps for itself, and for an incoming integration the path of its hook.
 */
export type IntegrationView = Static<typeof IntegrationViewSchema>
