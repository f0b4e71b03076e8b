/** The reason for which a body or a payload makes no message. */
export type RefusalReason =
  /** The bytes are not UTF-8, and the header names no other charset that fits. */
  | 'charset'
  /** The body, or its payload, begins as JSON and is not JSON. */
  | 'broken-json'
  /** JSON with more nesting than any sender needs. */
  | 'too-deep'
  /** JSON with more values than any sender needs. */
  | 'too-many-values'
  /** The field `payload` holds no JSON object. */
  | 'payload-no-object'
  /** A form with more fields than any sender needs. */
  | 'too-many-fields'
  /** There is nothing that could be shown. */
  | 'no-message'

/** A request that cannot be served. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: 'error-invalid-payload' | 'error-no-message'
  readonly reason: RefusalReason
  /** A sentence for the sender. The sentence repeats no text of the body. */
  readonly error: string
  /** Number of characters before the first one that is wrong. */
  readonly position?: number
  /** Remarks for the history. */
  readonly notes: readonly string[]
}

/** A body that cannot be read. */
export function invalidPayload (reason: Exclude<RefusalReason, 'no-message'>, error: string, position?: number): Refusal {
  return { kind: 'refused', code: 'error-invalid-payload', reason, error, ...(position !== undefined && { position }), notes: [] }
}

/** A payload without anything to show. */
export function noMessage (looked: readonly string[], notes: readonly string[]): Refusal {
  const fields = `${looked.slice(0, -1).join(', ')} or ${looked.at(-1)}`
  return {
    kind: 'refused',
    code: 'error-no-message',
    reason: 'no-message',
    error: `There is nothing to post: the payload has no ${fields} that can be shown`,
    notes
  }
}
