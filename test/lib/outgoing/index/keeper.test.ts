import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { EncryptedStore, type FollowListener, type IntegrationStore, MemoryStore, RecordDamagedError } from '../../../../lib/index.ts'
import { TimeBudget } from '../../../../lib/guard/time-budget.ts'
import { readEvent } from '../../../../lib/outgoing/event-facts.ts'
import type { IndexKeeper } from '../../../../lib/outgoing/index/keeper.ts'
import type { IndexOptions } from '../../../../lib/outgoing/index/options.ts'
import { matchesOf } from '../../../../lib/outgoing/match.ts'
import { Turns } from '../../../../lib/outgoing/turns.ts'
import { RedisStore } from '../../../../lib/redis.ts'
import { held } from '../../../../lib/testing/store/read.ts'
import type { OutgoingIntegration } from '../../../../schemas/index.ts'
import { messageEvent } from '../../../support/events.ts'
import { incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { keeperOf } from '../../../support/outgoing.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { storeWith } from '../../../support/store-with.ts'
import { onEachStore } from '../../../support/stores.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'

const longTime = { milliseconds: 30_000, option: 'the test' }

function on (_id: string, changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return outgoingRecord({ _id, enabled: true, ...changes })
}

/** The integrations that a message triggers now. */
async function triggered (keeper: IndexKeeper): Promise<string> {
  if (keeper.index === undefined) return 'not loaded'
  const matches = await matchesOf(keeper.index, readEvent('sendMessage', messageEvent()), new Turns().begin())
  return [...matches.keys()].sort().join()
}

async function untilTriggered (keeper: IndexKeeper, expected: string): Promise<void> {
  await until(`a message triggers ${expected}`, async () => await triggered(keeper) === expected)
}

function started (t: Test, store: IntegrationStore, options: Partial<IndexOptions> = {}) {
  const kept = keeperOf(store, options)
  t.teardown(() => kept.keeper.close())
  kept.keeper.start()
  return kept
}

onEachStore('the index follows the store', async (t, newStore) => {
  const inner = newStore()
  for (const store of [inner, new EncryptedStore(inner, { keys: [new Uint8Array(32)], workspace: 'w', acceptPlaintext: true })]) {
    await store.insert(on('a'), {}, patient)
    await store.insert(incomingRecord(), {}, patient)
    await store.insert(on('b', { channel: ['#other'] }), {}, patient)
    const { keeper, log, unreadable } = started(t, store)
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 2)
    t.equal(await triggered(keeper), 'a')
    await store.insert(on('c'), {}, patient)
    await untilTriggered(keeper, 'a,c')
    await store.replace(await held(store, 'b'), on('b'), patient)
    await untilTriggered(keeper, 'a,b,c')
    await store.replace(await held(store, 'a'), on('a', { enabled: false }), patient)
    await untilTriggered(keeper, 'b,c')
    await store.remove(await held(store, 'c'), patient)
    await untilTriggered(keeper, 'b')
    await keeper.close()
    await store.remove(await held(store, 'b'), patient)
    await sleep(50)
    t.equal(await triggered(keeper), 'b', 'nothing is followed after the end')
    t.strictSame([log.lines, unreadable], [[], []])
    for (const id of ['a', 'xY5qzpZ2WzoBP8msi']) await store.remove(await held(store, id), patient)
  }
})

onEachStore('a store that cannot be followed is read anew', async (t, newStore) => {
  const store = newStore()
  const fixed = storeWith({}, store)
  const count = 450
  for (let number = 0; number < count; number++) await store.insert(on(`i${number}`, { channel: [number === 0 ? '#general' : '#other'] }), {}, patient)

  await t.test('after a change of this process', async (t) => {
    const { keeper, log } = started(t, fixed, { rereadAfter: 1_000_000 })
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, count)
    t.equal(await triggered(keeper), 'i0')
    await store.insert(on('z'), {}, patient)
    keeper.noteChange()
    await untilTriggered(keeper, 'i0,z')
    await store.remove(await held(store, 'z'), patient)
    keeper.noteChange()
    keeper.noteChange()
    await untilTriggered(keeper, 'i0')
    t.strictSame(log.lines, [])
  })

  await t.test('from time to time', async (t) => {
    const { keeper } = started(t, fixed, { rereadAfter: 20 })
    await keeper.loaded(new TimeBudget(longTime))
    await store.insert(on('y'), {}, patient)
    await untilTriggered(keeper, 'i0,y')
    await store.remove(await held(store, 'y'), patient)
    await untilTriggered(keeper, 'i0')
  })
})

test('reading a store: many changes, large records, unreadable ones, removals meanwhile', async (t) => {
  const memory = new MemoryStore()
  for (let number = 0; number < 500; number++) memory.insert(on(`i${number}`, { script: 'x'.repeat(30_000) }), {}, patient)

  await t.test('at most half of the time is spent on reading', async (t) => {
    const readings: number[] = []
    const slow = storeWith({
      list: async () => {
        readings.push(performance.now())
        await sleep(100)
        return { integrations: [], total: 0 }
      }
    }, memory)
    const { keeper } = started(t, slow)
    await keeper.loaded(new TimeBudget(longTime))
    await until('the fourth reading has begun', () => {
      keeper.noteChange()
      return readings.length === 4
    })
    // Three readings, and three rests that are as long.
    const elapsed = (readings[3] ?? NaN) - (readings[0] ?? NaN)
    t.ok(elapsed > 550, `the fourth reading began ${elapsed} ms after the first one`)
  })

  await t.test('a page that is too large is read in parts', async (t) => {
    let largest = 0
    const { keeper } = started(t, storeWith({
      list: async (query, call) => {
        const page = await memory.list(query, call)
        largest = Math.max(largest, page.integrations.length)
        return page
      }
    }, memory))
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 500)
    t.ok(largest < 200, `${largest} at once`)
  })

  await t.test('a record that is larger than a page is read alone', async (t) => {
    const { keeper } = started(t, storeWith({
      list: (query, call) => (query.maxBytes === undefined ? memory.list(query, call) : { integrations: [], total: 500, fits: 0 })
    }, memory))
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 500)
  })

  await t.test('unreadable records are reported, and the others are there', async (t) => {
    const { keeper, unreadable } = started(t, storeWith({
      list: async (query, call) => ({ ...await memory.list(query, call), ...(query.offset === 0 && { unreadable: [new RecordDamagedError('x', 'no JSON')] }) })
    }, memory))
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 500)
    t.match(unreadable, [/'x' is damaged/])
  })

  await t.test('an integration that has moved to an earlier page is not left out', async (t) => {
    let isFirst = true
    const store = new MemoryStore()
    for (let number = 0; number < 300; number++) store.insert(on(`i${number}`), {}, patient)
    const { keeper } = started(t, storeWith({
      list: async (query, call) => {
        if (query.offset > 0 && isFirst) {
          isFirst = false
          store.remove(await held(store, 'i0'), patient)
        }
        return store.list(query, call)
      }
    }, store))
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 299)
  })

  await t.test('a store that says nonsense of the total', async (t) => {
    const { keeper } = started(t, storeWith({ list: async (query, call) => ({ ...await memory.list(query, call), total: 1_000_000_000 }) }, memory))
    t.equal((await keeper.loaded(new TimeBudget(longTime))).size, 500)
  })

  await t.test('an outage is told once, and the index stays', async (t) => {
    let isAway = false
    let answers = 0
    const { keeper, log } = started(t, storeWith({
      list: (query, call) => {
        answers++
        if (isAway) throw new Error('away')
        return memory.list(query, call)
      }
    }, memory), { rereadAfter: 5 })
    await keeper.loaded(new TimeBudget(longTime))
    isAway = true
    const before = answers
    await until('it was tried again', () => answers > before + 3)
    t.equal(keeper.index?.size, 500)
    isAway = false
    await until('the end is told', () => log.lines.length > 1)
    t.match(log.lines, [{ message: /cannot be read/, facts: { err: { cause: { cause: { message: 'away' } } } } }, { message: /can be read again/ }])
    t.equal(log.lines.length, 2)
  })
})

/** A store whose feed is in the hands of the test. */
function fed (): { store: IntegrationStore, listener: () => FollowListener, ends: Array<() => void>, follows: () => number } {
  const ends: Array<() => void> = []
  const listeners: FollowListener[] = []
  const store = storeWith({
    follow: async (_types, listener, { signal }) => {
      listeners.push(listener)
      await new Promise<void>((resolve) => {
        ends.push(resolve)
        signal.addEventListener('abort', () => { resolve() })
      })
    }
  })
  const listener = (): FollowListener => {
    const last = listeners.at(-1)
    if (last === undefined) throw new Error('nobody listens')
    return last
  }
  return { store, listener, ends, follows: () => listeners.length }
}

function tell (listener: FollowListener, integration: OutgoingIntegration): void {
  listener.change({ kind: 'present', integration, revision: '1' })
}

test('the steps of a feed', async (t) => {
  const { store, listener } = fed()
  const { keeper, log, unreadable } = started(t, store)
  const feed = listener()
  feed.change({ kind: 'stale' })
  feed.error(new Error('away'))
  feed.change({ kind: 'reset' })
  tell(feed, on('a'))
  tell(feed, on('b'))
  t.equal(await triggered(keeper), 'not loaded', 'all integrations must have been told')
  feed.change({ kind: 'live' })
  t.equal(await triggered(keeper), 'a,b')
  feed.change({ kind: 'stale' })
  feed.error(new Error('away again'))
  t.equal(await triggered(keeper), 'a,b', 'the index stays as it is')
  feed.change({ kind: 'unreadable', _id: 'b', error: new RecordDamagedError('b', 'no JSON') })
  t.equal(await triggered(keeper), 'a')
  feed.change({ kind: 'removed', _id: 'unknown' })
  feed.change({ kind: 'reset' })
  tell(feed, on('c'))
  t.equal(await triggered(keeper), 'a', 'the earlier index, until all has been told again')
  feed.change({ kind: 'live' })
  feed.change({ kind: 'live' })
  t.equal(await triggered(keeper), 'c')
  tell(feed, on('d'))
  t.equal(await triggered(keeper), 'c,d')
  t.match(log.lines, [{ facts: { err: { message: 'away' } } }, { facts: { err: { message: 'away again' } } }])
  t.match(unreadable, [/'b' is damaged/])
})

test('a feed that tells what is no integration', async (t) => {
  const { store, listener } = fed()
  const { keeper, unreadable } = started(t, store)
  const feed = listener()
  feed.change({ kind: 'reset' })
  tell(feed, on('a'))
  tell(feed, on('b'))
  feed.change({ kind: 'live' })
  for (const wrong of [{ channel: 'general' }, { urls: undefined }, { event: 'constructor' }, { triggerWords: [5] }]) {
    tell(feed, on('a'))
    tell(feed, unchecked<OutgoingIntegration>({ ...on('a'), ...wrong }))
    t.equal(await triggered(keeper), 'b', JSON.stringify(wrong))
  }
  feed.change(unchecked({ kind: 'present', integration: incomingRecord({ _id: 'c' }), revision: '1' }))
  t.equal(await triggered(keeper), 'b')
  t.match(unreadable, [/field \/channel/, /field \/urls/, /field \/event/, /field \/triggerWords\/0/])
})

test('a feed that ends by itself is followed again', async (t) => {
  const { store, listener, ends, follows } = fed()
  const { keeper, log } = started(t, store, { rereadAfter: 5 })
  listener().change({ kind: 'reset' })
  tell(listener(), on('a'))
  listener().change({ kind: 'live' })
  ends[0]?.()
  await until('it is followed again', () => follows() === 2)
  t.equal(await triggered(keeper), 'a', 'the index stays')
  listener().change({ kind: 'reset' })
  listener().change({ kind: 'live' })
  t.equal(await triggered(keeper), '')
  t.match(log.lines, [{ message: /ended by itself/ }])

  let calls = 0
  const failing = started(t, storeWith({ follow: () => { throw new Error(`failure ${++calls}`) } }), { rereadAfter: 5 })
  await until('it is tried again', () => calls > 2)
  t.match(failing.log.lines[0], { message: /follow failed/, facts: { err: { message: 'failure 1' } } })
})

test('events wait for the index', async (t) => {
  const { store, listener } = fed()
  const { keeper } = started(t, store)
  const most = 10_000
  const waits = Array.from({ length: most }, () => keeper.loaded(new TimeBudget(longTime)))
  await t.rejects(keeper.loaded(new TimeBudget(longTime)), /10000 events are waiting for the integrations already/)
  listener().change({ kind: 'reset' })
  let woken = 0
  for (const wait of waits) wait.then(() => { woken++ })
  listener().change({ kind: 'live' })
  await nextTurn()
  t.ok(woken > 0 && woken < most / 10, `${woken} go on in the first turns`)
  const indexes = new Set(await Promise.all(waits))
  t.strictSame([...indexes], [keeper.index])
  t.equal(await keeper.loaded(new TimeBudget(longTime)), keeper.index)
})

test('events do not wait for ever', async (t) => {
  const { store } = fed()
  const { keeper } = started(t, store)
  await t.rejects(keeper.loaded(new TimeBudget({ milliseconds: 20, option: 'one second' })), {
    code: 'FCI_ERR_ADAPTER_TIMEOUT', message: 'the store, read for outgoing webhooks, did not answer within one second'
  })
  const wait = t.rejects(keeper.loaded(new TimeBudget(longTime)), /closing/)
  await keeper.close()
  await wait
  await t.rejects(keeper.loaded(new TimeBudget(longTime)), /closing/)
})

test('a keeper that was never started, or twice', async (t) => {
  const { keeper: never } = keeperOf(new MemoryStore())
  await never.close()
  const { store, follows } = fed()
  const { keeper } = started(t, store)
  keeper.start()
  t.equal(follows(), 1)
  await keeper.close()
  await keeper.close()
})

test('a store that is away at the start', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const store = new RedisStore({ redis: redisClient(t, server) })
  await store.insert(on('a'), {}, patient)
  await server.kill()
  const { keeper, log } = started(t, store)
  await until('the outage is told', () => log.lines.length > 0)
  t.equal(keeper.index, undefined)
  t.equal(log.lines.length, 1)
  await server.restart()
  await untilTriggered(keeper, 'a')
})

test('no reading begins after the end', async (t) => {
  let readings = 0
  const { keeper } = started(t, storeWith({
    list: async () => {
      readings++
      await sleep(20)
      return { integrations: [], total: 0 }
    }
  }), { rereadAfter: 1 })
  await until('it is read', () => readings > 1)
  await keeper.close()
  const before = readings
  keeper.noteChange()
  await sleep(60)
  t.equal(readings, before)
})
