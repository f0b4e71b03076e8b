import { linkOf, markdownLink } from './links.ts'

const entities: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/**
 * Text with Slack's marks as markdown: `<url|label>` becomes a link, `<@U1>`,
 * `<#C1|name>` and `<!here>` become plain mentions, and the three entities
 * become characters. Everything else stays as it is.
 */
export function fromSlackText (text: string): string {
  const [before = '', ...pieces] = text.split('<')
  return decodeEntities(before) + pieces.map(fromPiece).join('')
}

/** Text behind a `<`, as far as the next one. */
function fromPiece (piece: string): string {
  const end = piece.indexOf('>')
  const mark = end === -1 ? undefined : fromMark(piece.slice(0, end))
  return mark === undefined ? `<${decodeEntities(piece)}` : mark + decodeEntities(piece.slice(end + 1))
}

function fromMark (mark: string): string | undefined {
  const bar = mark.indexOf('|')
  const name = bar === -1 ? mark : mark.slice(0, bar)
  const label = bar === -1 ? '' : decodeEntities(mark.slice(bar + 1)).trim()
  switch (name[0]) {
    case '@': return mention('@', label || name.slice(1))
    case '#': return mention('#', label || name.slice(1))
    case '!': return fromSpecial(name.slice(1), label)
    default: return fromLink(decodeEntities(name), label)
  }
}

/** `<!here>`, `<!subteam^S1|@team>`, `<!date^1392734382^{date}|Feb 18, 2014>`. */
function fromSpecial (name: string, label: string): string | undefined {
  const [kind, ...rest] = name.split('^', 2)
  if (kind === 'date') return label
  if (kind === 'subteam') return mention('@', label || rest.join(''))
  return mention('@', kind ?? '')
}

function mention (sign: '@' | '#', name: string): string | undefined {
  if (name === '') return undefined
  return name.startsWith(sign) ? name : `${sign}${name}`
}

function fromLink (address: string, label: string): string | undefined {
  const link = linkOf(address)
  if (link === undefined) return undefined
  return label === '' || label === address ? link : markdownLink(label, link)
}

function decodeEntities (text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? entity)
}
