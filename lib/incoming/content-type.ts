import { emptyRecord } from '../model/message/payload.ts'

/** A header of the form `value; name=value; name="value"`. */
export interface HeaderValue {
  /** Lower case, without parameters; empty when there is none. */
  readonly value: string
  /** By lower-case name. The first of two with one name counts. */
  readonly parameters: Readonly<Record<string, string>>
}

/** The most parameters that are looked at. */
const mostParameters = 20

/** Takes such a header apart. A parameter that cannot be read is left out. */
export function headerValue (header: string | undefined): HeaderValue {
  const text = header ?? ''
  const parameters = emptyRecord<string>()
  let at = text.indexOf(';')
  // A header that was sent twice arrives as one, with a comma.
  const value = (at === -1 ? text : text.slice(0, at)).split(',', 1)[0]?.trim().toLowerCase() ?? ''
  for (let count = 0; at !== -1 && count < mostParameters; count++) {
    const equals = text.indexOf('=', at)
    if (equals === -1) break
    // A parameter without a value, or an empty one, may stand before the name.
    const name = text.slice(text.lastIndexOf(';', equals) + 1, equals).trim().toLowerCase()
    const [parameter, end] = parameterAt(text, equals + 1)
    parameters[name] ??= parameter
    at = text.indexOf(';', end)
  }
  return { value, parameters }
}

/** The value of a parameter that begins here, and the position after it. */
function parameterAt (text: string, start: number): [value: string, end: number] {
  let at = start
  while (text[at] === ' ' || text[at] === '\t') at++
  if (text[at] !== '"') {
    const semicolon = text.indexOf(';', at)
    const end = semicolon === -1 ? text.length : semicolon
    return [text.slice(at, end).trim(), end]
  }
  let value = ''
  for (at++; at < text.length && text[at] !== '"'; at++) {
    // Browsers do not escape the backslashes of a path.
    if (text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\')) at++
    value += text[at]
  }
  return [value, at + 1]
}
