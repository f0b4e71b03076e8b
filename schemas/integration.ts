import { type Static, Type } from '@sinclair/typebox'
import { IncomingInputSchema, IncomingIntegrationSchema, IncomingUpdateSchema } from './incoming.ts'
import { OutgoingInputSchema, OutgoingIntegrationSchema, OutgoingUpdateSchema } from './outgoing.ts'

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

/** The schema of each kind as it is stored and returned. */
export const integrationSchemas = {
  'webhook-incoming': IncomingIntegrationSchema,
  'webhook-outgoing': OutgoingIntegrationSchema
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

/** An integration as it is stored and returned. */
export const IntegrationSchema = Type.Union([IncomingIntegrationSchema, OutgoingIntegrationSchema], {
  title: 'Integration',
  description: 'An integration as it is stored and returned; type decides which fields there are.'
})

/** An integration as it is stored and returned. */
export type Integration = Static<typeof IntegrationSchema>
