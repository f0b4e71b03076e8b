import { RecordDamagedError, RecordTooNewError } from '../../errors/index.ts'
import type { IdempotencyClaim, IdempotencyRecord } from '../../ports/store.ts'

// What an idempotency key holds: `<format>|<fingerprint>|?<token>` while it is
// claimed, `<format>|<fingerprint>|=<answer>` once the request is done. The
// answer stands there as JSON, in which Redis keeps every text as it is.

/** The format that this version writes. A later version that writes another one raises it. */
const format = '1'

/** An idempotency key while it is claimed. */
export function encodeClaim ({ fingerprint, token }: IdempotencyClaim): string {
  return `${format}|${fingerprint}|?${token}`
}

/** An idempotency key whose request is done. */
export function encodeDone ({ fingerprint }: IdempotencyClaim, answer: string): string {
  return `${format}|${fingerprint}|=${JSON.stringify(answer)}`
}

/** Whether its request is done. */
export function isDone (text: unknown): boolean {
  return typeof text === 'string' && /^[^|]+\|[^|]+\|=/.test(text)
}

/**
 * Reads what an idempotency key holds.
 *
 * @throws RecordDamagedError when it is neither.
 * @throws RecordTooNewError when a later version wrote it.
 */
export function decodeIdempotency (key: string, text: string): IdempotencyRecord {
  // Errors name the record of an integration; this one is known by its key.
  const name = `idempotency:${key}`
  const [head, written, fingerprint] = /^([1-9]\d{0,8})\|([\w-]+)\|/.exec(text) ?? []
  if (head === undefined || fingerprint === undefined) throw new RecordDamagedError(name, 'it does not begin with format and fingerprint')
  if (written !== undefined && written !== format) throw new RecordTooNewError(name, written)
  const rest = text.slice(head.length)
  if (/^\?[\w-]+$/.test(rest)) return { fingerprint, answer: null }
  return { fingerprint, answer: answerOf(name, rest) }
}

function answerOf (name: string, rest: string): string {
  try {
    const answer: unknown = rest.startsWith('=') ? JSON.parse(rest.slice(1)) : undefined
    if (typeof answer === 'string') return answer
  } catch {
    // The parser's message quotes the text.
  }
  throw new RecordDamagedError(name, 'it is neither claimed nor done')
}
