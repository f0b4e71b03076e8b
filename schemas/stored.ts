import { Type } from '@sinclair/typebox'
import { commonStoredOptions } from './fields.ts'
import { ActorSchema, IntegrationIdSchema, TimestampSchema } from './primitives.ts'

/** The fields of every stored integration, besides `type`. */
export const commonStoredFields = {
  _id: IntegrationIdSchema,
  name: Type.String(),
  enabled: Type.Boolean(),
  username: Type.String({ description: 'The username that messages are posted as.' }),
  userId: Type.String({ description: 'The _id of the user that messages are posted as.' }),
  channel: Type.Array(Type.String(), { description: 'Channels, users and scopes, in the order they were given.' }),
  channelIds: Type.Optional(Type.Array(Type.String())),
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
