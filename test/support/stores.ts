import { Redis } from 'ioredis'
import { test, type Test } from 'tap'
import { type IntegrationStore, MemoryStore } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { startRedis } from './redis-server.ts'

/** Makes a store that is empty. */
export type NewStore = () => IntegrationStore

/** Runs the same tests on both stores, the Redis one on a server of its own. */
export function onEachStore (name: string, tests: (t: Test, newStore: NewStore) => Promise<void>): void {
  test(`${name}, MemoryStore`, (t) => tests(t, () => new MemoryStore()))
  test(`${name}, RedisStore`, async (t) => {
    const server = await startRedis()
    t.teardown(() => server.close())
    const redis = new Redis(server.url)
    t.teardown(() => redis.disconnect())
    let workspaces = 0
    await tests(t, () => new RedisStore({ redis, keyPrefix: `workspace-${workspaces++}` }))
  })
}
