import type { Posted, PostedOutcome } from './outcome.ts'

/**
 * The note of a delivery: what was posted where, and nothing of its text, which a
 * store keeps as it is. One letter for the kind, then JSON.
 */
export function encodeNote ({ kind, posted, timestamp }: PostedOutcome): string {
  return (kind === 'posted' ? 'p' : 's') + JSON.stringify([timestamp, ...posted.map((one) =>
    '_id' in one ? [one.channel, one._id] : [one.channel, null, one.error])])
}

/** Reads a note back. A note that a later version wrote says at least that a message was posted. */
export function decodeNote (note: string): PostedOutcome {
  const kind = note.startsWith('s') ? 'separate' : 'posted'
  const [timestamp, ...list]: unknown[] = parse(note.slice(1))
  return {
    kind,
    posted: list.flatMap(asPosted),
    text: '',
    timestamp: typeof timestamp === 'string' ? timestamp : new Date(0).toISOString()
  }
}

function parse (json: string): unknown[] {
  try {
    const value: unknown = JSON.parse(json)
    return Array.isArray(value) ? value : []
  } catch {
    return []
  }
}

function asPosted (entry: unknown): Posted[] {
  if (!Array.isArray(entry)) return []
  const [channel, _id, error]: unknown[] = entry
  if (typeof channel !== 'string') return []
  if (typeof _id === 'string') return [{ channel, _id }]
  return typeof error === 'string' ? [{ channel, error }] : []
}
