import type { ScriptPolicy } from './draft/authority.ts'
import type { Announce } from '../model/changes.ts'

/** What the host's options say about integrations. */
export interface Rules {
  /** Longest script in bytes of UTF-8. */
  readonly maxScriptLength: number
  /** Whether scripts are accepted at all. */
  readonly scripts: ScriptPolicy
  /** How many integrations one answer lists at most, however many were asked for. */
  readonly maxListCount: number
  /** How many bytes of integrations one answer lists at most. */
  readonly maxListBytes: number
  /** How many integrations of one type a caller with its own ones only may have. */
  readonly maxIntegrationsPerCreator: number
  /** How long an idempotency key is kept, in milliseconds. */
  readonly idempotencyTtl: number
  /** Called with why integrations that should be listed cannot be read; tells of each once. */
  readonly reportUnreadable: (errors: readonly Error[]) => void
  /** Called with every change that was made. */
  readonly announce: Announce
}
