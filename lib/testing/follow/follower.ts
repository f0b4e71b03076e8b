import assert from 'node:assert/strict'
import type { Integration, IntegrationType } from '../../../schemas/index.ts'
import { followedOf } from '../../../schemas/public.ts'
import type { IntegrationStore, StoreChange } from '../../ports/store.ts'
import { patient } from '../samples.ts'
import { inTime, until } from '../until.ts'

/** An integration as a feed tells it. */
export type Told = Pick<Extract<StoreChange, { kind: 'present' }>, 'integration' | 'revision'>

/** The fields of an integration that a feed must tell. */
export function toldOf (integration: Integration): Told['integration'] {
  return followedOf(integration)
}

/** Both types of integrations. */
export const bothTypes = ['webhook-incoming', 'webhook-outgoing'] as const satisfies readonly IntegrationType[]

/** A listener that keeps what a store tells it. */
export class Follower {
  /** Every step so far. */
  readonly steps: StoreChange[] = []
  /** What `error` was told. */
  readonly errors: unknown[] = []
  /** What the store holds, as far as the feed has told. */
  readonly state = new Map<string, Told>()
  /** Whether every change was told, as far as the feed says. */
  isLive = false
  /** How often the feed started over, the first time included. */
  resets = 0
  /** Called after every step. What it throws, the listener throws. */
  onStep: (change: StoreChange) => void = () => {}
  readonly #abort = new AbortController()
  readonly #ended: Promise<unknown>

  /** Follows a store until {@link end} is called. */
  constructor (store: IntegrationStore, types: readonly IntegrationType[] = bothTypes) {
    assert.ok(store.follow !== undefined, 'the store has a method follow')
    const listener = { change: (change: StoreChange) => { this.#hear(change) }, error: (error: unknown) => { this.errors.push(error) } }
    this.#ended = store.follow(types, listener, { signal: this.#abort.signal })
    // A rejection is reported by `end`, which may be called much later.
    this.#ended.catch(() => {})
  }

  /**
   * Aborts the signal and resolves when the feed has ended.
   *
   * @throws AssertionError when the promise of `follow` rejects, or is not settled within ten seconds.
   */
  async end (): Promise<void> {
    this.#abort.abort()
    await assert.doesNotReject(inTime('the end of a feed', this.#ended), 'the promise of follow resolves after the signal was aborted')
  }

  #hear (change: StoreChange): void {
    this.steps.push(change)
    switch (change.kind) {
      case 'reset': this.state.clear(); this.resets++; this.isLive = false; break
      case 'live': this.isLive = true; break
      case 'stale': this.isLive = false; break
      case 'removed': this.state.delete(change._id); break
      case 'unreadable': this.state.delete(change._id); break
      case 'present': this.state.set(change.integration._id, { integration: change.integration, revision: change.revision })
    }
    this.onStep(change)
  }
}

/** Resolves when the feed is live and has told what the store holds. */
export async function untilSame (store: IntegrationStore, follower: Follower, types?: readonly IntegrationType[]): Promise<void> {
  const { state } = follower
  await until('the listener knows what the store holds', async () => {
    if (!follower.isLive) return false
    const held = await contentOf(store, types)
    return held.size === state.size && [...held].every(([id, { revision }]) => state.get(id)?.revision === revision)
  })
}

/** Everything that a store holds, as a feed must tell it. */
export async function contentOf (store: IntegrationStore, types: readonly IntegrationType[] = bothTypes): Promise<Map<string, Told>> {
  const scopes = types.map((type) => ({ type }))
  const { integrations } = await store.list({ scopes, sortBy: 'creation', descending: false, offset: 0, count: 1_000_000 }, patient)
  const content = new Map<string, Told>()
  for (let first = 0; first < integrations.length; first += 200) {
    await Promise.all(integrations.slice(first, first + 200).map(async ({ _id }) => {
      const stored = await store.find(_id, patient)
      if (stored !== null) content.set(_id, { integration: toldOf(stored.integration), revision: stored.revision })
    }))
  }
  return content
}
