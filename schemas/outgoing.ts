import { type Static, Type } from '@sinclair/typebox'
import {
  commonInputFields, echoFields, ignoredFields, incomingInputFields, outgoingInputFields, outgoingLocatorFields, outgoingStoredOptions,
  updateFields
} from './fields.ts'
import { foreign, partial } from './primitives.ts'
import { commonStoredFields, outgoingInternalFields } from './stored.ts'

/** The events that can trigger an outgoing webhook. */
export const eventNames = [
  'sendMessage',
  'fileUploaded',
  'roomArchived',
  'roomCreated',
  'roomJoined',
  'roomLeft',
  'userCreated'
] as const

/** The name of an event that can trigger an outgoing webhook. */
export const EventNameSchema = Type.Union(eventNames.map((name) => Type.Literal(name)), {
  description: 'The event that triggers the integration.'
})

/** The name of an event that can trigger an outgoing webhook. */
export type EventName = Static<typeof EventNameSchema>

const type = Type.Literal('webhook-outgoing', { description: 'An outgoing webhook: the chat calls others.' })

/** Body of `integrations.create` for an outgoing webhook. Closed: a field that is not listed is refused. */
export const OutgoingInputSchema = Type.Object({
  type,
  ...commonInputFields,
  ...outgoingInputFields,
  ...foreign(incomingInputFields)
}, {
  $id: 'OutgoingIntegrationInput',
  title: 'Outgoing webhook, to be created',
  description: 'What a client sends to create an outgoing webhook.',
  additionalProperties: false,
  examples: [{
    type: 'webhook-outgoing',
    name: 'Testing via REST API',
    event: 'sendMessage',
    enabled: false,
    channel: '#general',
    username: 'rocket.cat',
    urls: ['http://text2gif.guggy.com/guggify'],
    scriptEnabled: false
  }]
})

/** The body that creates an outgoing webhook. */
export type OutgoingInput = Static<typeof OutgoingInputSchema>

/** Body of `integrations.update` for an outgoing webhook. Closed. A field that is left out is not changed. */
export const OutgoingUpdateSchema = Type.Object({
  type,
  ...echoFields,
  ...ignoredFields,
  ...updateFields,
  ...outgoingLocatorFields,
  ...partial({ ...commonInputFields, ...outgoingInputFields }),
  ...foreign(incomingInputFields)
}, {
  $id: 'OutgoingIntegrationUpdate',
  title: 'Outgoing webhook, to be changed',
  description: 'What a client sends to change an outgoing webhook; what is left out is not changed, null or an empty text clears an optional field.',
  additionalProperties: false,
  examples: [{ type: 'webhook-outgoing', integrationId: '3aazpZ2WzoBP8msi9', enabled: false }]
})

/** The body that changes an outgoing webhook. */
export type OutgoingUpdate = Static<typeof OutgoingUpdateSchema>

const storedFields = {
  type,
  ...commonStoredFields,
  event: EventNameSchema,
  urls: Type.Array(Type.String()),
  secret: Type.Optional(Type.String({ description: 'The key that requests are signed with: whsec_ and base64.' })),
  ...outgoingStoredOptions
}

/** An outgoing webhook as a store keeps it. Open, so that a reader tolerates fields of a later version. */
export const OutgoingIntegrationSchema = Type.Object({ ...storedFields, ...outgoingInternalFields }, {
  title: 'Outgoing webhook, as it is stored',
  description: 'An outgoing webhook with the fields that the server keeps for itself.'
})

/** An outgoing webhook as a store keeps it. */
export type OutgoingIntegration = Static<typeof OutgoingIntegrationSchema>

/** An outgoing webhook as it is returned. Open, as the stored one. */
export const OutgoingIntegrationViewSchema = Type.Object(storedFields, {
  $id: 'OutgoingIntegration',
  title: 'Outgoing webhook',
  description: 'An outgoing webhook as it is returned.',
  examples: [{
    _id: '3aazpZ2WzoBP8msi9',
    type: 'webhook-outgoing',
    name: 'Testing via REST API',
    enabled: false,
    username: 'rocket.cat',
    userId: 'rocket.cat',
    event: 'sendMessage',
    urls: ['http://text2gif.guggy.com/guggify'],
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    token: 'wZ2WzoBP8msi93aazpYtRq7K',
    secret: 'whsec_YW4gZXhhbXBsZSBvZiBhIGtleTogMzIgYnl0ZXMgISE=',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z'
  }]
})

/** An outgoing webhook as it is returned. */
export type OutgoingIntegrationView = Static<typeof OutgoingIntegrationViewSchema>
