import { type Static, Type } from '@sinclair/typebox'
import {
  commonInputFields, echoFields, ignoredFields, incomingInputFields, integrationId, outgoingInputFields, outgoingLocatorFields, updateFields
} from './fields.ts'
import { limits } from './limits.ts'
import { foreign, nullable, partial } from './primitives.ts'
import { commonInternalFields, commonStoredFields, incomingAnswerFields } from './stored.ts'

const type = Type.Literal('webhook-incoming', { description: 'An incoming webhook: others post into the chat.' })

/** Body of `integrations.create` for an incoming webhook. Closed: a field that is not listed is refused. */
export const IncomingInputSchema = Type.Object({
  type,
  ...commonInputFields,
  ...incomingInputFields,
  ...foreign(outgoingInputFields)
}, {
  $id: 'IncomingIntegrationInput',
  title: 'Incoming webhook, to be created',
  description: 'What a client sends to create an incoming webhook.',
  additionalProperties: false,
  examples: [{
    type: 'webhook-incoming',
    username: 'rocket.cat',
    channel: '#general',
    scriptEnabled: false,
    name: 'testHook',
    enabled: true
  }]
})

/** The body that creates an incoming webhook. */
export type IncomingInput = Static<typeof IncomingInputSchema>

/** Body of `integrations.update` for an incoming webhook. Closed. A field that is left out is not changed. */
export const IncomingUpdateSchema = Type.Object({
  type,
  ...echoFields,
  ...ignoredFields,
  integrationId,
  ...updateFields,
  ...partial(commonInputFields),
  ...incomingInputFields,
  ...foreign({ ...outgoingInputFields, target_url: outgoingLocatorFields.target_url }),
  token: nullable(Type.String({ maxLength: limits.token, description: 'As it was read; integrations.regenerateToken makes a new one.' }))
}, {
  $id: 'IncomingIntegrationUpdate',
  title: 'Incoming webhook, to be changed',
  description: 'What a client sends to change an incoming webhook; what is left out is not changed, null or an empty text clears an optional field.',
  additionalProperties: false,
  examples: [{ type: 'webhook-incoming', integrationId: '3aazpZ2WzoBP8msi9', enabled: false }]
})

/** The body that changes an incoming webhook. */
export type IncomingUpdate = Static<typeof IncomingUpdateSchema>

const storedFields = {
  type,
  ...commonStoredFields,
  overrideDestinationChannelEnabled: Type.Boolean()
}

/** An incoming webhook as a store keeps it. Open, so that a reader tolerates fields of a later version. */
export const IncomingIntegrationSchema = Type.Object({ ...storedFields, ...commonInternalFields }, {
  title: 'Incoming webhook, as it is stored',
  description: 'An incoming webhook with the fields that the server keeps for itself.'
})

/** An incoming webhook as a store keeps it. */
export type IncomingIntegration = Static<typeof IncomingIntegrationSchema>

/** An incoming webhook as it is returned. Open, as the stored one. */
export const IncomingIntegrationViewSchema = Type.Object({ ...storedFields, ...incomingAnswerFields }, {
  $id: 'IncomingIntegration',
  title: 'Incoming webhook',
  description: 'An incoming webhook as it is returned.',
  examples: [{
    _id: 'xY5qzpZ2WzoBP8msi',
    type: 'webhook-incoming',
    name: 'testHook',
    enabled: true,
    username: 'rocket.cat',
    userId: 'rocket.cat',
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    overrideDestinationChannelEnabled: false,
    token: 'aFh7dWyTX2nMNHGJ5tEgqYSxJYvo3i9RAK6BP4sZmQwcLb8k',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z',
    hookPath: '/hooks/xY5qzpZ2WzoBP8msi/aFh7dWyTX2nMNHGJ5tEgqYSxJYvo3i9RAK6BP4sZmQwcLb8k'
  }]
})

/** An incoming webhook as it is returned. */
export type IncomingIntegrationView = Static<typeof IncomingIntegrationViewSchema>
