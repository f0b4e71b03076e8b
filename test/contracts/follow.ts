import type { Test } from 'tap'
import type { Integration, IntegrationStore, StoreChange } from '../../lib/index.ts'
import { followedOf } from '../../schemas/public.ts'
import { contentOf, follow, untilSame } from '../support/follower.ts'
import { everyIncomingOption, everyOutgoingOption, givenUp, incomingRecord, outgoingRecord, patient } from '../support/integrations.ts'
import { until } from '../support/until.ts'
import type { StoreUnderTest } from '../../lib/testing/store-under-test.ts'

/**
 * What a store must do that can be followed, as subtests of `t`. An author of
 * a store runs it against the own one, as `storeContract`.
 *
 * @param create makes a store without integrations; called once for each subtest.
 */
export async function followContract (t: Test, create: () => Promise<StoreUnderTest>): Promise<void> {
  await t.test('tells of all integrations, then of every change', async (t) => {
    const { store, reopen } = await create()
    const writer = await reopen?.() ?? store
    await store.insert(incomingRecord({ _id: 'in', ...everyIncomingOption }), {}, patient)
    await store.insert(outgoingRecord({ _id: 'out', ...everyOutgoingOption }), {}, patient)
    const follower = follow(t, store)
    await until('it is live', () => follower.isLive)
    t.equal(follower.steps[0]?.kind, 'reset')
    t.equal(follower.steps.at(-1)?.kind, 'live')
    t.strictSame(sorted(follower.state), sorted(await contentOf(store)))

    await writer.insert(outgoingRecord({ _id: 'new', ...everyOutgoingOption }), {}, patient)
    await until('the new one is told', () => follower.state.has('new'))
    t.strictSame(follower.state.get('new')?.integration, followedOf(outgoingRecord({ _id: 'new', ...everyOutgoingOption })))

    await change(writer, 'new', { name: 'renamed' })
    await until('the update is told', () => follower.state.get('new')?.integration.name === 'renamed')
    t.equal(follower.state.get('new')?.revision, (await store.find('new', patient))?.revision, 'with its revision')

    await remove(writer, 'in')
    await until('the removal is told', () => !follower.state.has('in'))
    await untilSame(store, follower)
    t.strictSame(sorted(follower.state), sorted(await contentOf(store)))
    t.equal(follower.resets, 1)
    t.strictSame(follower.errors, [])
  })

  await t.test('tells of an empty store, and of the first change', async (t) => {
    const { store } = await create()
    const follower = follow(t, store)
    await until('it is live', () => follower.isLive)
    t.strictSame(kindsOf(follower.steps), ['reset', 'live'])
    await store.insert(outgoingRecord({ _id: 'first' }), {}, patient)
    await until('it is told', () => follower.state.has('first'))
    t.strictSame(kindsOf(follower.steps), ['reset', 'live', 'present'])
  })

  await t.test('tells no secret', async (t) => {
    const { store } = await create()
    const secrets = { token: 'secret-token', script: 'secret-script', scriptError: { name: 'E', message: 'secret-error' } }
    await store.insert(incomingRecord({ _id: 'in', ...everyIncomingOption, ...secrets }), {}, patient)
    const follower = follow(t, store)
    await until('it is live', () => follower.isLive)
    await store.insert(outgoingRecord({ _id: 'out', ...everyOutgoingOption, ...secrets }), {}, patient)
    await until('it is told', () => follower.state.has('out'))
    t.notMatch(JSON.stringify(follower.steps), /secret-|"token"|"script"|"scriptError"/)
    t.match(follower.state.get('out')?.integration, { scriptEnabled: false, urls: outgoingRecord().urls })
  })

  await t.test('tells the ids of rooms and users, and of a record without ids none', async (t) => {
    const { store } = await create()
    const ids = { channelIds: ['#roomId', '@userId', 'all_public_channels'], targetRoomId: '@userId' }
    await store.insert(outgoingRecord({ _id: 'with', ...ids }), {}, patient)
    await store.insert(outgoingRecord({ _id: 'without' }), {}, patient)
    const follower = follow(t, store)
    await until('it is live', () => follower.isLive)
    t.match(follower.state.get('with')?.integration, ids)
    t.notOk('channelIds' in (follower.state.get('without')?.integration ?? ids))

    const found = await store.find('without', patient)
    if (found !== null) await store.replace(found, outgoingRecord({ _id: 'without', ...ids }), patient)
    await until('the change is told', () => follower.state.get('without')?.integration.channelIds !== undefined)
    t.match(follower.state.get('without')?.integration, ids)
  })

  await t.test('tells only of the types that it is asked for', async (t) => {
    const { store } = await create()
    await store.insert(incomingRecord({ _id: 'in' }), {}, patient)
    await store.insert(outgoingRecord({ _id: 'out' }), {}, patient)
    const outgoing = follow(t, store, ['webhook-outgoing'])
    const incoming = follow(t, store, ['webhook-incoming'])
    await until('both are live', () => outgoing.isLive && incoming.isLive)
    t.strictSame([...outgoing.state.keys()], ['out'])
    t.strictSame([...incoming.state.keys()], ['in'])
    await change(store, 'in', { name: 'other' })
    await remove(store, 'in')
    await store.insert(outgoingRecord({ _id: 'last' }), {}, patient)
    await until('both have heard', () => outgoing.state.has('last') && incoming.state.size === 0)
    t.strictSame(kindsOf(outgoing.steps), ['reset', 'present', 'live', 'present'])
  })

  await t.test('what is changed while all integrations are told is not left out', async (t) => {
    const { store, reopen } = await create()
    const writer = await reopen?.() ?? store
    const count = 2500
    const all = Array.from({ length: count }, (_, index) =>
      (index % 3 === 0 ? incomingRecord : outgoingRecord)({ _id: `id${index}`, name: `name ${index}` }))
    for (let first = 0; first < count; first += 250) {
      await Promise.all(all.slice(first, first + 250).map(async (record) => await store.insert(record, {}, patient)))
    }
    const follower = follow(t, store)
    for (let index = 0; index < 600; index++) {
      const id = `id${(index * 37) % count}`
      // Renamed so that it stands before or behind everything else in an order by name.
      if (index % 3 === 0) await change(writer, id, { name: `${index % 2 === 0 ? '!' : '~'} ${index}` })
      else if (index % 3 === 1) await remove(writer, id)
      else await writer.insert(outgoingRecord({ _id: `new${index}`, name: `! ${index}` }), {}, patient)
    }
    await untilSame(store, follower)
    t.strictSame(sorted(follower.state), sorted(await contentOf(store)))
    t.strictSame(follower.backwards, [])
    t.equal(follower.resets, 1)
  })

  await t.test('tells two readers, each with objects of its own', async (t) => {
    const { store } = await create()
    await store.insert(outgoingRecord({ _id: 'before', urls: ['http://a/'] }), {}, patient)
    const careless = follow(t, store)
    const follower = follow(t, store)
    careless.onStep = (step) => {
      if (step.kind === 'present' && step.integration.type === 'webhook-outgoing') step.integration.urls.push('http://b/')
    }
    await until('both are live', () => careless.isLive && follower.isLive)
    await store.insert(outgoingRecord({ _id: 'after', urls: ['http://a/'] }), {}, patient)
    await until('both have heard', () => careless.state.has('after') && follower.state.has('after'))
    for (const id of ['before', 'after']) {
      t.match(careless.state.get(id)?.integration, { urls: ['http://a/', 'http://b/'] })
      t.strictSame(follower.state.get(id)?.integration, followedOf(outgoingRecord({ _id: id, urls: ['http://a/'] })))
      t.match((await store.find(id, patient))?.integration, { urls: ['http://a/'] })
    }
    await careless.end()
    await remove(store, 'after')
    await until('the other one goes on', () => !follower.state.has('after'))
    t.ok(careless.state.has('after'))
  })

  await t.test('ends when the signal is aborted', async (t) => {
    const { store } = await create()
    const follower = follow(t, store)
    await until('it is live', () => follower.isLive)
    await follower.end()
    const { length } = follower.steps
    await store.insert(outgoingRecord({ _id: 'late' }), {}, patient)
    const other = follow(t, store)
    await until('another reader has heard of it', () => other.state.has('late'))
    t.equal(follower.steps.length, length, 'it is told nothing more')
    t.strictSame(follower.errors, [], 'and no error')

    const busy = follow(t, store)
    busy.onStep = () => { busy.end().catch(() => {}) }
    await until('it is told a step', () => busy.steps.length > 0)
    await busy.end()
    t.equal(busy.steps.length, 1, 'nothing is told after a step in which the signal was aborted')

    const steps: StoreChange[] = []
    await store.follow?.(['webhook-outgoing'], { change: (step) => { steps.push(step) }, error: t.error }, givenUp)
    t.strictSame(steps, [], 'nothing is told when it was aborted before')
  })

  await t.test('goes on when the listener throws', async (t) => {
    const { store } = await create()
    await store.insert(outgoingRecord({ _id: 'before' }), {}, patient)
    const follower = follow(t, store)
    follower.onStep = (step) => {
      if (step.kind === 'present' || step.kind === 'reset') throw new Error(step.kind)
    }
    await until('it is live', () => follower.isLive)
    await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
    await until('it hears of a change', () => follower.state.has('after'))
    t.strictSame(follower.errors, [new Error('reset'), new Error('present'), new Error('present')], 'each error is told')

    const end = new AbortController()
    t.teardown(() => { end.abort() })
    let steps = 0
    const hopeless = (): never => {
      steps++
      throw new Error('whatever it is')
    }
    store.follow?.(['webhook-outgoing'], { change: hopeless, error: hopeless }, { signal: end.signal })
    await until('it was told reset, two integrations and live, and of each error', () => steps === 8)
  })
}

function kindsOf (steps: readonly StoreChange[]): string[] {
  return steps.map(({ kind }) => kind)
}

function sorted<T> (map: ReadonlyMap<string, T>): Array<[string, T]> {
  return [...map].sort(([a], [b]) => a < b ? -1 : 1)
}

async function change (store: IntegrationStore, id: string, fields: Pick<Integration, 'name'>): Promise<void> {
  const found = await store.find(id, patient)
  if (found !== null) await store.replace(found, { ...found.integration, ...fields }, patient)
}

async function remove (store: IntegrationStore, id: string): Promise<void> {
  const found = await store.find(id, patient)
  if (found !== null) await store.remove(found, patient)
}
