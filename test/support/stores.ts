import { Redis } from 'ioredis'
import { test, type Test } from 'tap'
import { type HistoryBounds, type HistoryStore, type IntegrationStore, MemoryHistory, MemoryStore } from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import { startRedis } from './redis-server.ts'

/** Makes a store that is empty. */
export type NewStore = () => IntegrationStore

/** Makes a history that is empty. */
export type NewHistory = (bounds?: HistoryBounds) => HistoryStore

/** Runs the same tests on both stores and histories, those of Redis on a server of its own. */
export function onEachStore (name: string, tests: (t: Test, newStore: NewStore, newHistory: NewHistory) => Promise<void>): void {
  test(`${name}, MemoryStore`, (t) => tests(t, () => new MemoryStore(), (bounds) => new MemoryHistory(bounds)))
  test(`${name}, RedisStore`, async (t) => {
    const server = await startRedis()
    t.teardown(() => server.close())
    const redis = new Redis(server.url)
    t.teardown(() => redis.disconnect())
    let workspaces = 0
    let histories = 0
    await tests(
      t,
      () => new RedisStore({ redis, keyPrefix: `workspace-${workspaces++}` }),
      (bounds) => new RedisHistory({ redis, keyPrefix: `workspace-${histories++}`, ...bounds })
    )
  })
}
