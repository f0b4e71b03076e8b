import { randomBytes } from 'node:crypto'
import { test } from 'tap'
import { EncryptedStore, MemoryStore } from '../../../lib/index.ts'
import { RedisStore } from '../../../lib/redis.ts'
import { followContract } from '../../contracts/follow.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { storeWith } from '../../support/store-with.ts'

const keys = [randomBytes(32)]

test('MemoryStore can be followed', async (t) => {
  await followContract(t, async () => ({ store: new MemoryStore() }))
})

test('EncryptedStore over MemoryStore can be followed', async (t) => {
  await followContract(t, async () => ({ store: new EncryptedStore(new MemoryStore(), { keys, workspace: 'w' }) }))
})

test('RedisStore can be followed', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  let workspaces = 0
  await followContract(t, async () => {
    const keyPrefix = `w${workspaces++}`
    return { store: new RedisStore({ redis, keyPrefix }), reopen: () => new RedisStore({ redis: redisClient(t, server), keyPrefix }) }
  })
})

test('EncryptedStore over RedisStore can be followed', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  let workspaces = 0
  await followContract(t, async () => {
    const keyPrefix = `w${workspaces++}`
    const open = (): EncryptedStore => new EncryptedStore(new RedisStore({ redis, keyPrefix }), { keys })
    return { store: open(), reopen: open }
  })
})

test('EncryptedStore cannot be followed when the wrapped store cannot', async (t) => {
  t.equal(new EncryptedStore(storeWith({}), { keys, workspace: 'w' }).follow, undefined)
})
