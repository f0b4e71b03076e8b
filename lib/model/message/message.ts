import type { HookMessage } from '../../../schemas/hooks/message.ts'
import { attachmentsOf, type TextRules } from './attachments.ts'
import { textOfBlocks } from './blocks.ts'
import { customFieldsOf } from './custom-fields.ts'
import { pictureOf } from './links.ts'
import { Notes } from './notes.ts'
import { field, type Payload } from './payload.ts'
import { flagOf, shortened, textOf } from './values.ts'

/** The fields of an integration that count where a payload says nothing. */
export interface MessageDefaults {
  readonly alias?: string | undefined
  readonly avatar?: string | undefined
  readonly emoji?: string | undefined
}

/** Settings for reading a payload. */
export interface MessageRules {
  /** The longest text, in UTF-16 units; `incoming.maxTextLength`. */
  readonly maxTextLength: number
  /** Makes markdown of the sender's own marks. Default: the text stays as it is. */
  readonly toMarkdown?: (text: string) => string
}

/** A message, and remarks for the history. */
export interface ReadMessage {
  readonly kind: 'message'
  readonly message: HookMessage
  /** Parts of the payload that could not be used, and the reasons. No note repeats a value of the payload. */
  readonly notes: readonly string[]
}

/** The payload has nothing that could be shown. */
export interface NoMessage {
  readonly kind: 'no-message'
  /** As those of a message. */
  readonly notes: readonly string[]
}

/**
 * Makes a message of a payload. `null`, empty and blank texts count as absent.
 * A part of an odd type is left out and noted. Takes linear time.
 *
 * @param payload Of a body or of a script; undefined when there is none.
 */
export function messageOf (payload: Payload | undefined, defaults: MessageDefaults, rules: MessageRules): ReadMessage | NoMessage {
  const notes = new Notes()
  const read = payload ?? {}
  const textRules: TextRules = { maxTextLength: rules.maxTextLength, toMarkdown: rules.toMarkdown ?? asItIs }
  const text = contentOf(read, textRules, notes)
  const attachments = attachmentsOf(field(read, 'attachments'), textRules, notes)
  if (text === '' && attachments.length === 0) return { kind: 'no-message', notes: notes.list() }

  const alias = firstText(read, ['username', 'alias'], notes) ?? textOf(defaults.alias, 'alias', notes)
  const threadId = firstText(read, ['tmid', 'thread_ts'], notes)
  const customFields = customFieldsOf(field(read, 'customFields'), notes)
  const message: HookMessage = {
    text,
    ...(alias !== undefined && { alias }),
    ...pictureBeside(read, defaults, notes),
    ...(attachments.length > 0 && { attachments }),
    ...(threadId !== undefined && { threadId }),
    parseUrls: flagOf(field(read, 'parseUrls'), 'parseUrls', notes) ?? attachments.length === 0,
    groupable: flagOf(field(read, 'groupable'), 'groupable', notes) ?? false,
    ...(customFields !== undefined && { customFields })
  }
  return { kind: 'message', message, notes: notes.list() }
}

/** The text of the message; empty when there is none. */
function contentOf (payload: Payload, { maxTextLength, toMarkdown }: TextRules, notes: Notes): string {
  const written = firstText(payload, ['text', 'msg'], notes)
  // Blocks are Slack's in every profile, so that their marks are always read.
  const text = written === undefined
    ? textOfBlocks(field(payload, 'blocks'), 'blocks', notes) ?? ''
    : toMarkdown(shortened(written, maxTextLength)).trim()
  if (Math.max(text.length, written?.length ?? 0) > maxTextLength) notes.add(`the text was cut after ${maxTextLength} characters`)
  return shortened(text, maxTextLength)
}

/** The picture or the emoji beside the message, in order: avatar and emoji of the payload, avatar and emoji of the integration. */
function pictureBeside (payload: Payload, defaults: MessageDefaults, notes: Notes): Pick<HookMessage, 'avatar' | 'emoji'> {
  for (const name of ['icon_url', 'avatar']) {
    const avatar = avatarOf(field(payload, name), name, notes)
    if (avatar !== undefined) return { avatar }
  }
  const emoji = firstText(payload, ['icon_emoji', 'emoji'], notes)
  if (emoji !== undefined) return { emoji }
  const avatar = avatarOf(defaults.avatar, "the integration's avatar", notes)
  if (avatar !== undefined) return { avatar }
  const last = textOf(defaults.emoji, "the integration's emoji", notes)
  return last === undefined ? {} : { emoji: last }
}

function avatarOf (value: unknown, path: string, notes: Notes): string | undefined {
  const text = textOf(value, path, notes)
  if (text === undefined) return undefined
  const avatar = pictureOf(text)
  if (avatar === undefined) notes.add(`${path} was left out: the address is of no kind that may be shown`)
  return avatar
}

/** The first of these fields that says something. */
function firstText (payload: Payload, names: readonly string[], notes: Notes): string | undefined {
  for (const name of names) {
    const text = textOf(field(payload, name), name, notes)
    if (text !== undefined) return text
  }
  return undefined
}

function asItIs (text: string): string {
  return text
}
