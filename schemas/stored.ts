import { Type } from '@sinclair/typebox'
import { commonStoredOptions } from './fields.ts'
import { limits } from './limits.ts'
import { ActorSchema, IntegrationIdSchema, TimestampSchema } from './primitives.ts'

/** The fields of every integration that are stored and returned, besides `type`. */
export const commonStoredFields = {
  _id: IntegrationIdSchema,
  name: Type.String(),
  enabled: Type.Boolean(),
  username: Type.String({ description: 'The username that messages are posted as.' }),
  userId: Type.String({ description: 'The _id of the user that messages are posted as.' }),
  channel: Type.Array(Type.String(), { description: 'Channels, users and scopes, in the order they were given.' }),
  scriptEnabled: Type.Boolean(),
  ...commonStoredOptions,
  scriptEngine: Type.Literal('isolated-vm'),
  scriptError: Type.Optional(Type.Object({
    name: Type.String(),
    message: Type.String()
  }, { description: 'Why the script is not valid JavaScript.' })),
  skipTranspile: Type.Boolean(),
  token: Type.String(),
  _createdAt: TimestampSchema,
  _createdBy: ActorSchema,
  _updatedAt: TimestampSchema,
  _updatedBy: Type.Optional(ActorSchema)
}

/** The fields of every integration that are stored and never returned. */
export const commonInternalFields = {
  channelIds: Type.Optional(Type.Array(Type.String(), {
    description: 'What each entry of channel stands for, in the same order: # and the _id of a room, @ and the _id of a user, ' +
      'or the scope itself. Absent when the names were not looked up.',
    maxItems: limits.channels
  }))
}

/** The fields of outgoing integrations that are stored and never returned. */
export const outgoingInternalFields = {
  ...commonInternalFields,
  targetRoomId: Type.Optional(Type.String({
    description: 'What targetRoom stands for: # and the _id of a room, or @ and the _id of a user. Absent when the name was not looked up.'
  })),
  previousSecret: Type.Optional(Type.Object({
    secret: Type.String(),
    until: TimestampSchema
  }, { description: 'The secret before the present one, and the time until which requests carry its signature as well.' })),
  switchedOff: Type.Optional(Type.Object({
    at: TimestampSchema,
    reason: Type.String()
  }, { description: 'When and why the server switched the integration off. Absent when nobody or a user did.' }))
}

/** The fields of an incoming integration that are made for an answer and not stored. */
export const incomingAnswerFields = {
  hookPath: Type.Optional(Type.String({
    description: 'The path that others post to. It holds the token and is as secret as the token. Absent on a server without hook routes.'
  }))
}
