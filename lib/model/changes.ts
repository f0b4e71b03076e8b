import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Integration, PublicIntegration } from '../../schemas/index.ts'
import { publicOf } from '../../schemas/public.ts'
import type { User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'

/** What was done to an integration. */
export type ChangeAction = 'created' | 'updated' | 'removed' | 'token-regenerated'

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

/** How the host is told of changes. */
export interface Announcer {
  readonly announce: Announce
  /** Resolves when the host was told of every change so far, or when `timeout` milliseconds have passed. */
  settled (timeout: number): Promise<void>
}

/**
 * Makes what tells the host of changes: after the request has gone on, and so
 * that a host that fails is reported and nothing else.
 *
 * @param report called with what `onChange` threw.
 */
export function announcer (onChange: OnChange | null, report: (error: unknown) => void): Announcer {
  if (onChange === null) return { announce: () => {}, settled: async () => {} }
  const underWay = new Set<Promise<void>>()

  const tell = async (change: Change): Promise<void> => {
    await nextTurn()
    try {
      await onChange(change)
    } catch (error) {
      report(error)
    }
  }

  return {
    announce ({ action, integration, previous, by }) {
      // A copy: what the host does with it reaches neither the answer nor the caller.
      const told = tell(structuredClone({
        action,
        integration: publicOf(integration),
        ...(previous && { previous: publicOf(previous) }),
        // Nothing else that the host knows of its user.
        by: { _id: by._id, username: by.username }
      }))
      underWay.add(told)
      told.finally(() => underWay.delete(told))
    },
    async settled (timeout) {
      const end = new AbortController()
      const over = sleep(timeout, undefined, { signal: end.signal }).catch(() => {})
      await Promise.race([Promise.all(underWay), over])
      end.abort()
    }
  }
}
