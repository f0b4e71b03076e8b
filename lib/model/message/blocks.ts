import { linkOf, markdownLink, pictureOf } from './links.ts'
import { nameOf, textOf } from './values.ts'
import type { Notes } from './notes.ts'
import { field, isPayload, type Payload } from './payload.ts'
import { fromSlackText } from './slack-text.ts'

/**
 * The markdown text of Slack's blocks: headers, sections with fields and
 * accessory, contexts, dividers, pictures, link buttons, rich text, videos and
 * markdown. A block that has no text to show is noted. Undefined when nothing
 * is left but dividers.
 */
export function textOfBlocks (value: unknown, path: string, notes: Notes): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const blocks = Array.isArray(value) ? value : isPayload(value) ? [value] : undefined
  if (blocks === undefined) {
    notes.add(`${path} was left out: ${nameOf(value)} is no array of blocks`)
    return undefined
  }
  if (blocks.length > mostBlocks) notes.add(`${path} was cut: at most ${mostBlocks} blocks are shown`)
  const reader = new BlockReader(notes)
  const texts = blocks.slice(0, mostBlocks).map((block: unknown, index) => reader.block(block, `${path}[${index}]`)).filter((text) => text !== '')
  return texts.every((text) => text === divider) ? undefined : texts.join('\n\n')
}

const divider = '---'
/** Slack allows 50. */
const mostBlocks = 100
/** Elements and fields of all blocks. */
const mostElements = 2_000

/** Blocks have a fixed depth, so that no method calls itself. */
class BlockReader {
  readonly #notes: Notes
  #left = mostElements

  constructor (notes: Notes) {
    this.#notes = notes
  }

  /** Empty when there is nothing to show. */
  block (block: unknown, path: string): string {
    if (!isPayload(block)) return this.#nothing(path)
    const type = field(block, 'type')
    const text = this.#blockOfType(type, block, path)
    return text === '' ? this.#nothing(path) : text
  }

  #blockOfType (type: unknown, block: Payload, path: string): string {
    switch (type) {
      case 'divider': return divider
      case 'header': return bold(this.#text(field(block, 'text'), path))
      case 'context': return this.#elements(block, path).join(' ')
      case 'actions': return this.#elements(block, path).join(' ')
      case 'image': return this.#image(block, path)
      case 'rich_text': return this.#richText(block, path)
      case 'video': return this.#labelled(field(block, 'title'), field(block, 'title_url'), path)
      // The block of this type has the text itself, in markdown.
      case 'markdown': return textOf(field(block, 'text'), `${path}.text`, this.#notes) ?? ''
      // A section, or a block of a later time that has a text.
      default: return this.#section(block, path)
    }
  }

  #section (block: Payload, path: string): string {
    const fields = this.#few(field(block, 'fields'), path).map((part, index) => this.#text(part, `${path}.fields[${index}]`))
    const accessory = field(block, 'accessory')
    return lines([
      this.#text(field(block, 'text'), path),
      ...fields,
      isPayload(accessory) ? this.#element(accessory, `${path}.accessory`) : ''
    ])
  }

  #elements (block: Payload, path: string): string[] {
    return this.#few(field(block, 'elements'), path)
      .map((element, index) => this.#element(element, `${path}.elements[${index}]`))
      .filter((text) => text !== '')
  }

  /** A text, a picture or a button. Other elements need a person at the sender's. */
  #element (element: unknown, path: string): string {
    if (!isPayload(element)) return this.#nothing(path)
    switch (field(element, 'type')) {
      case 'image': return this.#image(element, path) || this.#nothing(path)
      case 'button': return this.#labelled(field(element, 'text'), field(element, 'url'), path) || this.#nothing(path)
      case 'plain_text':
      case 'mrkdwn': return this.#text(element, path)
      default: return this.#nothing(path)
    }
  }

  /** A text object, or a text where a sender forgot the object. */
  #text (value: unknown, path: string): string {
    if (!isPayload(value)) return fromSlackText(textOf(value, `${path}.text`, this.#notes) ?? '')
    const text = textOf(field(value, 'text'), `${path}.text`, this.#notes) ?? ''
    return field(value, 'type') === 'plain_text' ? text : fromSlackText(text)
  }

  #image (image: Payload, path: string): string {
    const file = field(image, 'slack_file')
    const address = textOf(field(image, 'image_url') ?? (isPayload(file) ? field(file, 'url') : undefined), `${path}.image_url`, this.#notes)
    const picture = address === undefined ? undefined : pictureOf(address)
    const title = this.#text(field(image, 'title'), path)
    const label = textOf(field(image, 'alt_text'), `${path}.alt_text`, this.#notes) ?? title
    return lines([title, picture === undefined ? (title === '' ? label : '') : `!${markdownLink(label, picture)}`])
  }

  /** A label with a link; without a link there is nothing, because a button could do nothing. */
  #labelled (label: unknown, address: unknown, path: string): string {
    const written = textOf(address, `${path}.url`, this.#notes)
    const link = written === undefined ? undefined : linkOf(written)
    const text = this.#text(label, path)
    return link === undefined ? '' : markdownLink(text || link, link)
  }

  #richText (block: Payload, path: string): string {
    return lines(this.#few(field(block, 'elements'), path).map((element, index) => {
      const at = `${path}.elements[${index}]`
      if (!isPayload(element)) return this.#nothing(at)
      switch (field(element, 'type')) {
        case 'rich_text_list': return this.#list(element, at)
        case 'rich_text_quote': return this.#inline(element, at).split('\n').map((line) => `> ${line}`).join('\n')
        case 'rich_text_preformatted': return `\`\`\`\n${this.#inline(element, at)}\n\`\`\``
        default: return this.#inline(element, at)
      }
    }))
  }

  #list (list: Payload, path: string): string {
    const indent = field(list, 'indent')
    const blanks = typeof indent === 'number' && indent > 0 ? '  '.repeat(Math.min(indent, 8)) : ''
    const ordered = field(list, 'style') === 'ordered'
    return lines(this.#few(field(list, 'elements'), path).map((item, index) => {
      const text = isPayload(item) ? this.#inline(item, `${path}.elements[${index}]`) : ''
      return text === '' ? '' : `${blanks}${ordered ? `${index + 1}.` : '-'} ${text}`
    }))
  }

  #inline (section: Payload, path: string): string {
    return this.#few(field(section, 'elements'), path)
      .map((element) => (isPayload(element) ? this.#inlineElement(element, path) : ''))
      .join('')
      .trim()
  }

  #inlineElement (element: Payload, path: string): string {
    const text = (name: string): string => textOf(field(element, name), path, this.#notes) ?? ''
    switch (field(element, 'type')) {
      // Blanks at the ends part the words.
      case 'text': return typeof element['text'] === 'string' ? element['text'] : text('text')
      case 'link': return this.#inlineLink(text('url'), text('text'))
      case 'emoji': return text('name') && `:${text('name')}:`
      case 'user': return text('user_id') && `@${text('user_id')}`
      case 'usergroup': return text('usergroup_id') && `@${text('usergroup_id')}`
      case 'channel': return text('channel_id') && `#${text('channel_id')}`
      case 'broadcast': return text('range') && `@${text('range')}`
      case 'color': return text('value')
      case 'date': return text('fallback')
      default: return text('text') || this.#nothing(path)
    }
  }

  #inlineLink (address: string, label: string): string {
    const link = linkOf(address)
    if (link === undefined) return label
    return label === '' || label === address ? link : markdownLink(label, link)
  }

  /** As many entries as the blocks may still have. */
  #few (value: unknown, path: string): readonly unknown[] {
    const list = listOf(value)
    if (list.length > this.#left) this.#notes.add(`${path} was cut: at most ${mostElements} elements are shown`)
    const few = list.slice(0, this.#left)
    this.#left -= few.length
    return few
  }

  #nothing (path: string): string {
    this.#notes.add(`${path} was left out: there is no text that can be shown`)
    return ''
  }
}

function listOf (value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  return isPayload(value) ? [value] : []
}

function lines (texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('\n')
}

function bold (text: string): string {
  return text === '' ? '' : `*${text}*`
}
