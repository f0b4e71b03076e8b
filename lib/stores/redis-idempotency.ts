import { type Integration } from '../../schemas/index.ts'
import { RecordDamagedError } from '../errors.ts'
import { type IdempotencyClaim, type IdempotencyRecord } from '../ports/store.ts'
import { requireIntegration } from './redis-record.ts'

// What an idempotency key holds: `<fingerprint>|<token>` while it is claimed,
// `<fingerprint>|<json>` once its integration is there. A token never begins
// with a brace. The JSON is the whole integration, its properties in the order
// of the first answer.

/** An idempotency key while it is claimed. */
export function encodeClaim ({ fingerprint, token }: IdempotencyClaim): string {
  return `${fingerprint}|${token}`
}

/** An idempotency key whose integration is there. */
export function encodeDone ({ fingerprint }: IdempotencyClaim, integration: Integration): string {
  return `${fingerprint}|${JSON.stringify(integration)}`
}

/**
 * Reads what an idempotency key holds.
 *
 * @throws RecordDamagedError when it is neither.
 */
export function decodeIdempotency (key: string, text: string): IdempotencyRecord {
  const bar = text.indexOf('|')
  if (bar < 1) throw new RecordDamagedError(key, 'it does not begin with a fingerprint')
  const fingerprint = text.slice(0, bar)
  const rest = text.slice(bar + 1)
  return { fingerprint, integration: rest.startsWith('{') ? requireIntegration(key, rest) : null }
}
