import { type Integration } from '../../schemas/index.ts'
import { RecordDamagedError, RecordTooNewError } from '../errors.ts'
import { type IdempotencyClaim, type IdempotencyRecord } from '../ports/store.ts'
import { requireIntegration } from './redis-record.ts'

// What an idempotency key holds: `<format>|<fingerprint>|<token>` while it is
// claimed, `<format>|<fingerprint>|<json>` once its integration is there. A
// token never begins with a brace. The JSON is the whole integration, its
// properties in the order of the first answer.

/** The format that this version writes. A later version that writes another one raises it. */
const format = '1'

/** An idempotency key while it is claimed. */
export function encodeClaim ({ fingerprint, token }: IdempotencyClaim): string {
  return `${format}|${fingerprint}|${token}`
}

/** An idempotency key whose integration is there. */
export function encodeDone ({ fingerprint }: IdempotencyClaim, integration: Integration): string {
  return `${format}|${fingerprint}|${JSON.stringify(integration)}`
}

/** Whether its integration is there. */
export function isDone (text: unknown): boolean {
  return typeof text === 'string' && /^[^|]+\|[^|]+\|\{/.test(text)
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
  return { fingerprint, integration: isDone(text) ? requireIntegration(name, text.slice(head.length)) : null }
}
