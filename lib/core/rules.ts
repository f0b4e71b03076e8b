import { type ScriptPolicy } from './authority.ts'
import { type Announce } from './changes.ts'

/** What the host's options say about integrations. */
export interface Rules {
  /** Longest script in bytes of UTF-8. */
  readonly maxScriptLength: number
  /** Whether scripts are accepted at all. */
  readonly scripts: ScriptPolicy
  /** How many integrations one answer lists at most, however many were asked for. */
  readonly maxListCount: number
  /** How long an idempotency key is kept, in milliseconds. */
  readonly idempotencyTtl: number
  /** Called with why an integration that should be listed cannot be read. */
  readonly reportUnreadable: (error: Error) => void
  /** Called with every change that was made. */
  readonly announce: Announce
}
