import { type Static, Type } from '@sinclair/typebox'
import { AttachmentSchema } from './attachment.ts'

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** The message that a request to an incoming webhook asks for. Closed: the host gets these fields and no others. */
export const HookMessageSchema = Type.Object({
  text: Type.String({ description: 'Trimmed markdown; empty only when there are attachments.' }),
  alias: text('Display name. The account that posts never depends on it.'),
  avatar: text('Address or path of a picture beside the message.'),
  emoji: text('Emoji beside the message; absent where there is an avatar.'),
  attachments: Type.Optional(Type.Array(AttachmentSchema, { minItems: 1, maxItems: 100 })),
  threadId: text('The message that this one answers.'),
  parseUrls: Type.Boolean({ description: 'Whether the host may show previews of links.' }),
  groupable: Type.Boolean({ description: 'Whether the message may join the one above.' }),
  customFields: Type.Optional(Type.Record(Type.String(), Type.Unknown(), {
    description: 'Plain data of the sender; the host decides.'
  }))
}, {
  $id: 'HookMessage',
  title: 'Message of an incoming webhook',
  description: 'The message that a request to an incoming webhook asks for.',
  additionalProperties: false,
  examples: [{
    text: 'Build 5 passed',
    alias: 'CI',
    emoji: ':rocket:',
    attachments: [{ color: 'good', title: 'Log', title_link: 'https://ci.example/5' }],
    parseUrls: false,
    groupable: false
  }]
})

/** The message that a request to an incoming webhook asks for. */
export type HookMessage = Static<typeof HookMessageSchema>
