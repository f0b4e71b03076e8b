import { type Static, Type } from '@sinclair/typebox'

const value = (description: string) => Type.Optional(Type.Unknown({ description }))

/**
 * The fields that an incoming webhook looks at. Open, and of any type: a value
 * of an odd type is left out of the message and never refuses the request.
 * `null`, empty and blank texts count as absent.
 */
export const HookPayloadSchema = Type.Object({
  text: value('Text of the message.'),
  msg: value('Text of the message, where there is no text.'),
  blocks: value('Blocks of Slack; their text, where there is no other.'),
  attachments: value('Array of attachments, or one attachment.'),
  username: value('Display name.'),
  alias: value('Display name, where there is no username.'),
  icon_url: value('Picture beside the message.'),
  avatar: value('Picture, where there is no icon_url.'),
  icon_emoji: value('Emoji beside the message, where there is no picture.'),
  emoji: value('Emoji, where there is no icon_emoji.'),
  tmid: value('The message that this one answers.'),
  thread_ts: value('The message that this one answers, where there is no tmid.'),
  parseUrls: value('Whether the host may show previews of links.'),
  groupable: value('Whether the message may join the one above.'),
  customFields: value('Plain data for the host.')
}, {
  $id: 'HookPayload',
  title: 'Payload of an incoming webhook',
  description: 'The fields that an incoming webhook looks at; unknown ones are ignored.',
  examples: [{ text: 'Build 5 passed', username: 'CI', icon_emoji: ':rocket:' }]
})

/** The fields that an incoming webhook looks at. */
export type HookPayload = Static<typeof HookPayloadSchema>
