import type { Calls } from '../../guard/calls.ts'
import type { IntegrationStore } from '../../ports/store.ts'
import type { OutgoingLog } from '../outgoing-log.ts'
import type { TriggerIndex } from './trigger-index.ts'

/** Options of `IndexKeeper`. */
export interface IndexOptions {
  readonly store: IntegrationStore
  /** The ports with the time of one piece of work: for each page that is read of a store that cannot be followed. */
  readonly newCalls: () => Calls
  /** A store that cannot be followed is read anew after so many milliseconds. */
  readonly rereadAfter: number
  readonly log: OutgoingLog
  /** Makes the form of an error that may be logged. */
  readonly loggable: (error: unknown) => Error
  /** Told of integrations that cannot be read, perhaps again and again. No event triggers them. */
  readonly reportUnreadable: (errors: readonly Error[]) => void
}

/** Options of the two parts that make an index. */
export interface IndexSourceOptions extends IndexOptions {
  /** Given an index each time when all integrations are in it. */
  readonly publish: (index: TriggerIndex) => void
}
