import { type Integration } from '../../schemas/index.ts'
import { type User } from '../ports/auth.ts'
import { type Awaitable } from '../ports/awaitable.ts'

/** What was done to an integration. */
export type ChangeAction = 'created' | 'updated' | 'removed' | 'token-regenerated'

/** An integration without its secrets: token and script. */
export type PublicIntegration = Integration extends infer I ? I extends Integration ? Omit<I, 'token' | 'script'> : never : never

/** A change that was made and stored. */
export interface Change {
  readonly action: ChangeAction
  /** The integration after the change; of a removal, as it was. */
  readonly integration: PublicIntegration
  /** Of an update or a new token: the integration before it. */
  readonly previous?: PublicIntegration
  /** Who made the change. */
  readonly by: User
}

/** What an integration looks like to those who need not know its secrets. */
export function withoutSecrets (integration: Integration): PublicIntegration {
  const { token, script, ...rest } = integration
  return rest
}

/** Told of every change after it was stored. What it answers does not matter. */
export type OnChange = (change: Change) => Awaitable<unknown>

/**
 * Makes the function that tells the host of changes: after the request has
 * gone on, and so that a host that fails is reported and nothing else.
 */
export function announcer (onChange: OnChange | null, report: (error: unknown) => void): (change: Change) => void {
  if (onChange === null) return () => {}
  return (change) => {
    setImmediate(async () => {
      try {
        await onChange(change)
      } catch (error) {
        report(error)
      }
    })
  }
}
