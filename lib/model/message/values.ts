import type { Notes } from './notes.ts'

/**
 * The trimmed text of a field. A number counts as text. Undefined where the
 * field says nothing, or has a type that no text can be made of.
 */
export function textOf (value: unknown, path: string, notes: Notes): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (value !== undefined && value !== null) notes.add(`${path} was left out: ${nameOf(value)} is no text`)
  return undefined
}

/** Yes or no. Senders also write `1`, `"1"` and `"True"`. Undefined where the field says neither. */
export function flagOf (value: unknown, path: string, notes: Notes): boolean | undefined {
  if (typeof value === 'boolean') return value
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim().toLowerCase() : undefined
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  if (value !== undefined && value !== null && text !== '') notes.add(`${path} was left out: the value is neither true nor false`)
  return undefined
}

/** The type of a JSON value, in a sentence. */
export function nameOf (value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'number') return 'a number without end'
  return `a ${typeof value}`
}

/** The text with at most so many UTF-16 units, an ellipsis at the end included. No character is cut in two. */
export function shortened (text: string, most: number): string {
  if (text.length <= most) return text
  const end = most - 1
  const last = text.charCodeAt(end - 1)
  const inPair = last >= 0xD800 && last <= 0xDBFF
  return `${text.slice(0, inPair ? end - 1 : end)}…`
}
