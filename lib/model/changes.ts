import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Integration, PublicIntegration } from '../../schemas/index.ts'
import { publicOf } from '../../schemas/public.ts'
import type { User } from '../ports/auth.ts'
import type { Awaitable } from '../ports/awaitable.ts'

/** The kind of a change. */
export type ChangeAction = 'created' | 'updated' | 'removed' | 'token-regenerated' | 'secret-regenerated'

/** A change that was made and stored, as the host is told of it. */
export interface Change {
  readonly action: ChangeAction
  /** The integration after the change. For a removal: the integration before it. */
  readonly integration: PublicIntegration
  /** The integration before the change. Only for an update, a new token or a new secret. */
  readonly previous?: PublicIntegration
  /** The user that made the change. */
  readonly by: User
}

/** The same with the records themselves. */
export interface StoredChange {
  readonly action: ChangeAction
  readonly integration: Integration
  readonly previous?: Integration
  readonly by: User
}

/** Called with every change after the change was stored. The return value does not matter. */
export type OnChange = (change: Change) => Awaitable<unknown>

/** Reports a change to the host. Neither waits nor fails. */
export type Announce = (change: StoredChange) => void

/** The functions that report changes to the host. */
export interface Announcer {
  readonly announce: Announce
  /** Resolves when the host was told of every change so far. */
  settled (): Promise<void>
}

/**
 * Makes the functions that report changes to the host. A request does not wait
 * for the host. An error of the host is passed to `report` and changes nothing else.
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
      // A copy: a host that changes the record changes neither the answer nor the caller.
      const told = tell(structuredClone({
        action,
        integration: publicOf(integration),
        ...(previous && { previous: publicOf(previous) }),
        // No other property of the host's user object.
        by: { _id: by._id, username: by.username }
      }))
      underWay.add(told)
      told.finally(() => underWay.delete(told))
    },
    async settled () {
      await Promise.all(underWay)
    }
  }
}
