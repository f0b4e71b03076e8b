import { type ConsoleLine, type HistoryEntry, historyLimits, type HistoryMessage, type HttpError } from '../../schemas/history.ts'
import { type Cut, cutJson, cutText } from './bounded-json.ts'
import { Redaction } from './redaction.ts'

/** Bounds of one entry, in bytes of JSON in UTF-8. */
export const entryBounds = {
  /** The whole entry. */
  entry: historyLimits.entry,
  /** Each of `data`, `httpCallData` and `httpResult`. */
  body: 16 * 1024,
  /** All lines that a script wrote. */
  console: 8 * 1024,
  /** All messages, and all notes. */
  list: 4 * 1024,
  url: 8 * 1024,
  /** Any other text. */
  text: 2 * 1024
} as const

/** The facts of one call or attempt, before they are redacted and cut. */
export interface HistoryFacts {
  readonly _id: string
  readonly _createdAt: string
  readonly _updatedAt: string
  readonly type: HistoryEntry['type']
  readonly integration: { readonly _id: string }
  readonly step: string
  readonly event?: string | undefined
  readonly lane?: string | undefined
  readonly url?: string | undefined
  readonly triggerWord?: string | undefined
  readonly roomId?: string | undefined
  readonly roomType?: string | undefined
  /** The payload. Any value, also one of a host. */
  readonly data?: unknown
  /** The body that was sent. Any value, also one of a script. */
  readonly httpCallData?: unknown
  readonly httpResult?: string | undefined
  /** The error of the call of the receiver. */
  readonly httpError?: unknown
  readonly error?: string | undefined
  readonly finished?: boolean | undefined
  readonly ranPrepareScript?: boolean | undefined
  readonly attempt?: number | undefined
  readonly status?: number | undefined
  readonly duration?: number | undefined
  readonly webhookId?: string | undefined
  readonly console?: readonly ConsoleLine[] | undefined
  readonly messages?: readonly HistoryMessage[] | undefined
  readonly notes?: readonly string[] | undefined
  readonly nextAttemptAt?: string | undefined
}

/** Bytes of `truncated` when it names every field. */
const truncatedBytes = 256

/** An entry of the history and its size. */
export interface SizedEntry {
  readonly entry: HistoryEntry
  /** The JSON of the entry takes at most so many bytes of UTF-8. */
  readonly bytes: number
}

/**
 * Makes an entry of the history: without secrets, and cut to
 * {@link entryBounds}. `truncated` names the fields that were cut.
 *
 * Redacts the values of headers that carry credentials, in any case of letters
 * and at any depth, and every known secret, as a whole value or inside a text.
 * Never throws, for any body.
 *
 * @param secrets tokens and signing keys, the present and the former ones that may occur.
 */
export function historyEntry (facts: HistoryFacts, secrets: readonly string[]): SizedEntry {
  const { _id, _createdAt, _updatedAt, type, integration, nextAttemptAt } = facts
  const entry: HistoryEntry = { _id, _createdAt, _updatedAt, type, integration: { _id: integration._id }, step: '' }
  for (const name of flags) {
    const value = facts[name]
    if (value !== undefined) entry[name] = value
  }
  for (const name of numbers) {
    const value = facts[name]
    if (value !== undefined && Number.isFinite(value)) entry[name] = value
  }
  if (nextAttemptAt !== undefined) entry.nextAttemptAt = nextAttemptAt

  const redaction = new Redaction(secrets)
  const truncated: string[] = []
  let left = entryBounds.entry - truncatedBytes - Buffer.byteLength(JSON.stringify(entry))
  for (const { name, most, add } of boundedFields) {
    if (facts[name] === undefined) continue
    // Quotes, colon and comma.
    const around = name.length + 4
    const added = add(entry, facts, Math.min(most, left - around), redaction)
    if (added?.isComplete !== true) truncated.push(name)
    if (added !== undefined) left -= around + added.bytes
  }
  if (truncated.length > 0) entry.truncated = truncated
  return { entry, bytes: entryBounds.entry - left }
}

const flags = ['finished', 'ranPrepareScript'] as const
const numbers = ['attempt', 'status', 'duration'] as const

/** Cuts a value to so many bytes; undefined when nothing of the value fits. */
type Cutter<T, R> = (value: T, maxBytes: number, redaction: Redaction) => Cut<R> | undefined

/** A field that may be cut. */
interface BoundedField {
  readonly name: keyof HistoryFacts & keyof HistoryEntry
  /** In bytes. */
  readonly most: number
  /** Adds the field of the facts to the entry, cut to so many bytes; undefined when nothing of the value fits. */
  readonly add: (entry: HistoryEntry, facts: HistoryFacts, maxBytes: number, redaction: Redaction) => Cut<unknown> | undefined
}

function bounded<N extends BoundedField['name']> (
  name: N, most: number, cutter: Cutter<HistoryFacts[N] & ({} | null), Exclude<HistoryEntry[N], undefined>>
): BoundedField {
  return {
    name,
    most,
    add (entry, { [name]: value }, maxBytes, redaction) {
      const cut = value === undefined ? undefined : cutter(value, maxBytes, redaction)
      if (cut !== undefined) entry[name] = cut.value
      return cut
    }
  }
}

/** The most useful first: when an entry is full, the later ones are cut more. */
const boundedFields: readonly BoundedField[] = [
  bounded('step', entryBounds.text, cutText),
  bounded('event', entryBounds.text, cutText),
  bounded('lane', entryBounds.text, cutText),
  bounded('url', entryBounds.url, cutText),
  bounded('triggerWord', entryBounds.text, cutText),
  bounded('roomId', entryBounds.text, cutText),
  bounded('roomType', entryBounds.text, cutText),
  bounded('webhookId', entryBounds.text, cutText),
  bounded('error', entryBounds.text, cutText),
  bounded('httpError', entryBounds.text, cutHttpError),
  bounded('messages', entryBounds.list, listOf(cutMessage)),
  bounded('notes', entryBounds.list, listOf(cutText)),
  bounded('data', entryBounds.body, cutJson),
  bounded('console', entryBounds.console, listOf(cutLine)),
  bounded('httpResult', entryBounds.body, cutText),
  bounded('httpCallData', entryBounds.body, cutJson)
]

/** The beginning of a list: as many items as fit, the last of them cut if need be. */
function listOf<T, R> (cutItem: Cutter<T, R>): Cutter<readonly T[], R[]> {
  return (items, maxBytes, redaction) => {
    if (maxBytes < 2) return undefined
    const value: R[] = []
    let bytes = 2
    for (const item of items) {
      const cut = cutItem(item, maxBytes - bytes - 1, redaction)
      if (cut === undefined) return { value, bytes, isComplete: false }
      value.push(cut.value)
      bytes += cut.bytes + 1
      if (!cut.isComplete) return { value, bytes, isComplete: false }
    }
    return { value, bytes, isComplete: true }
  }
}

/** A line of a script, its text cut. */
function cutLine ({ level, text }: ConsoleLine, maxBytes: number, redaction: Redaction): Cut<ConsoleLine> | undefined {
  const around = `{"level":"${level}","text":}`.length
  const cut = cutText(text, maxBytes - around, redaction)
  return cut && { value: { level, text: cut.value }, bytes: around + cut.bytes, isComplete: cut.isComplete }
}

/** A message with its outcome, whole or not at all: half an `_id` would be a wrong one. */
function cutMessage ({ channel, _id, error }: HistoryMessage, maxBytes: number, redaction: Redaction): Cut<HistoryMessage> | undefined {
  const value: HistoryMessage = { channel: redaction.text(channel) }
  if (_id !== undefined) value._id = _id
  if (error !== undefined) value.error = redaction.text(error)
  const bytes = Buffer.byteLength(JSON.stringify(value))
  return bytes > maxBytes ? undefined : { value, bytes, isComplete: true }
}

/** Code and message of an error, the message cut. An error without a code has that of its cause. */
function cutHttpError (error: unknown, maxBytes: number, redaction: Redaction): Cut<HttpError> | undefined {
  const { code, message } = saidBy(error)
  const value: HttpError = { message: '' }
  const shortCode = code === undefined ? undefined : cutText(code, 64, redaction)
  if (shortCode !== undefined) value.code = shortCode.value
  const around = Buffer.byteLength(JSON.stringify(value)) - 2
  const cut = cutText(message, maxBytes - around, redaction)
  return cut && { value: { ...value, message: cut.value }, bytes: around + cut.bytes, isComplete: cut.isComplete }
}

function saidBy (error: unknown): { readonly code?: string | undefined, readonly message: string } {
  try {
    if (typeof error === 'string') return { message: error }
    if (!hasText(error, 'message')) return { message: 'something that is no Error was thrown' }
    return { code: codeOf(error) ?? codeOf(error.cause), message: error.message }
  } catch {
    return { message: 'the error cannot be read' }
  }
}

function codeOf (error: unknown): string | undefined {
  return hasText(error, 'code') ? error.code : undefined
}

function hasText<N extends string> (value: unknown, name: N): value is { [name in N]: string } & { readonly cause?: unknown } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'string'
}
