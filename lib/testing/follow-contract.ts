import assert from 'node:assert/strict'
import type { Integration, IntegrationType } from '../../schemas/index.ts'
import type { IntegrationStore, StoreChange } from '../ports/store.ts'
import { type Cases, type ContractOptions, registerCases } from './contract.ts'
import { contentOf, Follower, toldOf, untilSame } from './follow/follower.ts'
import { everyIncomingOption, everyOutgoingOption, givenUp, incomingRecord, outgoingRecord, patient } from './samples.ts'
import { held } from './store/read.ts'
import type { CreateStore, StoreUnderTest } from './store/store-under-test.ts'
import { inTime, until } from './until.ts'

/** A feed tells the truth about a store until its signal is aborted. */
const followCases: Cases<StoreUnderTest> = {
  async 'all integrations are told, then every change' (create) {
    await following(create, async ({ store, writer, follow }) => {
      const added = outgoingRecord({ _id: 'new', ...everyOutgoingOption })
      await store.insert(incomingRecord({ _id: 'in', ...everyIncomingOption }), {}, patient)
      await store.insert(outgoingRecord({ _id: 'out', ...everyOutgoingOption }), {}, patient)
      const follower = follow()
      await until('the feed is live', () => follower.isLive)
      assert.equal(follower.steps.find(({ kind }) => kind !== 'stale')?.kind, 'reset', 'the feed begins with reset')
      assert.deepEqual(follower.state, await contentOf(store))

      await writer.insert(added, {}, patient)
      await until('the new integration is told', () => follower.state.has('new'))
      assert.deepEqual(follower.state.get('new')?.integration, toldOf(added))

      await rename(writer, 'new', 'renamed')
      await until('the new name is told', () => follower.state.get('new')?.integration.name === 'renamed')
      assert.equal(follower.state.get('new')?.revision, (await held(store, 'new')).revision, 'the revision is that of find')

      await remove(writer, 'in')
      await until('the removal is told', () => !follower.state.has('in'))
      await untilSame(store, follower)
      assert.deepEqual(follower.state, await contentOf(store))
      assert.deepEqual(follower.errors, [])
    })
  },

  async 'an empty store is told, then the first integration' (create) {
    await following(create, async ({ writer, follow }) => {
      const follower = follow()
      await until('the feed is live', () => follower.isLive)
      assert.equal(follower.steps.some(({ kind }) => kind === 'present'), false, 'the store is empty')
      await writer.insert(outgoingRecord({ _id: 'first' }), {}, patient)
      await until('the first integration is told', () => follower.state.has('first'))
    })
  },

  async 'no secret is told' (create) {
    await following(create, async ({ store, follow }) => {
      const secrets = { token: 'secret-token', script: 'secret-script', scriptError: { name: 'E', message: 'secret-error' } }
      await store.insert(incomingRecord({ _id: 'in', ...everyIncomingOption, ...secrets }), {}, patient)
      const follower = follow()
      await until('the feed is live', () => follower.isLive)
      const keys = { secret: 'secret-key', previousSecret: { secret: 'secret-former-key', until: '2017-01-07T13:23:46.018Z' } }
      await store.insert(outgoingRecord({ _id: 'out', ...everyOutgoingOption, ...secrets, ...keys }), {}, patient)
      await until('the change is told', () => follower.state.has('out'))
      assert.doesNotMatch(JSON.stringify(follower.steps), /secret-|"token"|"secret"|"previousSecret"|"script"|"scriptError"/)
    })
  },

  async 'the ids of rooms and users are told, and of a record without ids none' (create) {
    await following(create, async ({ store, follow }) => {
      const ids = { channelIds: ['#roomId', '@userId', 'all_public_channels'], targetRoomId: '@userId' }
      await store.insert(outgoingRecord({ _id: 'with', ...ids }), {}, patient)
      await store.insert(outgoingRecord({ _id: 'without' }), {}, patient)
      const follower = follow()
      await until('the feed is live', () => follower.isLive)
      const told = (id: string): object => follower.state.get(id)?.integration ?? {}
      const idsOf = (id: string): unknown[] => Object.keys(ids).map((field): unknown => Reflect.get(told(id), field))
      assert.deepEqual(idsOf('with'), Object.values(ids))
      assert.deepEqual(idsOf('without'), [undefined, undefined])
      const found = await store.find('without', patient)
      if (found !== null) await store.replace(found, outgoingRecord({ _id: 'without', ...ids }), patient)
      await until('the change is told', () => 'channelIds' in told('without'))
      assert.deepEqual(idsOf('without'), Object.values(ids))
    })
  },

  async 'only the types that the listener asks for are told' (create) {
    await following(create, async ({ store, follow }) => {
      await store.insert(incomingRecord({ _id: 'in' }), {}, patient)
      await store.insert(outgoingRecord({ _id: 'out' }), {}, patient)
      const outgoing = follow(['webhook-outgoing'])
      const incoming = follow(['webhook-incoming'])
      await until('both feeds are live', () => outgoing.isLive && incoming.isLive)
      await rename(store, 'in', 'other')
      await rename(store, 'out', 'other')
      await remove(store, 'in')
      await store.insert(outgoingRecord({ _id: 'last' }), {}, patient)
      await until('both listeners have heard', () => outgoing.state.has('last') && !incoming.state.has('in'))
      assert.deepEqual(idsTold(incoming.steps), ['in'])
      assert.deepEqual(idsTold(outgoing.steps), ['last', 'out'])
    })
  },

  async 'no change is left out while all integrations are told' (create) {
    await following(create, async ({ store, writer, follow }) => {
      const count = 2500
      const all = Array.from({ length: count }, (_, index) =>
        (index % 3 === 0 ? incomingRecord : outgoingRecord)({ _id: `id${index}`, name: `name ${index}` }))
      for (let first = 0; first < count; first += 250) {
        await Promise.all(all.slice(first, first + 250).map(async (record) => await store.insert(record, {}, patient)))
      }
      const follower = follow()
      for (let index = 0; index < 600; index++) {
        const id = `id${(index * 37) % count}`
        // Renamed so that the integration stands before or behind all others in an order by name.
        if (index % 3 === 0) await rename(writer, id, `${index % 2 === 0 ? '!' : '~'} ${index}`)
        else if (index % 3 === 1) await remove(writer, id)
        else await writer.insert(outgoingRecord({ _id: `new${index}`, name: `! ${index}` }), {}, patient)
      }
      await untilSame(store, follower)
      assert.deepEqual(follower.state, await contentOf(store))
    })
  },

  async 'no earlier state is told after a later one' (create) {
    await following(create, async ({ store, writer, follow }) => {
      await store.insert(outgoingRecord({ _id: 'one', name: '0' }), {}, patient)
      const follower = follow()
      for (let change = 1; change <= 150; change++) {
        await rename(writer, 'one', String(change))
        // A feed may tell changes in quick succession as one. Now and then it is given the time to tell each.
        if (change % 10 < 2) await until('the name is told', () => follower.state.get('one')?.integration.name === String(change))
      }
      await untilSame(store, follower)
      const told = follower.steps.flatMap((step) => step.kind === 'present' ? [Number(step.integration.name)] : [])
      assert.deepEqual(told, told.toSorted((a, b) => a - b), 'the names are told in the order of the changes')
    })
  },

  async 'each listener is told, with objects of its own' (create) {
    await following(create, async ({ store, follow }) => {
      const fields = { urls: ['http://a/'] }
      await store.insert(outgoingRecord({ _id: 'before', ...fields }), {}, patient)
      const careless = follow()
      const follower = follow()
      careless.onStep = (step) => {
        if (step.kind === 'present' && step.integration.type === 'webhook-outgoing') step.integration.urls.push('http://b/')
      }
      await until('both feeds are live', () => careless.isLive && follower.isLive)
      await store.insert(outgoingRecord({ _id: 'after', ...fields }), {}, patient)
      await until('both listeners have heard', () => careless.state.has('after') && follower.state.has('after'))
      for (const _id of ['before', 'after']) {
        assert.deepEqual(follower.state.get(_id)?.integration, toldOf(outgoingRecord({ _id, ...fields })), 'another listener sees no change')
        assert.deepEqual((await held(store, _id)).integration, outgoingRecord({ _id, ...fields }), 'the store sees no change')
      }
      await careless.end()
      await remove(store, 'after')
      await until('the feed of the other listener goes on', () => !follower.state.has('after'))
      assert.ok(careless.state.has('after'), 'a feed that has ended tells nothing')
    })
  },

  async 'a feed ends when its signal is aborted' (create) {
    await following(create, async ({ store, follow }) => {
      const follower = follow()
      await until('the feed is live', () => follower.isLive)
      await follower.end()
      const { length } = follower.steps
      await store.insert(outgoingRecord({ _id: 'late' }), {}, patient)
      const other = follow()
      await until('another listener has heard of the change', () => other.state.has('late'))
      assert.equal(follower.steps.length, length, 'no step is told after the end')
      assert.deepEqual(follower.errors, [], 'the end is no error')

      const busy = follow()
      busy.onStep = () => { busy.end().catch(() => {}) }
      await until('a step is told', () => busy.steps.length > 0)
      await busy.end()
      assert.equal(busy.steps.length, 1, 'no step is told after the step in which the signal was aborted')

      const steps: StoreChange[] = []
      const listener = { change: (step: StoreChange) => { steps.push(step) }, error: () => {} }
      await inTime('a feed ends whose signal was aborted before', Promise.resolve(store.follow?.(['webhook-outgoing'], listener, givenUp)))
      assert.deepEqual(steps, [], 'no step is told when the signal was aborted before')
    })
  },

  async 'a feed goes on when its listener throws' (create) {
    await following(create, async ({ store, follow }) => {
      await store.insert(outgoingRecord({ _id: 'before' }), {}, patient)
      const follower = follow()
      const thrown: Error[] = []
      follower.onStep = ({ kind }) => {
        if (kind !== 'present' && kind !== 'reset') return
        const error = new Error(kind)
        thrown.push(error)
        throw error
      }
      await until('the feed is live', () => follower.isLive)
      await store.insert(outgoingRecord({ _id: 'after' }), {}, patient)
      await until('the change is told', () => follower.state.has('after') && follower.errors.length >= thrown.length)
      assert.ok(thrown.length >= 3, 'the listener was told reset and two integrations')
      assert.deepEqual(follower.errors, thrown, 'each error is told once')

      const end = new AbortController()
      const told: StoreChange[] = []
      let errors = 0
      const feed = Promise.resolve(store.follow?.(['webhook-outgoing'], {
        change (step) {
          told.push(step)
          throw new Error('the listener fails')
        },
        error () {
          errors++
          throw new Error('the listener fails here as well')
        }
      }, { signal: end.signal }))
      try {
        await until('every step is told to a listener that always fails', () =>
          idsTold(told).length === 2 && told.at(-1)?.kind === 'live' && errors >= told.length)
      } finally {
        end.abort()
        await inTime('the feed ends', feed)
      }
    })
  }
}

/**
 * Registers the cases that a store must pass whose integrations can be
 * followed: the optional method `follow` of `IntegrationStore`. Run
 * `storeContract` as well. The cases show one process and, where processes can
 * meet, two instances. A connection that breaks is beyond them: test it with
 * your own database. A case throws an `AssertionError` of `node:assert/strict`.
 *
 * The longest case inserts 2,500 integrations, and a case may wait ten seconds
 * for a step of a feed: 60 seconds are enough as a time limit.
 *
 * @param options `create` makes an empty store.
 */
export function followContract (options: ContractOptions<StoreUnderTest>): void {
  registerCases(options, { follow: followCases })
}

/** The parts that a case works with. */
interface Following {
  readonly store: IntegrationStore
  /** A second instance over the same data, as another process has one; `store` where there is none. */
  readonly writer: IntegrationStore
  /** Follows `store` until the case ends. */
  readonly follow: (types?: readonly IntegrationType[]) => Follower
}

/** Runs a case on an empty store and ends all feeds, also when the case fails. */
async function following (create: CreateStore, run: (parts: Following) => Promise<void>): Promise<void> {
  const { store, reopen = () => store } = await create()
  const followers: Follower[] = []
  const follow = (types?: readonly IntegrationType[]): Follower => {
    const follower = new Follower(store, types)
    followers.push(follower)
    return follower
  }
  const endAll = async (): Promise<unknown> => await Promise.all(followers.map(async (follower) => { await follower.end() }))
  try {
    await run({ store, writer: await reopen(), follow })
  } catch (error) {
    // The failure of the case says more than the failure of an end.
    await endAll().catch(() => {})
    throw error
  }
  await endAll()
}

/** The `_id`s that some steps tell as present, each once, sorted. */
function idsTold (steps: readonly StoreChange[]): string[] {
  return [...new Set(steps.flatMap((step) => step.kind === 'present' ? [step.integration._id] : []))].sort()
}

async function rename (store: IntegrationStore, id: string, name: Integration['name']): Promise<void> {
  const stored = await held(store, id)
  assert.equal(await store.replace(stored, { ...stored.integration, name }, patient), true)
}

async function remove (store: IntegrationStore, id: string): Promise<void> {
  assert.equal(await store.remove(await held(store, id), patient), true)
}
