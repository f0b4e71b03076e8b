import type { Test } from 'tap'
import type { Awaitable, StoreChange } from '../../lib/index.ts'
import { followContract as casesForEveryStore, type StoreUnderTest } from '../../lib/testing.ts'
import { follow, stepsBackwards, toldAgain, untilSame } from '../support/follower.ts'
import { outgoingRecord, patient } from '../support/integrations.ts'
import { runContract } from '../support/run-contract.ts'
import { until } from '../support/until.ts'

/**
 * The contract suite of the package about `follow` as subtests of `t`, and what
 * our own stores do besides. Resolves when all subtests have run.
 *
 * @param create makes an empty store. Each subtest calls this function once.
 */
export async function followContract (t: Test, create: () => Awaitable<StoreUnderTest>): Promise<void> {
  await runContract(t, (test) => casesForEveryStore({ create, test }))

  // The port allows a feed to start over and to tell a state twice. Ours do so only when they must.
  await t.test('tells nothing twice and does not start over', async (t) => {
    const { store, reopen } = await create()
    const writer = await reopen?.() ?? store
    const follower = follow(t, store)
    await until('the feed is live', () => follower.isLive)
    t.strictSame(kindsOf(follower.steps), ['reset', 'live'])
    await writer.insert(outgoingRecord({ _id: 'first' }), {}, patient)
    await until('the first integration is told', () => follower.state.has('first'))
    t.strictSame(kindsOf(follower.steps), ['reset', 'live', 'present'])
    for (let index = 0; index < 300; index++) await writer.insert(outgoingRecord({ _id: `id${index}` }), {}, patient)
    await untilSame(store, follower)
    t.equal(follower.resets, 1)
    t.equal(toldAgain(follower.steps), 0)
    t.strictSame(stepsBackwards(follower.steps), [])
  })
}

function kindsOf (steps: readonly StoreChange[]): string[] {
  return steps.map(({ kind }) => kind)
}
