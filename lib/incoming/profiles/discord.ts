import { mostAttachments, mostFields } from '../../model/message/attachments.ts'
import { type Answer, asOne, type Failed, jsonAnswer, type Outcome, scriptSentence, type Wishes } from '../outcome.ts'
import { emptyRecord, field, isPayload, messageFields, type Payload } from '../../model/message/payload.ts'
import { type Looked, type Profile, sameText } from './profile.ts'

/** Senders for Discord: own field names, embeds instead of attachments, and 204 for success. */
export const discordProfile: Profile = {
  name: 'discord',
  toPayload: fromDiscord,
  toMarkdown: sameText,
  fieldNames: ['content', 'embeds', 'text', 'attachments'],
  answer: discordAnswer,
  look: discordLook
}

/**
 * The payload with the field names of this package. Fields of 4.3 count where
 * Discord's are absent. `attachments` beside Discord's fields describes files.
 * Of a list that is too long, one entry too many is left: the message notes it.
 */
function fromDiscord (payload: Payload): Payload {
  const content = field(payload, 'content')
  const embeds = field(payload, 'embeds')
  const isOurs = isAbsent(content) && isAbsent(embeds)
  const translated = emptyRecord<unknown>()
  for (const name of messageFields) {
    if (Object.hasOwn(payload, name) && (name !== 'attachments' || isOurs)) translated[name] = payload[name]
  }
  if (!isAbsent(content)) translated['text'] = content
  if (!isAbsent(field(payload, 'avatar_url'))) translated['icon_url'] = field(payload, 'avatar_url')
  if (!isAbsent(embeds)) translated['attachments'] = Array.isArray(embeds) ? embeds.slice(0, mostAttachments + 1).map(fromEmbed) : fromEmbed(embeds)
  return translated
}

function isAbsent (value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0)
}

/** An embed as an attachment. A value that is no object stays as it is, and the message notes the value. */
function fromEmbed (embed: unknown): unknown {
  if (!isPayload(embed)) return embed
  const author = part(embed, 'author')
  const footer = part(embed, 'footer')
  const fields = field(embed, 'fields')
  return {
    title: field(embed, 'title'),
    title_link: field(embed, 'url'),
    text: field(embed, 'description'),
    color: colorOf(field(embed, 'color')),
    ts: field(embed, 'timestamp'),
    author_name: field(author, 'name'),
    author_link: field(author, 'url'),
    author_icon: field(author, 'icon_url'),
    footer: field(footer, 'text'),
    footer_icon: field(footer, 'icon_url'),
    image_url: field(part(embed, 'image'), 'url'),
    thumb_url: field(part(embed, 'thumbnail'), 'url'),
    video_url: field(part(embed, 'video'), 'url'),
    fields: Array.isArray(fields) ? fields.slice(0, mostFields + 1).map(fromField) : fromField(fields)
  }
}

function part (embed: Payload, name: string): Payload {
  const value = field(embed, name)
  return isPayload(value) ? value : {}
}

function fromField (value: unknown): unknown {
  return isPayload(value) ? { title: field(value, 'name'), value: field(value, 'value'), short: field(value, 'inline') } : value
}

/** Discord counts colours as integers; some senders write them as text. */
function colorOf (value: unknown): unknown {
  const number = typeof value === 'string' && /^\d{1,8}$/.test(value.trim()) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0 || number > 0xFFFFFF) return typeof number === 'number' ? undefined : value
  return `#${number.toString(16).padStart(6, '0')}`
}

/** Words the answer that Discord would give. */
export function discordAnswer (outcome: Outcome, { wait }: Wishes): Answer {
  switch (outcome.kind) {
    case 'posted': return posted(outcome, wait)
    case 'nothing': return noContent
    case 'script-response': return discordAnswer(outcome.posted, { wait })
    case 'script-error': return jsonAnswer(400, { code: 50035, message: scriptSentence(outcome.error) })
    case 'separate': return discordAnswer(asOne(outcome), { wait })
    case 'failed': return failure(outcome)
  }
}

const noContent: Answer = { status: 204, contentType: undefined, body: '' }

function posted ({ posted, text, timestamp }: Extract<Outcome, { kind: 'posted' }>, wait: boolean): Answer {
  const first = posted.find((one) => '_id' in one)
  if (!wait || first === undefined) return noContent
  return jsonAnswer(200, { id: first._id, content: text, channel_id: first.channel.replace(/^[#@]/, ''), timestamp })
}

/** The codes of Discord's documentation. Code 0 stands for every other failure. */
function failure ({ status, code, error, retryAfter }: Failed): Answer {
  if (status === 429) return jsonAnswer(429, { message: 'You are being rate limited.', retry_after: retryAfter ?? 1, global: false, code: 0 })
  if (status === 404) return jsonAnswer(404, { code: 10015, message: 'Unknown Webhook' })
  switch (code) {
    case 'error-no-message': return jsonAnswer(400, { code: 50006, message: 'Cannot send an empty message' })
    case 'error-invalid-payload': return jsonAnswer(400, { code: 50109, message: error })
    case 'error-message-size-exceeded': return jsonAnswer(400, { code: 50035, message: 'Invalid Form Body' })
    case 'invalid-channel':
    case 'error-invalid-channel':
    case 'error-invalid-room': return jsonAnswer(400, { code: 10003, message: 'Unknown Channel' })
    case 'error-not-allowed': return jsonAnswer(400, { code: 50013, message: 'Missing Permissions' })
    default: return jsonAnswer(status, { code: 0, message: error })
  }
}

/** The answer to a GET request for the hook, which some senders send before the first message. */
export function discordLook ({ _id, name, channelId }: Looked): Answer {
  return jsonAnswer(200, { id: _id, name, channel_id: channelId, type: 1 })
}
