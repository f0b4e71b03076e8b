import { type Integration } from '../../schemas/index.ts'
import { type User } from '../ports/auth.ts'
import { type Awaitable } from '../ports/awaitable.ts'

/** What was done to an integration. */
export type ChangeAction = 'created' | 'updated' | 'removed' | 'token-regenerated'

/**
 * An integration without its secrets: token, script, and what was said about
 * the syntax of the script, which may quote it.
 */
export type PublicIntegration = Integration extends infer I ? I extends Integration ? Omit<I, Secret> : never : never

type Secret = 'token' | 'script' | 'scriptError'

/** A change that was made and stored, as the host is told of it. */
export interface Change {
  readonly action: ChangeAction
  /** The integration after the change; of a removal, as it was. */
  readonly integration: PublicIntegration
  /** Of an update or a new token: the integration before it. */
  readonly previous?: PublicIntegration
  /** Who made the change. */
  readonly by: User
}

/** The same with the records themselves. */
export interface StoredChange {
  readonly action: ChangeAction
  readonly integration: Integration
  readonly previous?: Integration
  readonly by: User
}

/** Told of every change after it was stored. What it answers does not matter. */
export type OnChange = (change: Change) => Awaitable<unknown>

/** Tells the host of a change; neither waits nor fails. */
export type Announce = (change: StoredChange) => void

/**
 * Makes the function that tells the host of changes: after the request has
 * gone on, and so that a host that fails is reported and nothing else.
 */
export function announcer (onChange: OnChange | null, report: (error: unknown) => void): Announce {
  if (onChange === null) return () => {}
  return ({ action, integration, previous, by }) => {
    // A copy: what the host does with it reaches neither the answer nor the caller.
    const change = structuredClone({
      action,
      integration: withoutSecrets(integration),
      ...(previous && { previous: withoutSecrets(previous) }),
      // Nothing else that the host knows of its user.
      by: { _id: by._id, username: by.username }
    })
    setImmediate(async () => {
      try {
        await onChange(change)
      } catch (error) {
        report(error)
      }
    })
  }
}

function withoutSecrets (integration: Integration): PublicIntegration {
  const { token, script, scriptError, ...rest } = integration
  return rest
}
