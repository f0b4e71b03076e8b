import { Redis } from 'ioredis'
import type { IntegrationView } from '../../lib/index.ts'
import { viewOf } from '../../lib/model/view.ts'
import { RedisStore } from '../../lib/redis.ts'

/** What another process finds in a Redis under these ids, over a connection of its own, as a server with hooks would answer it. */
export async function storedIn (redisUrl: string, ids: readonly string[]): Promise<Array<IntegrationView | null>> {
  const redis = new Redis(redisUrl)
  try {
    const store = new RedisStore({ redis })
    const { signal } = new AbortController()
    return await Promise.all(ids.map(async (id) => {
      const found = await store.find(id, { signal })
      return found && viewOf(found.integration, { hookPrefix: '/hooks' })
    }))
  } finally {
    redis.disconnect()
  }
}
