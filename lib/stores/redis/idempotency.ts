import { RecordDamagedError, RecordTooNewError } from '../../errors/index.ts'
import type { IdempotencyClaim, IdempotencyRecord } from '../../ports/store.ts'

// The value of an idempotency key: `<format>|<fingerprint>|?<token>` while the
// key is claimed, `<format>|<fingerprint>|=<answer>` after the request is done.
// The answer is written as JSON, so that Redis returns any text unchanged.

/** The format that this version writes. A change of the format raises the number. */
const format = '1'

/** The value of an idempotency key while the key is claimed. */
export function encodeClaim ({ fingerprint, token }: IdempotencyClaim): string {
  return `${format}|${fingerprint}|?${token}`
}

/** The value of an idempotency key whose request is done. */
export function encodeDone ({ fingerprint }: IdempotencyClaim, answer: string): string {
  return `${format}|${fingerprint}|=${JSON.stringify(answer)}`
}

/** Whether this is the value of a key whose request is done. */
export function isDone (text: unknown): boolean {
  return typeof text === 'string' && /^[^|]+\|[^|]+\|=/.test(text)
}

/**
 * Reads the value of an idempotency key.
 *
 * @throws RecordDamagedError when the value has neither form.
 * @throws RecordTooNewError when a later version wrote the value.
 */
export function decodeIdempotency (key: string, text: string): IdempotencyRecord {
  // These errors name an integration. Here they name the idempotency key.
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
    // The message of the parser quotes the text, so it is left out.
  }
  throw new RecordDamagedError(name, 'it is neither claimed nor done')
}
