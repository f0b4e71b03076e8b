import { type Static, Type } from '@sinclair/typebox'

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }))

/** One line of a table in an attachment. */
export const AttachmentFieldSchema = Type.Object({
  title: Type.String({ description: 'Name of the value; may be empty.' }),
  value: Type.String({ minLength: 1 }),
  short: Type.Optional(Type.Boolean({ description: 'Whether the field may share its line with others.' }))
}, { additionalProperties: false })

/** One line of a table in an attachment. */
export type AttachmentField = Static<typeof AttachmentFieldSchema>

/** A button of an attachment. */
export const AttachmentActionSchema = Type.Object({
  type: Type.Literal('button'),
  text: text('Label of the button.'),
  url: text('Address that the button opens: http, https or mailto.'),
  image_url: text('Picture on the button.'),
  msg: text('Text that the button sends.')
}, { additionalProperties: false })

/** A button of an attachment. */
export type AttachmentAction = Static<typeof AttachmentActionSchema>

/**
 * A card below a message, with the field names of Slack and Rocket.Chat.
 * Texts are trimmed and never empty. Links have the scheme `http:`, `https:`
 * or `mailto:`. Pictures may also be paths and `data:` addresses of images.
 */
export const AttachmentSchema = Type.Recursive((Self) => Type.Object({
  color: text('Colour of the edge, as the sender wrote it.'),
  fallback: text('The attachment in one plain line.'),
  pretext: text('Text above the card.'),
  author_name: text('Small line at the top.'),
  author_link: text('Link of the author.'),
  author_icon: text('Picture beside the author.'),
  title: text('Headline.'),
  title_link: text('Link of the headline.'),
  title_link_download: Type.Optional(Type.Boolean()),
  text: text('Body of the card.'),
  description: text('Description of a file.'),
  message_link: text('Link to a message.'),
  image_url: text('Large picture.'),
  thumb_url: text('Small picture.'),
  audio_url: text('Sound.'),
  video_url: text('Film.'),
  footer: text('Small line at the bottom.'),
  footer_icon: text('Picture beside the footer.'),
  ts: Type.Optional(Type.Union([Type.String({ minLength: 1 }), Type.Number()], {
    description: 'Time, as the sender wrote it: seconds since 1970, or a date.'
  })),
  collapsed: Type.Optional(Type.Boolean()),
  fields: Type.Optional(Type.Array(AttachmentFieldSchema, { minItems: 1, maxItems: 100 })),
  actions: Type.Optional(Type.Array(AttachmentActionSchema, { minItems: 1, maxItems: 100 })),
  attachments: Type.Optional(Type.Array(Self, { minItems: 1, maxItems: 100 }))
}, { additionalProperties: false }), {
  $id: 'HookAttachment',
  title: 'Attachment',
  description: 'A card below a message.'
})

/** A card below a message. */
export type Attachment = Static<typeof AttachmentSchema>
