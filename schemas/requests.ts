import { type Static, Type } from '@sinclair/typebox'
import { historyLimits } from './history.ts'
import { rawLimits } from './limits.ts'
import { IncomingUpdateSchema } from './incoming.ts'
import { integrationTypes } from './integration.ts'
import { OutgoingUpdateSchema } from './outgoing.ts'
import { ignored } from './primitives.ts'

/** Query of `integrations.list`. */
export const ListQuerySchema = Type.Object({
  offset: Type.Optional(Type.Integer({ description: 'How many are left out; 0 when absent.', minimum: 0 })),
  count: Type.Optional(Type.Integer({
    description: 'How many follow; 50 when absent, more than 100 is read as 100, 0 means all.',
    minimum: 0
  })),
  name: Type.Optional(Type.String({ description: 'Part of the name, in any case.' })),
  type: Type.Optional(Type.Union(integrationTypes.map((type) => Type.Literal(type)), {
    description: 'Only integrations of this type.'
  })),
  sort: Type.Optional(Type.String({
    description: 'JSON object of fields with 1 or -1: _createdAt (also as ts) or name, alone; while the caller sees at most ' +
      '1,000 integrations also username, _updatedAt, type, enabled, channel, _createdBy and several fields. Newest first when absent.',
    examples: ['{"name":1}']
  })),
  query: ignored(),
  fields: ignored()
}, {
  title: 'Which integrations are listed, and how',
  description: 'Query of integrations.list.',
  additionalProperties: false
})

/** Query of `integrations.list`. */
export type ListQueryString = Static<typeof ListQuerySchema>

/** Query of `integrations.get`. */
export const GetQuerySchema = Type.Object({
  integrationId: Type.String({
    description: 'The _id of the integration.', minLength: 1, maxLength: rawLimits.reference, pattern: '\\S'
  }),
  createdBy: Type.Optional(Type.String({
    description: 'The _id of the user who must have created it.', maxLength: rawLimits.reference
  }))
}, { title: 'Which integration', description: 'Query of integrations.get.', additionalProperties: false })

/** Query of `integrations.get`. */
export type GetQueryString = Static<typeof GetQuerySchema>

/** Body of `integrations.remove` for an incoming webhook. Open: a field that is not listed is ignored. */
export const IncomingRemoveSchema = Type.Object({
  type: IncomingUpdateSchema.properties.type,
  integrationId: IncomingUpdateSchema.properties.integrationId
}, {
  $id: 'IncomingIntegrationRemoval',
  title: 'Incoming webhook, to be removed',
  description: 'What a client sends to remove an incoming webhook. Other fields are ignored.'
})

/** Body of `integrations.remove` for an outgoing webhook. Open, like the body for an incoming one. */
export const OutgoingRemoveSchema = Type.Object({
  type: OutgoingUpdateSchema.properties.type,
  integrationId: OutgoingUpdateSchema.properties.integrationId,
  target_url: OutgoingUpdateSchema.properties.target_url
}, {
  $id: 'OutgoingIntegrationRemoval',
  title: 'Outgoing webhook, to be removed',
  description: 'What a client sends to remove an outgoing webhook. Other fields are ignored.'
})

/** The removal schema of each kind. */
export const removeSchemas = {
  'webhook-incoming': IncomingRemoveSchema,
  'webhook-outgoing': OutgoingRemoveSchema
} as const

/** Body of `integrations.remove`. */
export const IntegrationRemoveSchema = Type.Union([IncomingRemoveSchema, OutgoingRemoveSchema], {
  title: 'Integration, to be removed',
  description: 'Named by integrationId or, if outgoing, by one of the URLs it calls.'
})

/** Body of `integrations.remove`. */
export type IntegrationRemove = Static<typeof IntegrationRemoveSchema>

/** Body of `integrations.regenerateToken`. */
export const RegenerateTokenSchema = Type.Object({
  integrationId: Type.String({
    description: 'The _id of the integration.', minLength: 1, maxLength: rawLimits.reference, pattern: '\\S'
  }),
  secret: Type.Optional(Type.Boolean({
    description: 'True: an outgoing webhook gets a new secret, and keeps its token. Requests carry the signatures of both secrets for 24 hours.'
  }))
}, {
  $id: 'TokenRegeneration',
  title: 'Integration that gets a new token or a new secret',
  description: 'Body of integrations.regenerateToken.',
  additionalProperties: false,
  examples: [{ integrationId: '3aazpZ2WzoBP8msi9' }]
})

/** Body of `integrations.regenerateToken`. */
export type RegenerateToken = Static<typeof RegenerateTokenSchema>

/** Query of `integrations.history`. */
export const HistoryQuerySchema = Type.Object({
  id: Type.String({
    description: 'The _id of the integration.', minLength: 1, maxLength: rawLimits.reference, pattern: '\\S'
  }),
  offset: Type.Optional(Type.Integer({ description: 'How many of the newest entries are left out; 0 when absent.', minimum: 0 })),
  count: Type.Optional(Type.Integer({
    description: `How many entries follow; 50 when absent. 0, and more than ${historyLimits.page}, is read as ${historyLimits.page}.`,
    minimum: 0
  })),
  sort: ignored(),
  query: ignored(),
  fields: ignored()
}, { title: 'Which part of which history', description: 'Query of integrations.history.', additionalProperties: false })

/** Query of `integrations.history`. */
export type HistoryQueryString = Static<typeof HistoryQuerySchema>

/** Body of `integrations.clearHistory`. */
export const ClearHistorySchema = Type.Object({
  integrationId: RegenerateTokenSchema.properties.integrationId
}, {
  $id: 'HistoryRemoval',
  title: 'Integration whose history is cleared',
  description: 'Body of integrations.clearHistory.',
  additionalProperties: false,
  examples: [{ integrationId: '3aazpZ2WzoBP8msi9' }]
})

/** Body of `integrations.clearHistory`. */
export type ClearHistory = Static<typeof ClearHistorySchema>

/** Query of `integrations.status`. */
export const StatusQuerySchema = Type.Object({
  integrationId: RegenerateTokenSchema.properties.integrationId
}, { title: 'Whose status', description: 'Query of integrations.status.', additionalProperties: false })

/** Query of `integrations.status`. */
export type StatusQueryString = Static<typeof StatusQuerySchema>

/** Body of `integrations.replayOutgoing`. */
export const ReplayOutgoingSchema = Type.Object({
  integrationId: RegenerateTokenSchema.properties.integrationId,
  historyId: Type.String({
    description: 'The _id of the entry of the history.', minLength: 1, maxLength: rawLimits.reference, pattern: '\\S'
  })
}, {
  $id: 'DeliveryReplay',
  title: 'Delivery that is sent again',
  description: 'Body of integrations.replayOutgoing.',
  additionalProperties: false,
  examples: [{ integrationId: '3aazpZ2WzoBP8msi9', historyId: 'h7aKq2ZWzoBP8msi9' }]
})

/** Body of `integrations.replayOutgoing`. */
export type ReplayOutgoing = Static<typeof ReplayOutgoingSchema>

/** Headers of `integrations.create`, without those of the authentication. */
export const CreateHeadersSchema = Type.Object({
  'idempotency-key': Type.Optional(Type.String({
    description: 'Makes sure that a request that is sent again creates no second integration: it gets what the first one ' +
      'created, as it is now, with Idempotent-Replayed: true.',
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]+$',
    examples: ['5cd36e3f-8d9c-4c5c-a7b0-9d2a8f0ad2f1']
  }))
}, {
  title: 'Headers of a create',
  description: 'Headers of integrations.create besides those that say who calls.'
})
