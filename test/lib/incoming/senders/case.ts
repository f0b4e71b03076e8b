import type { Buffer } from 'node:buffer'
import type { HookMessage } from '../../../../schemas/hooks/message.ts'

/** The rule by which a sender decides that its message arrived. */
export type Rule =
  /** Looks at nothing. */
  | 'none'
  | 'below 400'
  | '2xx'
  | '200'
  | '200, 201, 202 or 204'
  | '204'
  /** A JSON object with `success: true`, whatever the status. */
  | 'JSON success'
  | '200 and JSON success'
  /** Alertmanager and Grafana: JSON needs `ok: true`, any other answer must be exactly `ok`. */
  | 'ok rule'
  /** 200 and exactly `ok`. */
  | 'text ok'
  /** JSON with an `id`. */
  | 'JSON id'

/** One request as a product sends it. */
export interface SenderCase {
  /** Name of the product, and the variation behind a comma. */
  readonly product: string
  readonly method?: 'PUT'
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
  /** The last part of the path. */
  readonly profile?: 'slack' | 'mattermost' | 'discord'
  readonly query?: 'wait=true' | 'wait=True'
  /** Defaults of the integration. */
  readonly integration?: { readonly alias?: string, readonly avatar?: string, readonly emoji?: string }
  /** The message that a person sees. What is not named has its default: an empty text, no attachments. */
  readonly message?: Partial<HookMessage>
  /** Where no message is expected: an event for a script, or a broken body. */
  readonly refused?: 'error-no-message' | 'error-invalid-payload'
  /** Where a script is expected: a value in `content` that the script needs, by its path. */
  readonly content?: readonly [path: string, value: unknown]
  /** Parts of the notes, in order; no notes when left out. */
  readonly notes?: readonly string[]
  readonly wants: Rule
}

export const json = { 'content-type': 'application/json' }
export const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** A form with the JSON in `payload`, percent-encoded. */
export function encoded (payload: string): string {
  return new URLSearchParams({ payload }).toString()
}
