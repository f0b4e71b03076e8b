import { test } from 'tap'
import { MemoryStore } from '../../../lib/index.ts'
import { RedisStore } from '../../../lib/redis.ts'
import { changesContract } from '../../contracts/changes.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { consistentWorkspace } from '../../support/redis-consistency.ts'

test('MemoryStore lists and changes', async (t) => {
  await changesContract(t, async () => new MemoryStore())
})

test('RedisStore lists and changes', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  let workspaces = 0
  await changesContract(t, async () => new RedisStore({ redis, keyPrefix: `w${workspaces++}` }))
  for (let i = 0; i < workspaces; i++) await consistentWorkspace(t, redis, `w${i}`)
})
