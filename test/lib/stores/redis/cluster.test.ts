import { once } from 'node:events'
import { test, type Test } from 'tap'
import { RedisStore } from '../../../../lib/redis.ts'
import { storeContract } from '../../../contracts/store.ts'
import { impatient, incomingRecord, outgoingRecord, patient } from '../../../support/integrations.ts'
import { redisClient } from '../../../support/redis-client.ts'
import { clusterClient, type RedisCluster, redisCluster } from '../../../support/redis-cluster.ts'
import { consistentWorkspace, type WorkspaceReport } from '../../../support/redis-consistency.ts'
import { found } from '../../../support/store-with.ts'

test('RedisStore on a Redis Cluster of three masters and three replicas', async (t) => {
  // One for all: a cluster takes two seconds until it serves.
  const cluster = await redisCluster(t)
  const prefixes: string[] = []
  const nextPrefix = (): string => {
    const keyPrefix = `workspace-${prefixes.length}`
    prefixes.push(keyPrefix)
    return keyPrefix
  }

  await t.test('keeps the contract of stores', async (t) => {
    await storeContract(t, () => {
      const keyPrefix = nextPrefix()
      return {
        store: new RedisStore({ redis: clusterClient(t, cluster), keyPrefix }),
        reopen: () => new RedisStore({ redis: clusterClient(t, cluster), keyPrefix })
      }
    })
  })

  await t.test('spreads workspaces over the masters', async (t) => {
    const masters = await Promise.all(prefixes.map((keyPrefix) => cluster.masterOf(`{${keyPrefix}}`)))
    t.equal(new Set(masters).size, 3)
  })

  await t.test('keeps all keys of a workspace in one slot', async (t) => {
    const redis = clusterClient(t, cluster)
    for (const keyPrefix of ['chat-integrations', 'a:b', '*', '日本', ' x']) {
      const workspace = new RedisStore({ redis, keyPrefix })
      await workspace.insert(incomingRecord({ _createdBy: { _id: '{u}1', username: '}{' } }), {}, patient)
      await workspace.insert(outgoingRecord({ urls: ['http://a/{b}', 'http://{}/'], _createdBy: { _id: '{}', username: '' } }), {}, patient)
      const { keys } = await workspaceOf(t, cluster, keyPrefix)
      t.equal(keys.length, 12)
      const slots = new Set(await Promise.all(keys.map((key) => redis.cluster('KEYSLOT', key))))
      t.equal(slots.size, 1, `one slot for ${keyPrefix}`)
    }
  })

  await t.test('survives that the cluster forgets its scripts', async (t) => {
    const redis = redisClient(t, await cluster.masterOf('{forgetful}'))
    const store = new RedisStore({ redis: clusterClient(t, cluster), keyPrefix: 'forgetful' })
    for (const _id of ['a', 'b', 'c']) {
      await redis.script('FLUSH')
      await store.insert(incomingRecord({ _id }), {}, patient)
    }
    t.equal((await workspaceOf(t, cluster, 'forgetful')).integrations.length, 3)
  })

  await t.test('fails when the client was closed', async (t) => {
    const redis = clusterClient(t, cluster)
    const store = new RedisStore({ redis })
    t.equal(await found(store, 'unknown'), null)
    const ended = once(redis, 'end')
    redis.disconnect()
    await ended
    // With several nodes, ioredis 6 says "close" once more after "end": there may be no telling that it is for ever.
    await t.rejects(store.insert(incomingRecord(), {}, impatient(100)), { code: 'FCI_ERR_STORE_UNAVAILABLE' })
  })
})

/** What the master of a workspace holds of it. */
async function workspaceOf (t: Test, cluster: RedisCluster, keyPrefix: string): Promise<WorkspaceReport> {
  return await consistentWorkspace(t, redisClient(t, await cluster.masterOf(`{${keyPrefix}}`)), keyPrefix)
}
