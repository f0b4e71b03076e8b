import type { IntegrationType } from '../../../schemas/index.ts'
import { followedOf } from '../../../schemas/public.ts'
import type { PortCall } from '../../ports/call.ts'
import type { FollowListener, StoreChange, StoredIntegration } from '../../ports/store.ts'

/**
 * What one listener is told of a store. Nothing is told after the signal was
 * aborted, whatever the store still has to tell.
 */
export class Feed {
  readonly #listener: FollowListener
  readonly #call: PortCall
  /** Of the integrations that are told of. */
  readonly types: readonly IntegrationType[]
  #state: 'loading' | 'live' | 'stale' = 'loading'

  constructor (types: readonly IntegrationType[], listener: FollowListener, call: PortCall) {
    this.types = [...new Set(types)]
    this.#listener = listener
    this.#call = call
  }

  /** Whether integrations of this type are told of. */
  covers (type: string): boolean {
    return this.types.some((covered) => covered === type)
  }

  /** All integrations follow. */
  reset (): void {
    this.#state = 'loading'
    this.#tell({ kind: 'reset' })
  }

  /** @param stored belongs to the listener from now on. */
  present ({ integration, revision }: StoredIntegration): void {
    this.#tell({ kind: 'present', integration: followedOf(integration), revision })
  }

  removed (_id: string): void {
    this.#tell({ kind: 'removed', _id })
  }

  unreadable (_id: string, error: Error): void {
    this.#tell({ kind: 'unreadable', _id, error })
  }

  /** Every change until now was told. */
  live (): void {
    if (this.#state === 'live') return
    this.#state = 'live'
    this.#tell({ kind: 'live' })
  }

  /** The store cannot be reached. Only the first error of an outage is told. */
  stale (error: unknown): void {
    if (this.#state === 'stale') return
    this.#state = 'stale'
    this.#tell({ kind: 'stale' })
    this.#fail(error)
  }

  #tell (change: StoreChange): void {
    if (this.#call.signal.aborted) return
    try {
      this.#listener.change(change)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail (error: unknown): void {
    if (this.#call.signal.aborted) return
    try {
      this.#listener.error(error)
    } catch {
      // The listener was asked and has no better place for it.
    }
  }
}
