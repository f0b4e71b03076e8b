import type { ScriptPolicy } from './draft/authority.ts'
import type { Announce } from '../model/changes.ts'
import type { HookPlace } from '../model/view.ts'

/** The host's options about integrations. */
export interface Rules extends HookPlace {
  /** Longest script in bytes of UTF-8. */
  readonly maxScriptLength: number
  /** Whether scripts are accepted at all. */
  readonly scripts: ScriptPolicy
  /** How many integrations one answer lists at most, however many were asked for. */
  readonly maxListCount: number
  /** How many bytes of integrations one answer lists at most. */
  readonly maxListBytes: number
  /** The greatest number of integrations of one type that a caller with the grant `own` may have. */
  readonly maxIntegrationsPerCreator: number
  /** How long an idempotency key is kept, in milliseconds. */
  readonly idempotencyTtl: number
  /** Called with the errors of listed integrations that cannot be read. Reports each error once. */
  readonly reportUnreadable: (errors: readonly Error[]) => void
  /** Called with every change that was made. */
  readonly announce: Announce
  /** Clears the history of an integration that was removed. Neither waits nor fails. */
  readonly forget: (integrationId: string) => void
}
