import { IndexKeeper } from '../../lib/outgoing/index/keeper.ts'
import type { IndexOptions } from '../../lib/outgoing/index/options.ts'
import type { IntegrationStore } from '../../lib/index.ts'
import { loggable } from '../../lib/routes/loggable.ts'
import { callsOf } from './calls.ts'

/** A log that is kept. */
export interface KeptLog {
  readonly lines: Array<{ readonly message: string, readonly facts: object }>
  warn (facts: object, message: string): void
}

/** Keeps what is logged. */
export function keepLog (): KeptLog {
  const lines: KeptLog['lines'] = []
  return { lines, warn (facts, message) { lines.push({ message, facts }) } }
}

/** A keeper of the index of a store, and what it has reported. */
export function keeperOf (store: IntegrationStore, options: Partial<IndexOptions> = {}) {
  const log = keepLog()
  const unreadable: string[] = []
  const keeper = new IndexKeeper({
    store,
    newCalls: () => callsOf({ store }),
    rereadAfter: 10_000,
    log,
    loggable,
    reportUnreadable: (errors) => { unreadable.push(...errors.map(({ message }) => message)) },
    ...options
  })
  return { keeper, log, unreadable }
}
