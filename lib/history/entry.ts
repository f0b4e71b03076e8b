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
  readonly url?: string | undefined
  readonly triggerWord?: string | undefined
  readonly roomId?: string | undefined
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

/** The fields that may be cut, the most useful first: when an entry is full, the later ones are cut more. */
type Bounded = 'step' | 'event' | 'url' | 'triggerWord' | 'roomId' | 'webhookId' | 'error' | 'httpError' | 'messages' |
  'notes' | 'data' | 'console' | 'httpResult' | 'httpCallData'

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
  const redaction = new Redaction(secrets)
  const identity = {
    _id,
    _createdAt,
    _updatedAt,
    type,
    integration: { _id: integration._id },
    ...given('finished', facts.finished),
    ...given('ranPrepareScript', facts.ranPrepareScript),
    ...given('attempt', finite(facts.attempt)),
    ...given('status', finite(facts.status)),
    ...given('duration', finite(facts.duration)),
    ...given('nextAttemptAt', nextAttemptAt)
  }
  const truncated: Bounded[] = []
  let left = entryBounds.entry - truncatedBytes - Buffer.byteLength(JSON.stringify(identity))

  /** A field, cut to a bound of its own and to the bytes that the entry has left. */
  function field<N extends Bounded, T> (
    name: N, value: T | undefined, maxBytes: number, cut: (value: T, maxBytes: number) => Cut<Exclude<HistoryEntry[N], undefined>> | undefined
  ): { [name in N]?: Exclude<HistoryEntry[N], undefined> } {
    if (value === undefined) return {}
    // Quotes, colon and comma.
    const around = name.length + 4
    const result = cut(value, Math.min(maxBytes, left - around))
    if (result === undefined || !result.isComplete) truncated.push(name)
    if (result === undefined) return {}
    left -= around + result.bytes
    return given(name, result.value)
  }

  const text = (value: string, maxBytes: number): Cut<string> | undefined => cutText(value, maxBytes, redaction)
  const body = (value: unknown, maxBytes: number): Cut<unknown> | undefined => cutJson(value, maxBytes, redaction)
  const short = entryBounds.text

  const step = field('step', facts.step, short, text)
  const cut = {
    ...field('event', facts.event, short, text),
    ...field('url', facts.url, entryBounds.url, text),
    ...field('triggerWord', facts.triggerWord, short, text),
    ...field('roomId', facts.roomId, short, text),
    ...field('webhookId', facts.webhookId, short, text),
    ...field('error', facts.error, short, text),
    ...field('httpError', facts.httpError, short, (error, most) => cutHttpError(error, most, redaction)),
    ...field('messages', facts.messages, entryBounds.list, (messages, most) =>
      cutList(messages, most, (message, most) => cutMessage(message, most, redaction))),
    ...field('notes', facts.notes, entryBounds.list, (notes, most) => cutList(notes, most, text)),
    ...field('data', facts.data, entryBounds.body, body),
    ...field('console', facts.console, entryBounds.console, (lines, most) =>
      cutList(lines, most, (line, most) => cutLine(line, most, redaction))),
    ...field('httpResult', facts.httpResult, entryBounds.body, text),
    ...field('httpCallData', facts.httpCallData, entryBounds.body, body)
  }
  return {
    entry: { ...identity, step: step.step ?? '', ...cut, ...(truncated.length > 0 && { truncated }) },
    bytes: entryBounds.entry - left
  }
}

/** A field that is there only when it has a value. */
function given<N extends string, T> (name: N, value: T | undefined): { [name in N]?: T }
function given (name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value }
}

function finite (value: number | undefined): number | undefined {
  return Number.isFinite(value) ? value : undefined
}

/** The beginning of a list: as many items as fit, the last of them cut if need be. */
function cutList<T, R> (
  items: readonly T[], maxBytes: number, cutItem: (item: T, maxBytes: number) => Cut<R> | undefined
): Cut<R[]> | undefined {
  if (maxBytes < 2) return undefined
  const value: R[] = []
  let bytes = 2
  for (const item of items) {
    const cut = cutItem(item, maxBytes - bytes - 1)
    if (cut === undefined) return { value, bytes, isComplete: false }
    value.push(cut.value)
    bytes += cut.bytes + 1
    if (!cut.isComplete) return { value, bytes, isComplete: false }
  }
  return { value, bytes, isComplete: true }
}

/** A line of a script, its text cut. */
function cutLine ({ level, text }: ConsoleLine, maxBytes: number, redaction: Redaction): Cut<ConsoleLine> | undefined {
  const around = `{"level":"${level}","text":}`.length
  const cut = cutText(text, maxBytes - around, redaction)
  return cut && { value: { level, text: cut.value }, bytes: around + cut.bytes, isComplete: cut.isComplete }
}

/** A message with its outcome, whole or not at all: half an `_id` would be a wrong one. */
function cutMessage ({ channel, _id, error }: HistoryMessage, maxBytes: number, redaction: Redaction): Cut<HistoryMessage> | undefined {
  const value = {
    channel: redaction.text(channel),
    ...given('_id', _id),
    ...given('error', error === undefined ? undefined : redaction.text(error))
  }
  const bytes = Buffer.byteLength(JSON.stringify(value))
  return bytes > maxBytes ? undefined : { value, bytes, isComplete: true }
}

/** Code and message of an error, the message cut. An error without a code has that of its cause. */
function cutHttpError (error: unknown, maxBytes: number, redaction: Redaction): Cut<HttpError> | undefined {
  const { code, message } = saidBy(error)
  const shortCode = code === undefined ? undefined : cutText(code, 64, redaction)?.value
  const around = Buffer.byteLength(JSON.stringify({ ...given('code', shortCode), message: '' })) - 2
  const cut = cutText(message, maxBytes - around, redaction)
  return cut && {
    value: { ...given('code', shortCode), message: cut.value },
    bytes: around + cut.bytes,
    isComplete: cut.isComplete
  }
}

function saidBy (error: unknown): { readonly code?: string, readonly message: string } {
  try {
    if (typeof error === 'string') return { message: error }
    if (!hasText(error, 'message')) return { message: 'something that is no Error was thrown' }
    return { ...given('code', codeOf(error) ?? codeOf(error.cause)), message: error.message }
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
