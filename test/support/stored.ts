import { Redis } from 'ioredis'
import type { Integration } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'

/** What another process finds in a Redis under these ids, over a connection of its own. */
export async function storedIn (redisUrl: string, ids: readonly string[]): Promise<Array<Integration | null>> {
  const redis = new Redis(redisUrl)
  try {
    const store = new RedisStore({ redis })
    const { signal } = new AbortController()
    return await Promise.all(ids.map(async (id) => (await store.find(id, { signal }))?.integration ?? null))
  } finally {
    redis.disconnect()
  }
}
