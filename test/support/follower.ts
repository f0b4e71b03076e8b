import type { Test } from 'tap'
import type { FollowedIntegration, IntegrationStore, IntegrationType, StoreChange } from '../../lib/index.ts'
import { followedOf } from '../../schemas/public.ts'
import { patient } from './integrations.ts'
import { until } from './until.ts'

/** An integration as a feed tells it. */
export interface Told {
  readonly integration: FollowedIntegration
  readonly revision: string
}

/** A reader that keeps what a store tells it. */
export interface Follower {
  /** Every step so far. */
  readonly steps: readonly StoreChange[]
  /** What `error` was told. */
  readonly errors: readonly unknown[]
  /** What the store holds, as far as it was told. */
  readonly state: ReadonlyMap<string, Told>
  /** Whether every change was told, as far as the feed says. */
  readonly isLive: boolean
  /** How often the feed started over, the first time included. */
  readonly resets: number
  /** Steps that told an older revision than one before, a sentence each. */
  readonly backwards: readonly string[]
  /** How many steps told a state that was the last one already. */
  readonly again: number
  /** Called after every step. */
  onStep: (change: StoreChange) => void
  /** Aborts the signal; resolves when the feed has ended. */
  end (): Promise<void>
}

export const bothTypes = ['webhook-incoming', 'webhook-outgoing'] as const satisfies readonly IntegrationType[]

/** Follows a store until the test ends. */
export function follow (t: Test, store: IntegrationStore, types: readonly IntegrationType[] = bothTypes): Follower {
  const abort = new AbortController()
  const steps: StoreChange[] = []
  const errors: unknown[] = []
  const state = new Map<string, Told>()
  const backwards: string[] = []
  const onStep: Follower['onStep'] = () => {}
  const follower = { isLive: false, resets: 0, again: 0, onStep, steps, errors, state, backwards }
  const change = (change: StoreChange): void => {
    steps.push(change)
    switch (change.kind) {
      case 'reset': state.clear(); follower.resets++; follower.isLive = false; break
      case 'live': follower.isLive = true; break
      case 'stale': follower.isLive = false; break
      case 'removed': state.delete(change._id); break
      case 'unreadable': state.delete(change._id); break
      case 'present': {
        const { integration, revision } = change
        const before = state.get(integration._id)?.revision
        if (before === revision) follower.again++
        if (before !== undefined && numberOf(before) > numberOf(revision)) backwards.push(`${integration._id}: ${revision} after ${before}`)
        state.set(integration._id, { integration, revision })
      }
    }
    follower.onStep(change)
  }
  if (store.follow === undefined) throw new Error('the store cannot be followed')
  const ended = store.follow(types, { change, error: (error) => { errors.push(error) } }, { signal: abort.signal })
  const end = async (): Promise<void> => {
    abort.abort()
    await ended
  }
  t.teardown(end)
  return Object.assign(follower, { end })
}

/** Resolves when the feed is live and what it told is what the store holds. */
export async function untilSame (store: IntegrationStore, follower: Follower, types?: readonly IntegrationType[]): Promise<void> {
  const { state } = follower
  await until('the reader knows what the store holds', async () => {
    if (!follower.isLive) return false
    const held = await contentOf(store, types)
    return held.size === state.size && [...held].every(([id, { revision }]) => state.get(id)?.revision === revision)
  })
}

/** Everything that a store holds, as a feed should tell it. */
export async function contentOf (store: IntegrationStore, types: readonly IntegrationType[] = bothTypes): Promise<Map<string, Told>> {
  const scopes = types.map((type) => ({ type }))
  const { integrations } = await store.list({ scopes, sortBy: 'creation', descending: false, offset: 0, count: 1_000_000 }, patient)
  const content = new Map<string, Told>()
  for (let first = 0; first < integrations.length; first += 200) {
    await Promise.all(integrations.slice(first, first + 200).map(async ({ _id }) => {
      const found = await store.find(_id, patient)
      if (found !== null) content.set(_id, { integration: followedOf(found.integration), revision: found.revision })
    }))
  }
  return content
}

/** The number in a revision of one of our stores. */
function numberOf (revision: string): number {
  return Number(revision.slice(revision.lastIndexOf('.') + 1))
}
