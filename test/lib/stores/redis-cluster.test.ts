import { Cluster } from 'ioredis'
import { test, type Test } from 'tap'
import { RedisStore } from '../../../lib/redis.ts'
import { storeContract } from '../../contracts/store.ts'
import { incomingRecord, outgoingRecord, patient } from '../../support/integrations.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { consistentWorkspace } from '../../support/redis-consistency.ts'
import { freePort, type RedisServer } from '../../support/redis-server.ts'
import { until } from '../../support/until.ts'
import { found } from '../../support/store-with.ts'

test('RedisStore on a Redis Cluster', async (t) => {
  // One for all: a cluster takes two seconds until it serves.
  const server = await clusterServer(t)

  await t.test('keeps the contract of stores', async (t) => {
    let workspaces = 0
    await storeContract(t, () => {
      const keyPrefix = `workspace-${workspaces++}`
      return {
        store: new RedisStore({ redis: clusterClient(t, server), keyPrefix }),
        reopen: () => new RedisStore({ redis: clusterClient(t, server), keyPrefix })
      }
    })
  })

  await t.test('keeps all keys of a workspace in one slot', async (t) => {
    const cluster = clusterClient(t, server)
    const redis = redisClient(t, server)
    for (const keyPrefix of ['chat-integrations', 'a:b', '*', '日本', ' x']) {
      const store = new RedisStore({ redis: cluster, keyPrefix })
      await store.insert(incomingRecord({ _createdBy: { _id: '{u}1', username: '}{' } }), patient)
      await store.insert(outgoingRecord({ urls: ['http://a/{b}', 'http://{}/'], _createdBy: { _id: '{}', username: '' } }), patient)
      const { keys } = await consistentWorkspace(t, redis, keyPrefix)
      t.equal(keys.length, 12)
      const slots = new Set(await Promise.all(keys.map((key) => redis.cluster('KEYSLOT', key))))
      t.equal(slots.size, 1, `one slot for ${keyPrefix}`)
    }
  })

  await t.test('survives that the cluster forgets its scripts', async (t) => {
    const redis = redisClient(t, server)
    const store = new RedisStore({ redis: clusterClient(t, server), keyPrefix: 'forgetful' })
    for (const _id of ['a', 'b', 'c']) {
      await redis.script('FLUSH')
      await store.insert(incomingRecord({ _id }), patient)
    }
    t.equal((await consistentWorkspace(t, redis, 'forgetful')).integrations.length, 3)
  })

  await t.test('says so when the client was closed', async (t) => {
    const cluster = clusterClient(t, server)
    const store = new RedisStore({ redis: cluster })
    t.equal(await found(store, 'unknown'), null)
    cluster.disconnect()
    await until('it is closed', () => cluster.status === 'end')
    await t.rejects(store.insert(incomingRecord(), patient), { code: 'FCI_ERR_STORE_UNAVAILABLE', message: /was closed/ })
  })
})

/** A cluster of one node that serves every slot. */
async function clusterServer (t: Test): Promise<RedisServer> {
  const server = await redisServer(t, {
    args: ['--cluster-enabled', 'yes', '--cluster-port', String(await freePort()), '--cluster-announce-ip', '127.0.0.1']
  })
  const redis = redisClient(t, server)
  await redis.cluster('ADDSLOTSRANGE', 0, 16383)
  await until('the cluster serves', async () => String(await redis.cluster('INFO')).includes('cluster_state:ok'))
  return server
}

function clusterClient (t: Test, { port }: RedisServer): Cluster {
  const cluster = new Cluster([{ host: '127.0.0.1', port }])
  cluster.on('error', () => {})
  t.teardown(() => cluster.disconnect())
  return cluster
}
