import type { Attachment, AttachmentAction, AttachmentField } from '../../../schemas/hooks/attachment.ts'
import { textOfBlocks } from './blocks.ts'
import { linkOf, mediaOf, pictureOf } from './links.ts'
import type { Notes } from './notes.ts'
import { field, isPayload, type Payload } from './payload.ts'
import { flagOf, nameOf, shortened, textOf } from './values.ts'

/** How the texts of attachments are read. */
export interface TextRules {
  /** The longest text, in UTF-16 units. */
  readonly maxTextLength: number
  /** Makes markdown of the sender's own marks. */
  readonly toMarkdown: (text: string) => string
}

/** The most attachments of a message, those inside of others included. */
export const mostAttachments = 100
/** The most fields or actions of an attachment, and values of a field. */
export const mostFields = 100
const deepest = 8

const texts = ['fallback', 'pretext', 'author_name', 'title', 'text', 'description', 'footer'] as const
const addresses = {
  author_link: linkOf,
  title_link: linkOf,
  message_link: linkOf,
  author_icon: pictureOf,
  image_url: pictureOf,
  thumb_url: pictureOf,
  footer_icon: pictureOf,
  audio_url: mediaOf,
  video_url: mediaOf
} as const
const flags = ['title_link_download', 'collapsed'] as const

/** The fields of an attachment, one of which is enough to show something. */
const shown = [
  'pretext', 'author_name', 'title', 'text', 'description', 'footer', 'message_link', 'image_url', 'thumb_url', 'audio_url', 'video_url',
  'fields', 'actions', 'attachments'
] as const

/**
 * The attachments that can be shown. A part that cannot be used is left out
 * and noted. The first 100 count, those inside of others included, 8 deep.
 */
export function attachmentsOf (value: unknown, rules: TextRules, notes: Notes): Attachment[] {
  return new AttachmentReader(rules, notes).list(value, 'attachments', 1)
}

class AttachmentReader {
  readonly #rules: TextRules
  readonly #notes: Notes
  #left = mostAttachments

  constructor (rules: TextRules, notes: Notes) {
    this.#rules = rules
    this.#notes = notes
  }

  list (value: unknown, path: string, depth: number): Attachment[] {
    const entries = this.#entries(value, path, 'attachments')
    if (entries.length > 0 && depth > deepest) {
      this.#notes.add(`${path} was left out: attachments may be ${deepest} deep`)
      return []
    }
    const list: Attachment[] = []
    for (const [index, entry] of entries.entries()) {
      if (this.#left === 0) {
        this.#notes.add(`${path} was cut: a message has at most ${mostAttachments} attachments`)
        break
      }
      this.#left--
      const attachment = this.#attachment(entry, `${path}[${index}]`, depth)
      if (attachment !== undefined) list.push(attachment)
    }
    return list
  }

  #attachment (entry: unknown, path: string, depth: number): Attachment | undefined {
    if (!isPayload(entry)) {
      if (entry !== null) this.#notes.add(`${path} was left out: ${nameOf(entry)} is no attachment`)
      return undefined
    }
    const attachment: Attachment = {}
    const color = textOf(field(entry, 'color'), `${path}.color`, this.#notes)
    // A colour often ends in a style sheet, so that only characters of colours are let through.
    if (color !== undefined && /^[\w#(),.%/ -]+$/.test(color) && color.length <= 64) attachment.color = color
    for (const name of texts) {
      const text = this.#text(field(entry, name), `${path}.${name}`)
      if (text !== undefined) attachment[name] = text
    }
    const text = attachment.text ?? this.#text(field(entry, 'msg'), `${path}.msg`) ?? this.#blocks(field(entry, 'blocks'), `${path}.blocks`)
    if (text !== undefined) attachment.text = text
    for (const name of Object.keys(addresses) as Array<keyof typeof addresses>) {
      const address = this.#address(field(entry, name), addresses[name], `${path}.${name}`)
      if (address !== undefined) attachment[name] = address
    }
    for (const name of flags) {
      const flag = flagOf(field(entry, name), `${path}.${name}`, this.#notes)
      if (flag !== undefined) attachment[name] = flag
    }
    const ts = field(entry, 'ts')
    if (typeof ts === 'number' ? Number.isFinite(ts) : typeof ts === 'string' && ts.trim() !== '') {
      attachment.ts = typeof ts === 'number' ? ts : String(ts).trim()
    }
    const fields = this.#fields(field(entry, 'fields'), `${path}.fields`)
    if (fields.length > 0) attachment.fields = fields
    const actions = this.#actions(field(entry, 'actions'), `${path}.actions`)
    if (actions.length > 0) attachment.actions = actions
    const inner = this.list(field(entry, 'attachments'), `${path}.attachments`, depth + 1)
    if (inner.length > 0) attachment.attachments = inner

    if (shown.some((name) => attachment[name] !== undefined)) return attachment
    if (attachment.fallback !== undefined) return { ...attachment, text: attachment.fallback }
    this.#notes.add(`${path} was left out: there is nothing in it that can be shown`)
    return undefined
  }

  #fields (value: unknown, path: string): AttachmentField[] {
    const list: AttachmentField[] = []
    for (const [index, entry] of this.#fieldEntries(value, path).entries()) {
      const at = `${path}[${index}]`
      if (!isPayload(entry)) {
        if (entry !== null) this.#notes.add(`${at} was left out: ${nameOf(entry)} is no field`)
        continue
      }
      const text = this.#cell(field(entry, 'value'), `${at}.value`)
      if (text === undefined) {
        this.#notes.add(`${at} was left out: the field has no value`)
        continue
      }
      const short = flagOf(field(entry, 'short'), `${at}.short`, this.#notes)
      list.push({ title: this.#text(field(entry, 'title'), `${at}.title`) ?? '', value: text, ...(short !== undefined && { short }) })
    }
    return list
  }

  /** Fields are an array; one field counts as an array, and so does an object of titles and values. */
  #fieldEntries (value: unknown, path: string): readonly unknown[] {
    if (!isPayload(value) || Object.hasOwn(value, 'title') || Object.hasOwn(value, 'value')) return this.#few(this.#entries(value, path, 'fields'), path)
    return this.#few(Object.keys(value), path).map((title) => ({ title, value: value[title] }))
  }

  /** The value of a field. Monitoring tools copy values from their documents: booleans and lists are shown as well. */
  #cell (value: unknown, path: string): string | undefined {
    if (typeof value === 'boolean') return String(value)
    if (!Array.isArray(value)) return this.#text(value, path)
    const texts = this.#few<unknown>(value, path).map((item) => (typeof item === 'boolean' ? String(item) : textOf(item, path, this.#notes)))
    return this.#text(texts.filter((text) => text !== undefined).join(', '), path)
  }

  #actions (value: unknown, path: string): AttachmentAction[] {
    const list: AttachmentAction[] = []
    for (const [index, entry] of this.#few(this.#entries(value, path, 'actions'), path).entries()) {
      const at = `${path}[${index}]`
      const action = isPayload(entry) ? this.#action(entry, at) : undefined
      if (action === undefined) this.#notes.add(`${at} was left out: only buttons with a label and a link or a text can be shown`)
      else list.push(action)
    }
    return list
  }

  #action (entry: Payload, path: string): AttachmentAction | undefined {
    const text = this.#text(field(entry, 'text'), `${path}.text`)
    const image = this.#address(field(entry, 'image_url'), pictureOf, `${path}.image_url`)
    const url = this.#address(field(entry, 'url'), linkOf, `${path}.url`)
    const msg = this.#text(field(entry, 'msg'), `${path}.msg`)
    if ((text === undefined && image === undefined) || (url === undefined && msg === undefined)) return undefined
    return {
      type: 'button',
      ...(text !== undefined && { text }),
      ...(url !== undefined && { url }),
      ...(image !== undefined && { image_url: image }),
      ...(msg !== undefined && { msg })
    }
  }

  #few<T> (entries: readonly T[], path: string): readonly T[] {
    if (entries.length > mostFields) this.#notes.add(`${path} was cut: at most ${mostFields} entries are shown`)
    return entries.slice(0, mostFields)
  }

  /** An array; a single object counts as one. */
  #entries (value: unknown, path: string, name: string): readonly unknown[] {
    if (Array.isArray(value)) return value
    if (isPayload(value)) return [value]
    if (value !== undefined && value !== null && value !== '') {
      this.#notes.add(`${path} was left out: ${nameOf(value)} is no array of ${name}`)
    }
    return []
  }

  #text (value: unknown, path: string): string | undefined {
    const text = textOf(value, path, this.#notes)
    return text === undefined ? undefined : this.#shortened(this.#rules.toMarkdown(this.#shortened(text, path)).trim(), path) || undefined
  }

  #blocks (value: unknown, path: string): string | undefined {
    const text = textOfBlocks(value, path, this.#notes)
    return text === undefined ? undefined : this.#shortened(text, path)
  }

  #shortened (text: string, path: string): string {
    if (text.length > this.#rules.maxTextLength) this.#notes.add(`${path} was cut after ${this.#rules.maxTextLength} characters`)
    return shortened(text, this.#rules.maxTextLength)
  }

  #address (value: unknown, accept: (text: string) => string | undefined, path: string): string | undefined {
    const text = textOf(value, path, this.#notes)
    if (text === undefined) return undefined
    const address = accept(text)
    if (address === undefined) this.#notes.add(`${path} was left out: the address is of no kind that may be shown`)
    return address
  }
}
