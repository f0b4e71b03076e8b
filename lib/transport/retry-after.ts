/** No receiver delays a delivery longer, in milliseconds. */
const longest = 24 * 60 * 60 * 1000

/** The forms of a date that receivers send: those of HTTP, and ISO 8601. */
const dates = /^(?:[A-Z][a-z]{2,8},? [\w -]{6,16} \d{2}:\d{2}:\d{2}\b|\d{4}-\d{2}-\d{2}T)/

/**
 * Reads `Retry-After`: seconds, or a date.
 *
 * @param now in milliseconds since 1970.
 * @returns milliseconds from 0 to 24 hours; undefined when the header cannot be read.
 */
export function retryAfter (header: string | string[] | undefined, now: number): number | undefined {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? ''
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text) * 1000), longest)
  // A longer text is no date, and the date parser tries hard.
  if (text.length > 64 || !dates.test(text)) return undefined
  // The oldest form names no zone and means GMT.
  const at = Date.parse(/(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text} GMT`)
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), longest)
}
