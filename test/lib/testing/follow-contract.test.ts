import { test } from 'tap'
import { type FollowListener, type IntegrationStore, MemoryStore, type StoreChange } from '../../../lib/index.ts'
import { followContract, type StoreUnderTest } from '../../../lib/testing.ts'
import { bothTypes, type Told } from '../../support/follower.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { storeWith } from '../../support/store-with.ts'

type Follow = NonNullable<IntegrationStore['follow']>

/** MemoryStore with a mistake in `follow`. */
function broken (follow: (inner: MemoryStore) => Follow): () => StoreUnderTest {
  return () => {
    const inner = new MemoryStore()
    return { store: storeWith({ follow: follow(inner) }, inner) }
  }
}

/** MemoryStore whose feeds tell other steps. */
function telling (steps: (inner: MemoryStore) => (step: StoreChange, listener: FollowListener) => void): () => StoreUnderTest {
  return broken((inner) => (types, listener, call) => {
    const tell = steps(inner)
    return inner.follow(types, { change: (step) => { tell(step, listener) }, error: (error) => { listener.error(error) } }, call)
  })
}

const mistakes: ReadonlyArray<Mistake<StoreUnderTest>> = [
  ['the store has no follow', () => ({ store: storeWith({}) }), 'follow: all integrations are told, then every change'],
  ['the feed does not begin with reset', telling(() => (step, listener) => {
    if (step.kind !== 'reset') listener.change(step)
  }), 'follow: all integrations are told, then every change'],
  ['the revision is another one', telling(() => (step, listener) => {
    listener.change(step.kind === 'present' ? { ...step, revision: `${step.revision}-other` } : step)
  }), 'follow: all integrations are told, then every change'],
  ['removals are not told', telling(() => (step, listener) => {
    if (step.kind !== 'removed') listener.change(step)
  }), 'follow: all integrations are told, then every change'],
  ['the feed of an empty store is not live', telling(() => {
    let isEmpty = true
    return (step, listener) => {
      if (step.kind === 'present') isEmpty = false
      if (step.kind !== 'live' || !isEmpty) listener.change(step)
    }
  }), 'follow: an empty store is told, then the first integration'],
  ['a token is told', telling((inner) => (step, listener) => {
    const stored = step.kind === 'present' ? inner.find(step.integration._id) : null
    listener.change(step.kind === 'present' && stored !== null ? { ...step, integration: stored.integration } : step)
  }), 'follow: no secret is told'],
  ['the ids are not told', telling(() => (step, listener) => {
    if (step.kind !== 'present') return listener.change(step)
    const { channelIds, ...integration } = step.integration
    listener.change({ ...step, integration })
  }), 'follow: the ids of rooms and users are told, and of a record without ids none'],
  ['both types are told', broken((inner) => (_, listener, call) => inner.follow(bothTypes, listener, call)),
    'follow: only the types that the listener asks for are told'],
  ['a change before the feed is live is left out', telling(() => {
    let isLive = false
    return (step, listener) => {
      if (step.kind === 'live') isLive = true
      if (isLive || step.kind !== 'present' || !step.integration._id.startsWith('new')) listener.change(step)
    }
  }), 'follow: no change is left out while all integrations are told'],
  ['an earlier state is told in between', telling(() => {
    let before: StoreChange | undefined
    return (step, listener) => {
      listener.change(step)
      if (step.kind !== 'present') return
      if (before !== undefined) {
        listener.change(before)
        listener.change(step)
      }
      before = step
    }
  }), 'follow: no earlier state is told after a later one'],
  ['listeners share an object', broken((inner) => {
    const shared = new Map<string, Told['integration']>()
    return (types, listener, call) => inner.follow(types, {
      change (step) {
        if (step.kind !== 'present') return listener.change(step)
        const key = `${step.integration._id} ${step.revision}`
        const integration = shared.get(key) ?? step.integration
        shared.set(key, integration)
        listener.change({ ...step, integration })
      },
      error: (error) => { listener.error(error) }
    }, call)
  }), 'follow: each listener is told, with objects of its own'],
  ['only the first listener is told', broken((inner) => {
    let isTaken = false
    return async (types, listener, call) => {
      if (isTaken) return
      isTaken = true
      await inner.follow(types, listener, call)
    }
  }), 'follow: each listener is told, with objects of its own'],
  ['the feed never ends', broken((inner) => (types, listener, call) =>
    inner.follow(types, listener, call).then(() => new Promise<never>(() => {}))), 'follow: a feed ends when its signal is aborted'],
  ['the end is a rejection', broken((inner) => (types, listener, call) =>
    inner.follow(types, listener, call).then(() => { throw new Error('aborted') })), 'follow: a feed ends when its signal is aborted'],
  ['steps are told after the end', broken((inner) => (types, listener, { signal }) => {
    const other = new AbortController()
    inner.follow(types, listener, { signal: other.signal })
    return new Promise((resolve) => {
      if (signal.aborted) resolve()
      else signal.addEventListener('abort', () => { resolve() })
      // The process of the test must end.
      setTimeout(() => { other.abort() }, 30_000).unref()
    })
  }), 'follow: a feed ends when its signal is aborted'],
  ['the feed ends with an error of its listener', telling(() => {
    let hasFailed = false
    return (step, listener) => {
      if (hasFailed) return
      try {
        listener.change(step)
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }), 'follow: a feed goes on when its listener throws'],
  ['errors of the listener are not told', broken((inner) => (types, listener, call) =>
    inner.follow(types, { change: (step) => { listener.change(step) }, error: () => {} }, call)),
  'follow: a feed goes on when its listener throws']
]

test('a store without a mistake passes every case, all at the same time', (t) =>
  passesAtOnce(t, followContract, () => ({ store: new MemoryStore() })))

test('the suite of followed stores finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, followContract, mistakes)
  t.strictSame(casesWithoutMistake(followContract, mistakes), [])
})
