/** The functions of `s`, which Rocket.Chat gives to scripts. */
export type TextHelpers = Readonly<Record<
  'truncate' | 'trim' | 'ltrim' | 'rtrim' | 'capitalize' | 'stripTags' | 'strLeft' | 'strRight' | 'strRightBack' | 'numberFormat' | 'pad' | 'lrpad',
  (...args: never[]) => string
>>

/**
 * Makes `s`. The engine of the sandbox runs the text of this function: the
 * function uses nothing from outside.
 */
export function textHelpers (): TextHelpers {
  const textOf = (value: unknown): string => (value === undefined || value === null || value === false || value === 0 ? '' : String(value))

  /** The expression for one of the characters that are trimmed. */
  const oneOf = (characters: unknown): string => {
    if (characters === undefined || characters === null) return '\\s'
    if (characters instanceof RegExp) return characters.source
    return `[${textOf(characters).replace(/[\\\]^-]/g, '\\$&')}]`
  }

  const ltrim = (text: unknown, characters?: unknown): string =>
    (characters === undefined || characters === null ? textOf(text).trimStart() : textOf(text).replace(new RegExp(`^(?:${oneOf(characters)})+`), ''))

  const rtrim = (text: unknown, characters?: unknown): string =>
    (characters === undefined || characters === null ? textOf(text).trimEnd() : textOf(text).replace(new RegExp(`(?:${oneOf(characters)})+$`), ''))

  /** The text from the end of a separator that stands at `at`; all of it when there is none. */
  const after = (text: string, separator: string, at: number): string => (at < 0 ? text : text.slice(at + separator.length))

  const pad = (text: unknown, length: unknown, filler: unknown = ' ', side: unknown = 'right'): string => {
    const [inner, total, fill] = [textOf(text), Number(length) || 0, textOf(filler).slice(0, 1) || ' ']
    if (side === 'left') return inner.padStart(total, fill)
    if (side === 'both') return inner.padStart(inner.length + Math.ceil(Math.max(0, total - inner.length) / 2), fill).padEnd(total, fill)
    return inner.padEnd(total, fill)
  }

  return {
    truncate: (text: unknown, length: number): string => {
      const whole = textOf(text)
      return whole.length > length ? `${whole.slice(0, Math.max(0, length - 3))}...` : whole
    },
    trim: (text: unknown, characters?: unknown): string => rtrim(ltrim(text, characters), characters),
    ltrim,
    rtrim,
    capitalize: (text: unknown, lowerRest?: unknown): string => {
      const [whole, rest] = [textOf(text), textOf(text).slice(1)]
      return whole.charAt(0).toUpperCase() + (lowerRest === true ? rest.toLowerCase() : rest)
    },
    stripTags: (text: unknown): string => textOf(text).replace(/<[^<>]+>/g, ''),
    strLeft: (text: unknown, separator: unknown): string => {
      const [whole, mark] = [textOf(text), textOf(separator)]
      const at = mark === '' ? -1 : whole.indexOf(mark)
      return at < 0 ? whole : whole.slice(0, at)
    },
    strRight: (text: unknown, separator: unknown): string => {
      const [whole, mark] = [textOf(text), textOf(separator)]
      return after(whole, mark, mark === '' ? -1 : whole.indexOf(mark))
    },
    strRightBack: (text: unknown, separator: unknown): string => {
      const [whole, mark] = [textOf(text), textOf(separator)]
      return after(whole, mark, mark === '' ? -1 : whole.lastIndexOf(mark))
    },
    numberFormat: (value: unknown, decimals?: unknown, point: unknown = '.', separator: unknown = ','): string => {
      if (value === undefined || value === null || Number.isNaN(Number(value))) return ''
      const [whole = '', part] = Number(value).toFixed(Math.trunc(Number(decimals)) || 0).split('.')
      const grouped = whole.replace(/\d(?=(?:\d{3})+$)/g, (digit) => digit + String(separator))
      return part === undefined ? grouped : grouped + (textOf(point) || '.') + part
    },
    pad,
    lrpad: (text: unknown, length: unknown, filler?: unknown): string => pad(text, length, filler, 'both')
  }
}
