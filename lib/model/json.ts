/** A parsed text. Objects in it may have an own field `__proto__`, which is a name like any other. */
export interface Json {
  readonly kind: 'json'
  readonly value: unknown
}

/** The deepest nesting. JSON of senders has about ten levels. */
const deepest = 200

/** The most values. JSON of senders has a few thousand, and JSON.parse takes a tenth of a second for half a million. */
const mostValues = 50_000

/** A text that is not read as JSON. */
export interface JsonFault {
  readonly kind: 'fault'
  readonly reason: 'too-deep' | 'too-many-values' | 'broken-json'
  /** The end of a sentence whose subject is the text. The sentence repeats nothing of the text. */
  readonly what: string
  /** Number of characters before the first one that is wrong; only of broken JSON. */
  readonly position?: number
}

/**
 * Parses JSON of others. The message of V8 quotes the text, which may hold
 * secrets: only the position is told. Deep JSON, and JSON of very many values,
 * is not parsed: it would hold the event loop.
 */
export function readJson (text: string): Json | JsonFault {
  const { depth, values } = extentOf(text)
  if (depth > deepest) return { kind: 'fault', reason: 'too-deep', what: `has more than ${deepest} levels of nesting` }
  if (values > mostValues) return { kind: 'fault', reason: 'too-many-values', what: `has more than ${mostValues} values` }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch {
    return { kind: 'fault', reason: 'broken-json', what: 'is not valid JSON', position: brokenAt(text) }
  }
}

/** How deep and how large a value is. */
interface Extent {
  readonly depth: number
  /** Objects, arrays, and all that stands behind a comma. */
  readonly values: number
}

/**
 * Counts outside of texts, up to the first number that is too great: JSON.parse
 * takes time and memory for each value, and JSON.stringify and others recurse.
 */
function extentOf (text: string): Extent {
  let deepestSoFar = 0
  let depth = 0
  let values = 0
  // Most bodies: too short for any of it.
  if (text.length <= deepest) return { depth, values }
  for (let at = 0; at < text.length && deepestSoFar <= deepest && values <= mostValues; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) {
      at = endOfText(text, at + 1)
    } else if (code === openBrace || code === openBracket) {
      depth++
      values++
      if (depth > deepestSoFar) deepestSoFar = depth
    } else if (code === closeBrace || code === closeBracket) {
      depth--
    } else if (code === comma) {
      values++
    }
  }
  return { depth: deepestSoFar, values }
}

/** Position of the quote that ends a text which begins here; the length when there is none. */
function endOfText (text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return at
    if (code === backslash) at++
  }
  return text.length
}

const [quote, backslash, comma, colon, openBrace, closeBrace, openBracket, closeBracket] =
  [0x22, 0x5C, 0x2C, 0x3A, 0x7B, 0x7D, 0x5B, 0x5D]

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end'

/**
 * Number of characters before the first one with which a text stops being the
 * beginning of JSON; the length of the text when the end comes too early.
 */
export function brokenAt (text: string): number {
  const closing: number[] = []
  let expected: Expected = 'value'
  let at = 0
  while (true) {
    while (isBlank(text.charCodeAt(at))) at++
    const code = text.charCodeAt(at)
    const end = closing.at(-1)
    const mayEnd = expected === 'value or end' || expected === 'name or end' || expected === 'comma or end'
    if (mayEnd && code === end) {
      closing.pop()
      expected = 'comma or end'
      at++
    } else if (expected === 'comma or end') {
      if (end === undefined || code !== comma) return at
      expected = end === closeBrace ? 'name' : 'value'
      at++
    } else if (expected === 'colon') {
      if (code !== colon) return at
      expected = 'value'
      at++
    } else if (expected === 'name' || expected === 'name or end') {
      if (code !== quote) return at
      const scanned = scanText(text, at + 1)
      if (!scanned.whole) return scanned.at
      expected = 'colon'
      at = scanned.at
    } else if (code === openBrace || code === openBracket) {
      closing.push(code === openBrace ? closeBrace : closeBracket)
      expected = code === openBrace ? 'name or end' : 'value or end'
      at++
    } else {
      const scanned = scanPrimitive(text, at)
      if (!scanned.whole) return scanned.at
      expected = 'comma or end'
      at = scanned.at
    }
  }
}

interface Scanned {
  /** Position after the value, or of the character that is wrong. */
  readonly at: number
  readonly whole: boolean
}

function scanPrimitive (text: string, start: number): Scanned {
  const code = text.charCodeAt(start)
  if (code === quote) return scanText(text, start + 1)
  if (code < 0x61) return scanNumber(text, start)
  for (const word of ['true', 'false', 'null']) {
    if (code !== word.charCodeAt(0)) continue
    let length = 1
    while (length < word.length && text[start + length] === word[length]) length++
    return { at: start + length, whole: length === word.length }
  }
  return scanNumber(text, start)
}

function scanText (text: string, start: number): Scanned {
  for (let at = start; ; at++) {
    const code = text.charCodeAt(at)
    if (code === quote) return { at: at + 1, whole: true }
    // A control character, or the end of the text, which has no code.
    if (!(code >= 0x20)) return { at, whole: false }
    if (code !== backslash) continue
    at++
    const escaped = text.charAt(at)
    if (escaped === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        at++
        if (!/^[\da-f]$/i.test(text.charAt(at))) return { at, whole: false }
      }
    } else if (escaped === '' || !'"\\/bfnrt'.includes(escaped)) return { at, whole: false }
  }
}

function scanNumber (text: string, start: number): Scanned {
  let at = start
  if (text[at] === '-') at++
  if (text[at] === '0') at++
  else {
    const end = afterDigits(text, at)
    if (end === at) return { at, whole: false }
    at = end
  }
  if (text[at] === '.') {
    const end = afterDigits(text, at + 1)
    if (end === at + 1) return { at: end, whole: false }
    at = end
  }
  if (text[at] === 'e' || text[at] === 'E') {
    at++
    if (text[at] === '+' || text[at] === '-') at++
    const end = afterDigits(text, at)
    if (end === at) return { at, whole: false }
    at = end
  }
  return { at, whole: true }
}

function afterDigits (text: string, start: number): number {
  let at = start
  while (text.charCodeAt(at) >= 0x30 && text.charCodeAt(at) <= 0x39) at++
  return at
}

function isBlank (code: number): boolean {
  return code === 0x20 || code === 0x0A || code === 0x0D || code === 0x09
}
