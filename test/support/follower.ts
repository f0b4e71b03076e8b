import type { Test } from 'tap'
import type { IntegrationStore, IntegrationType, StoreChange } from '../../lib/index.ts'
import { Follower } from '../../lib/testing/follow/follower.ts'

export { bothTypes, contentOf, type Follower, type Told, untilSame } from '../../lib/testing/follow/follower.ts'

/** Follows a store until the test ends. */
export function follow (t: Test, store: IntegrationStore, types?: readonly IntegrationType[]): Follower {
  const follower = new Follower(store, types)
  t.teardown(() => follower.end())
  return follower
}

/** The steps of one of our stores that told an older state than a step before, a sentence each. */
export function stepsBackwards (steps: readonly StoreChange[]): string[] {
  return pairsOf(steps).flatMap(([id, before, now]) => numberOf(before) > numberOf(now) ? [`${id}: ${now} after ${before}`] : [])
}

/** How many steps told a state that was the last one already. */
export function toldAgain (steps: readonly StoreChange[]): number {
  return pairsOf(steps).filter(([, before, now]) => before === now).length
}

/** For each step that told a further state of an integration: the `_id`, the revision before and the new one. */
function pairsOf (steps: readonly StoreChange[]): Array<readonly [id: string, before: string, now: string]> {
  const revisions = new Map<string, string>()
  return steps.flatMap((step) => {
    if (step.kind === 'reset') revisions.clear()
    if (step.kind === 'removed' || step.kind === 'unreadable') revisions.delete(step._id)
    if (step.kind !== 'present') return []
    const { integration: { _id }, revision } = step
    const before = revisions.get(_id)
    revisions.set(_id, revision)
    return before === undefined ? [] : [[_id, before, revision] as const]
  })
}

/** The number in a revision of one of our stores. */
function numberOf (revision: string): number {
  return Number(revision.slice(revision.lastIndexOf('.') + 1))
}
