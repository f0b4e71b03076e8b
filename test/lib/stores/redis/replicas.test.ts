import { test, type Test } from 'tap'
import { RedisStore } from '../../../../lib/redis.ts'
import { storeContract } from '../../../contracts/store.ts'
import { incomingBody } from '../../../support/bodies.ts'
import { startClient } from '../../../support/client.ts'
import { givenUp, impatient, incomingRecord, integrationOf, newClaim, outgoingRecord, patient, withoutIds } from '../../../support/integrations.ts'
import { redisClient, redisServer } from '../../../support/redis-client.ts'
import { consistentWorkspace } from '../../../support/redis-consistency.ts'
import { startRedisProxy } from '../../../support/redis-proxy.ts'
import type { RedisServer } from '../../../support/redis-server.ts'
import { found } from '../../../support/store-with.ts'
import { unavailable } from '../../../support/unavailable.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { until } from '../../../support/until.ts'

const unconfirmed = { code: 'FCI_ERR_CHANGE_UNCONFIRMED' }

/** A server and its replica, in sync. */
async function withReplica (t: Test): Promise<{ master: RedisServer, replica: RedisServer }> {
  const master = await redisServer(t, { args: ['--repl-diskless-sync-delay', '0'] })
  const replica = await redisServer(t, { args: ['--replicaof', '127.0.0.1', String(master.port)] })
  const redis = redisClient(t, master)
  await until('the replica is in sync', async () => (await redis.info('replication')).includes('state=online'))
  return { master, replica }
}

/** How often a server was sent WAIT. */
async function waits (t: Test, server: RedisServer): Promise<number> {
  return Number(/cmdstat_wait:calls=(\d+)/.exec(await redisClient(t, server).info('commandstats'))?.[1] ?? 0)
}

test('RedisStore with waitForReplicas', async (t) => {
  const { master, replica } = await withReplica(t)
  const redis = redisClient(t, master)
  const inspector = redisClient(t, master)
  let workspaces = 0
  const nextStore = (waitForReplicas: { count: number, timeout: number } | undefined = { count: 1, timeout: 5000 }): RedisStore =>
    new RedisStore({ redis, keyPrefix: `w${++workspaces}`, waitForReplicas })

  await t.test('sends no WAIT without it, nor for what changes nothing', async (t) => {
    const plain = new RedisStore({ redis, keyPrefix: 'plain' })
    await plain.insert(incomingRecord(), {}, patient)
    t.equal(await waits(t, master), 0)
    const store = new RedisStore({ redis, keyPrefix: 'plain', waitForReplicas: { count: 1, timeout: 5000 } })
    await found(store, 'x')
    await store.list({ scopes: [{ type: 'webhook-incoming' }], sortBy: 'name', descending: false, offset: 0, count: 5 }, patient)
    await t.rejects(store.insert(outgoingRecord(), {}, givenUp), { code: 'FCI_ERR_STORE_UNAVAILABLE' })
    t.equal(await waits(t, master), 0)
    await store.insert(outgoingRecord(), {}, patient)
    t.equal(await waits(t, master), 1)
  })

  await t.test('keeps the contract of stores', async (t) => {
    await storeContract(t, () => {
      const store = nextStore()
      const keyPrefix = `w${workspaces}`
      return { store, reopen: () => new RedisStore({ redis: redisClient(t, master), keyPrefix, waitForReplicas: { count: 1, timeout: 5000 } }) }
    })
  })

  await t.test('a create that is sent again is answered only when a replica has it', async (t) => {
    const store = nextStore({ count: 1, timeout: 500 })
    const claim = newClaim()
    replica.pause()
    t.equal(await store.claim(claim, patient), null, 'nothing is there yet that could be lost')
    await t.rejects(store.insert(outgoingRecord(), { once: { claim, answer: 'done' } }, patient), unconfirmed)
    await t.rejects(store.claim(newClaim({ key: claim.key }), patient), unconfirmed)
    replica.resume()
    await until('the replica has it', async () =>
      await store.claim(newClaim({ key: claim.key }), patient).then((record) => record?.answer != null, () => false))
  })

  await t.test('asks once for what comes together', async (t) => {
    const store = nextStore()
    const before = await waits(t, master)
    await Promise.all(Array.from({ length: 500 }, (_, index) => store.insert(incomingRecord({ _id: `${index}` }), {}, patient)))
    t.ok(await waits(t, master) - before <= 2, 'Redis knew the script, or learnt it')
    t.equal((await consistentWorkspace(t, inspector, `w${workspaces}`)).integrations.length, 500)
  })

  await t.test('survives that Redis forgets the scripts', async (t) => {
    const store = nextStore()
    for (const _id of ['a', 'b', 'c']) {
      await inspector.script('FLUSH')
      await Promise.all([1, 2, 3].map((number) => store.insert(incomingRecord({ _id: _id + number }), {}, patient)))
    }
    t.equal((await consistentWorkspace(t, inspector, `w${workspaces}`)).integrations.length, 9)
  })

  await t.test('stores a record once when the answer is lost and ioredis sends the pipeline again', async (t) => {
    const proxy = await startRedisProxy(t, master)
    const store = new RedisStore({ redis: redisClient(t, proxy), keyPrefix: 'proxied', waitForReplicas: { count: 1, timeout: 5000 } })
    await store.insert(incomingRecord({ _id: 'before' }), {}, patient)
    for (let index = 0; index < 5; index++) {
      proxy.loseNextAnswer()
      await Promise.allSettled([store.insert(outgoingRecord({ _id: `lost-${index}` }), {}, patient)])
    }
    t.equal(proxy.lost, 5)
    t.equal((await consistentWorkspace(t, inspector, 'proxied')).integrations.length, 6)
  })

  await t.test('fails what no replica confirms, though it is carried out', async (t) => {
    const store = nextStore({ count: 1, timeout: 500 })
    await store.insert(incomingRecord({ _id: 'one' }), {}, patient)
    const read = await store.find('one', patient)
    if (read === null) throw new Error('not found')
    replica.pause()
    t.teardown(() => replica.resume())
    await t.rejects(store.insert(incomingRecord({ _id: 'two' }), {}, patient), { ...unconfirmed, message: /carried out.*0 of 1 replicas.*500 ms/ })
    await t.rejects(store.replace(read, { ...read.integration, name: 'other' }, patient), unconfirmed)
    t.equal((await found(store, 'one'))?.name, 'other')
    t.equal(await store.remove(read, patient), false, 'a lost race has changed nothing that could be lost')
    await t.rejects(store.insert(incomingRecord({ _id: 'two', name: 'another' }), {}, patient), { code: 'FCI_ERR_ID_TAKEN' })
    const two = await store.find('two', patient)
    if (two === null) throw new Error('not found')
    await t.rejects(store.remove(two, patient), unconfirmed)
    replica.resume()
    await store.insert(incomingRecord({ _id: 'three' }), {}, patient)
    t.equal((await consistentWorkspace(t, inspector, `w${workspaces}`)).integrations.length, 2)
  })

  await t.test('many at once wait no longer than two timeouts for a replica that hangs', async (t) => {
    const timeout = 400
    const store = nextStore({ count: 1, timeout })
    await store.insert(incomingRecord({ _id: 'first' }), {}, patient)
    replica.pause()
    t.teardown(() => replica.resume())
    const begun = performance.now()
    const waited: number[] = []
    const changes: Array<Promise<unknown>> = []
    for (let index = 0; index < 100; index++) {
      changes.push(t.rejects(store.insert(incomingRecord({ _id: `${index}` }), {}, patient), unconfirmed).then(() => waited.push(performance.now() - begun)))
      // Not all of them in one turn of the event loop.
      if (index % 10 === 9) await new Promise(setImmediate)
    }
    t.equal(await found(store, 'unknown'), null, 'a read waits as well')
    const read = performance.now() - begun
    await Promise.all(changes)
    t.ok(read >= timeout * 0.9 && read < 2 * timeout + 1000, `the read took ${Math.round(read)} ms`)
    t.ok(Math.max(...waited) < 2 * timeout + 1000, `the slowest change took ${Math.round(Math.max(...waited))} ms`)
    const sent = await waits(t, master)
    const inFront = store.insert(incomingRecord({ _id: 'in front' }), {}, patient)
    await until('it was sent', async () => await waits(t, master) > sent)
    await t.rejects(store.insert(incomingRecord({ _id: 'gone' }), {}, impatient(50)), { code: 'FCI_ERR_STORE_UNAVAILABLE' }, 'nobody waits any more')
    await t.rejects(inFront, unconfirmed)
    t.equal(await found(store, 'gone'), null, 'nor is it carried out')
  })

  await t.test('the client is answered 503, and 200 when the replica is back', async (t) => {
    const client = await startClient(t, { store: nextStore({ count: 1, timeout: 500 }) })
    replica.pause()
    t.teardown(() => replica.resume())
    unavailable(t, await client.create(incomingBody), 'while the replica hangs')
    replica.resume()
    const reply = await client.create(incomingBody)
    t.equal(reply.status, 200)
    const { integrations } = await consistentWorkspace(t, inspector, `w${workspaces}`)
    t.equal(integrations.length, 2, 'the first one was carried out as well')
    t.strictSame(integrations.map(withoutIds).find(({ _id }) => _id === integrationOf(reply.body)._id), integrationOf(reply.body))
  })

  await t.test('two replicas where there is one', async (t) => {
    await t.rejects(nextStore({ count: 2, timeout: 50 }).insert(incomingRecord(), {}, patient), { ...unconfirmed, message: /1 of 2 replicas/ })
  })
})

test('the option waitForReplicas is checked', async (t) => {
  const redis = redisClient(t, { port: 1 }, { lazyConnect: true })
  for (const waitForReplicas of [
    null, 1, true, [], {}, { count: 1 }, { timeout: 100 }, { count: 0, timeout: 100 }, { count: 1, timeout: 0 }, { count: 1.5, timeout: 100 },
    { count: '1', timeout: 100 }, { count: 1, timeout: '100' }, { count: 1, timeout: 60_001 }, { count: 1, timeout: Infinity }
  ]) {
    t.throws(() => new RedisStore({ redis, waitForReplicas: unchecked(waitForReplicas) }), { code: 'FCI_ERR_INVALID_OPTION' }, JSON.stringify(waitForReplicas))
  }
  t.ok(new RedisStore({ redis, waitForReplicas: { count: 1, timeout: 60_000 } }))
})
