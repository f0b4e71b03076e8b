import { setTimeout as sleep } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { RedisStore, type RedisStoreOptions } from '../../lib/redis.ts'
import { incomingBody } from '../support/bodies.ts'
import { type Client, type Reply, startClient } from '../support/client.ts'
import { integrationOf, withoutIds } from '../support/integrations.ts'
import { redisClient } from '../support/redis-client.ts'
import { clusterClient, type RedisCluster, redisCluster } from '../support/redis-cluster.ts'
import { consistentWorkspace } from '../support/redis-consistency.ts'
import { type SteadyCreates, steadyCreates } from '../support/steady-creates.ts'
import { until } from '../support/until.ts'

/** Many times what a move takes. */
const adapterTimeout = 10_000
const shortTimeout = 1000
/** How late an answer may be on a machine that is busy with something else. */
const margin = 2500

test('the slot of a workspace moves to another master while requests arrive', async (t) => {
  const cluster = await redisCluster(t)

  for (const [name, options] of Object.entries({ plain: {}, confirmed: { waitForReplicas: { count: 1, timeout: adapterTimeout / 2 } } })) {
    await t.test(`in less than adapterTimeout, ${name}: clients notice nothing but that it takes longer`, async (t) => {
      const keyPrefix = `quick-${name}`
      const load = await startLoad(t, cluster, keyPrefix, options)
      const before = await cluster.masterOf(`{${keyPrefix}}`)
      const begun = performance.now()
      const move = await cluster.startMove(`{${keyPrefix}}`)
      await sleep(300)
      // Slower than redis-cli: some lists and page look-ups must meet keys in both nodes.
      while (await move.keys(25) > 0) await sleep(20)
      await sleep(300)
      await move.end()
      const took = performance.now() - begun
      t.ok(took < adapterTimeout, `it took ${Math.round(took)} ms`)
      const { length } = load.creates.acknowledged
      await until('creates succeed', () => load.creates.acknowledged.length > length + 100)
      const { reads, slowestRead } = await load.stop()
      t.not(await cluster.masterOf(`{${keyPrefix}}`), before, 'it has moved')
      t.comment(`${name}: the slot was on its way for ${Math.round(took)} ms; ${load.creates.acknowledged.length} creates were answered 200 and ` +
        `${load.creates.failed()} 503, the slowest in ${Math.round(load.creates.slowest())} ms; ${JSON.stringify(reads)} reads, the slowest in ${Math.round(slowestRead)} ms`)
      t.equal(load.creates.failed(), 0, `no create failed${load.log.slice(0, 3).map((line) => `; ${line}`).join('')}`)
      t.strictSame(Object.keys(reads).filter((answer) => !answer.endsWith(' 200')), [], 'no read failed')
      await allThere(t, cluster, keyPrefix, load.creates)
    })
  }

  await t.test('for longer than adapterTimeout: changes are answered 503 in time', async (t) => {
    const keyPrefix = 'slow'
    const load = await startLoad(t, cluster, keyPrefix, {}, shortTimeout)
    const { creates } = load
    const move = await cluster.startMove(`{${keyPrefix}}`)
    await until('creates fail', () => creates.failed() >= 8)
    while (await move.keys(100) > 0);
    const failed = creates.failed()
    await until('creates fail even though all keys have arrived: the new master still has to be told', () => creates.failed() > failed)
    await move.end()
    const { length } = creates.acknowledged
    await until('creates succeed', () => creates.acknowledged.length > length + 100)
    const { reads } = await load.stop()
    t.ok(creates.slowest() < shortTimeout + margin, 'every answer came in time')
    t.equal(reads['get 503'], undefined, 'no get failed: it needs one key')
    t.equal(reads['list 503'], undefined, 'no list failed: its keys exist')
    const stored = await allThere(t, cluster, keyPrefix, creates)
    t.comment(`slow: ${creates.acknowledged.length} creates were answered 200 and ${creates.failed()} 503, the slowest in ` +
      `${Math.round(creates.slowest())} ms; ${stored - creates.acknowledged.length - 1} of the latter were carried out; ${JSON.stringify(reads)} reads`)
  })
})

interface Load {
  /** What the server logged of failures. */
  readonly log: readonly string[]
  readonly creates: SteadyCreates
  /** Sends no more; how many reads were answered how, and how long the slowest took. */
  stop (): Promise<{ reads: Record<string, number>, slowestRead: number }>
}

/** Creates, gets and lists that arrive all the time. */
async function startLoad (
  t: Test, cluster: RedisCluster, keyPrefix: string, options: Omit<RedisStoreOptions, 'redis' | 'keyPrefix'>,
  timeout: number = adapterTimeout
): Promise<Load> {
  await cluster.healthy()
  const log: string[] = []
  const client = await startClient(t, { store: new RedisStore({ redis: clusterClient(t, cluster), keyPrefix, ...options }), adapterTimeout: timeout },
    { logger: { level: 'error', stream: { write: (line) => { log.push(line) } } } })
  const integrationId = integrationOf((await client.create(incomingBody)).body)._id
  const creates = steadyCreates(client, 4)
  t.teardown(() => creates.stop())
  await until('creates succeed', () => creates.acknowledged.length > 500)
  const reads: Record<string, number> = {}
  let slowestRead = 0
  const stopping = new AbortController()
  t.teardown(() => stopping.abort())
  const repeat = async (name: string, ask: (client: Client) => Promise<Reply>): Promise<void> => {
    while (!stopping.signal.aborted) {
      const begun = performance.now()
      const { status } = await ask(client)
      slowestRead = Math.max(slowestRead, performance.now() - begun)
      reads[`${name} ${status}`] = (reads[`${name} ${status}`] ?? 0) + 1
    }
  }
  const readers = [
    repeat('get', (client) => client.query('get', { integrationId })),
    repeat('list', (client) => client.query('list', { count: '50' })),
    repeat('list', (client) => client.query('list', { count: '20', sort: '{"name":1}', offset: '100' }))
  ]
  return {
    log,
    creates,
    async stop () {
      stopping.abort()
      await Promise.all([creates.stop(), ...readers])
      return { reads, slowestRead }
    }
  }
}

/** Asserts it and returns how many integrations there are. */
async function allThere (t: Test, cluster: RedisCluster, keyPrefix: string, creates: SteadyCreates): Promise<number> {
  const { acknowledged, failed, others } = creates
  t.strictSame(others, [], 'every answer is 200 or the documented 503')
  const { integrations } = await consistentWorkspace(t, redisClient(t, await cluster.masterOf(`{${keyPrefix}}`)), keyPrefix)
  const stored = new Map(integrations.map((integration) => [integration._id, withoutIds(integration)]))
  t.strictSame(acknowledged.map(({ integration }) => stored.get(integration._id)), acknowledged.map(({ integration }) => integration),
    'what was acknowledged is there, as it was acknowledged')
  t.ok(integrations.length <= acknowledged.length + failed() + 1, 'nothing comes from nowhere')
  // What a node gave away must be gone there: it would be back should the slot return.
  const keys = await Promise.all(cluster.nodes.map(async (node) => {
    const redis = redisClient(t, node)
    const isMaster = (await redis.info('replication')).includes('role:master')
    return isMaster ? (await redis.keys(`{${keyPrefix}}:*`)).length : 0
  }))
  t.equal(keys.filter((count) => count > 0).length, 1, 'one master has the keys')
  return integrations.length
}
