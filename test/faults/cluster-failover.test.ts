import type { Cluster } from 'ioredis'
import { test, type Test } from 'tap'
import { RedisStore, type RedisStoreOptions } from '../../lib/redis.ts'
import { startClient } from '../support/client.ts'
import { withoutIds } from '../support/integrations.ts'
import { redisClient } from '../support/redis-client.ts'
import { clusterClient, type RedisCluster, redisCluster } from '../support/redis-cluster.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { type Acknowledged, type SteadyCreates, steadyCreates } from '../support/steady-creates.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'

const adapterTimeout = 2500
/** How late an answer may be on a machine that is busy with something else. */
const margin = 2500
/** How many requests are on their way at once. */
const connections = 8
/** How often each failover is repeated. In the long run there are more kinds of them, too. */
const rounds = often(1, 3)
/** What is tried in the long run only, as a master hangs. */
const hangs = soaking ? { hung: {}, 'hung-confirmed': { waitForReplicas: { count: 1, timeout: 500 } } } : {}

test('the master of a workspace fails while requests arrive', async (t) => {
  const cluster = await redisCluster(t)

  for (let round = 0; round < rounds; round++) {
    await t.test('it is killed', async (t) => {
      const failover = await startFailover(t, cluster, `killed-${round}`)
      const { creates, master } = failover
      await cluster.kill(master)
      const killed = performance.now()
      await takenOver(cluster, failover)
      await succeedAgain(creates)
      const lost = await outcome(t, cluster, failover)
      t.comment(`killed: ${report(creates, killed, lost)}`)
      t.strictSame(lost.filter(({ at }) => at < killed - 1000), [], 'what was acknowledged well before that is there')
      await cluster.restart(master)
    })

    for (const [name, options] of Object.entries(hangs)) {
      await t.test(`it hangs, ${name}`, async (t) => {
        const failover = await startFailover(t, cluster, `${name}-${round}`, options)
        const { creates, master } = failover
        master.pause()
        t.teardown(() => master.resume())
        const hung = performance.now()
        // Unlike killed ones, the connections to it stay open.
        await until('another master has the slot', async () => await cluster.masterOf(`{${failover.keyPrefix}}`, master) !== master)
        // With waitForReplicas nothing can succeed before the old master is there as a replica.
        if (name === 'hung') await succeedAgain(creates)
        master.resume()
        await until('the old master is a replica', async () => (await cluster.replicasOf(`{${failover.keyPrefix}}`)).includes(master))
        await succeedAgain(creates)
        const lost = await outcome(t, cluster, failover)
        t.comment(`${name}: ${report(creates, hung, lost)}`)
        t.strictSame(lost, [], 'what was acknowledged is there')
      })
    }

    await t.test('it is killed while its replica is behind: without waitForReplicas something is lost', async (t) => {
      const failover = await startFailover(t, cluster, `behind-${round}`)
      const { creates, master } = failover
      const [replica] = await cluster.replicasOf(`{${failover.keyPrefix}}`)
      if (replica === undefined) throw new Error('no replica')
      await cutOff(t, master, replica)
      const cut = performance.now()
      await until('requests succeed without the replica', () => laterThan(creates, cut) > 100)
      await cluster.kill(master)
      const killed = performance.now()
      replica.resume()
      await takenOver(cluster, failover)
      await succeedAgain(creates)
      const lost = await outcome(t, cluster, failover)
      t.comment(`killed while its replica is behind: ${report(creates, killed, lost)}`)
      const since = creates.acknowledged.filter(({ at }) => at > cut && at < killed)
      t.ok(since.length > 50)
      // Of each connection, the first answer after the cut may be to a request that was carried out before it.
      t.ok(since.filter((one) => !lost.includes(one)).length <= connections, 'what the replica never heard of')
      t.strictSame(lost.filter(({ at }) => at < cut - 1000 || at > killed + 1000), [], 'and nothing else')
      await cluster.restart(master)
    })

    await t.test('it is killed while its replica is behind: with waitForReplicas nothing is lost', async (t) => {
      const failover = await startFailover(t, cluster, `confirmed-${round}`, { waitForReplicas: { count: 1, timeout: 500 } })
      const { creates, master } = failover
      const [replica] = await cluster.replicasOf(`{${failover.keyPrefix}}`)
      if (replica === undefined) throw new Error('no replica')
      replica.pause()
      const paused = performance.now()
      await until('requests fail, and fail again', () => creates.failed() >= 2 * connections)
      // A busy machine comes late to what was answered before.
      t.equal(laterThan(creates, paused + 500), 0, 'none succeeded meanwhile')
      replica.resume()
      await succeedAgain(creates)

      const failed = creates.failed()
      await cutOff(t, master, replica)
      await until('requests fail', () => creates.failed() >= failed + 16)
      await cluster.kill(master)
      const killed = performance.now()
      replica.resume()
      await takenOver(cluster, failover)
      const takeover = performance.now()
      const failedThen = creates.failed()
      await until('requests fail: the new master has no replica', () => creates.failed() >= failedThen + 16)
      t.equal(laterThan(creates, takeover), 0)
      // It becomes the replica that the new master lacks.
      await cluster.restart(master)
      await succeedAgain(creates)
      const lost = await outcome(t, cluster, failover)
      t.comment(`killed while its replica is behind, with waitForReplicas: ${report(creates, killed, lost)}`)
      t.strictSame(lost, [], 'whatever was acknowledged is there')
    })

    if (soaking) {
      await t.test('it is killed without a warning: with waitForReplicas nothing is lost', async (t) => {
        const failover = await startFailover(t, cluster, `confirmed-killed-${round}`, { waitForReplicas: { count: 1, timeout: 500 } })
        const { creates, master } = failover
        await cluster.kill(master)
        const killed = performance.now()
        await takenOver(cluster, failover)
        // It becomes the replica that the new master lacks.
        await cluster.restart(master)
        await succeedAgain(creates)
        const lost = await outcome(t, cluster, failover)
        t.comment(`killed, with waitForReplicas: ${report(creates, killed, lost)}`)
        t.strictSame(lost, [], 'whatever was acknowledged is there')
      })
    }
  }
})

interface Failover {
  readonly keyPrefix: string
  readonly redis: Cluster
  readonly master: RedisServer
  readonly creates: SteadyCreates
  readonly listeners: Record<string, number>
}

/** A server on the Cluster that has answered some hundred requests, with more to come. */
async function startFailover (
  t: Test, cluster: RedisCluster, keyPrefix: string, options: Omit<RedisStoreOptions, 'redis' | 'keyPrefix'> = {}
): Promise<Failover> {
  await cluster.healthy()
  const redis = clusterClient(t, cluster)
  const client = await startClient(t, { store: new RedisStore({ redis, keyPrefix, ...options }), adapterTimeout })
  const creates = steadyCreates(client, connections)
  // However the test ends, nothing must be sent afterwards.
  t.teardown(() => creates.stop())
  await until('requests succeed', () => creates.acknowledged.length > 300)
  return { keyPrefix, redis, master: await cluster.masterOf(`{${keyPrefix}}`), creates, listeners: listenersOf(redis) }
}

/** Of every event of the client. */
function listenersOf (redis: Cluster): Record<string, number> {
  return Object.fromEntries(redis.eventNames().map((name) => [String(name), redis.listenerCount(name)]))
}

/** How many requests were answered 200 after a moment. */
function laterThan ({ acknowledged }: SteadyCreates, moment: number): number {
  return acknowledged.filter(({ at }) => at > moment).length
}

/** Waits until requests succeed from now on, in the same process. */
async function succeedAgain (creates: SteadyCreates): Promise<void> {
  const now = performance.now()
  await until('requests succeed again', () => laterThan(creates, now) > 100)
}

/** A replica that hangs and whose link is gone, as when the network between the two fails. */
async function cutOff (t: Test, master: RedisServer, replica: RedisServer): Promise<void> {
  replica.pause()
  // What is in the buffers of a link that is still there would arrive when the replica goes on.
  await redisClient(t, master).call('CLIENT', 'KILL', 'TYPE', 'replica')
}

async function takenOver (cluster: RedisCluster, { keyPrefix, master }: Failover): Promise<void> {
  await until('another master has the slot', async () => await cluster.masterOf(`{${keyPrefix}}`) !== master)
}

/** Asserts what must be so after every failover and returns what was acknowledged and is not there. */
async function outcome (t: Test, cluster: RedisCluster, { keyPrefix, redis, creates, listeners }: Failover): Promise<Acknowledged[]> {
  await creates.stop()
  t.strictSame(creates.others, [], 'every answer is 200 or the documented 503')
  t.ok(creates.slowest() < adapterTimeout + margin, `every answer came in time: ${Math.round(creates.slowest())} ms`)
  t.strictSame(listenersOf(redis), listeners, 'no listener is left on the client')
  const { integrations } = await consistentWorkspace(t, redisClient(t, await cluster.masterOf(`{${keyPrefix}}`)), keyPrefix)
  const stored = new Map(integrations.map((integration) => [integration._id, withoutIds(integration)]))
  const there = creates.acknowledged.filter(({ integration }) => stored.has(integration._id))
  t.strictSame(there.map(({ integration }) => stored.get(integration._id)), there.map(({ integration }) => integration), 'as it was acknowledged')
  t.equal(new Set(integrations.map(({ name }) => name)).size, integrations.length, 'no request was carried out twice')
  t.ok(integrations.length <= creates.acknowledged.length + creates.failed(), 'nothing comes from nowhere')
  return creates.acknowledged.filter(({ integration }) => !stored.has(integration._id))
}

function report ({ acknowledged, failed, slowest }: SteadyCreates, killed: number, lost: readonly Acknowledged[]): string {
  const first = acknowledged.find(({ at }) => at > killed + 200)?.at ?? NaN
  const since = lost.length === 0 ? '' : `, the oldest ${Math.round(killed - (lost[0]?.at ?? NaN))} ms before the kill`
  return `${acknowledged.length} were answered 200 and ${failed()} 503, the slowest in ${Math.round(slowest())} ms; ` +
    `the first 200 again after ${Math.round(first - killed)} ms; ${lost.length} that were acknowledged are lost${since}`
}
