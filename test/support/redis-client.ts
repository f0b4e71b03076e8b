import { Redis, type RedisOptions } from 'ioredis'
import type { Test } from 'tap'
import { type RedisServer, type RedisServerOptions, startRedis } from './redis-server.ts'

/** Starts a redis-server of the test's own and ends it with the test. */
export async function redisServer (t: Test, options?: RedisServerOptions): Promise<RedisServer> {
  const server = await startRedis(options)
  t.teardown(() => server.close())
  return server
}

/** A client as a host would make it, closed with the test. Reconnects soon, so that tests need not wait long. */
export function redisClient (t: Test, { port }: Pick<RedisServer, 'port'>, options: Omit<RedisOptions, 'replyMapping'> = {}): Redis {
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 50, disconnectTimeout: 50, ...options })
  // Lost connections are what many tests are about; ioredis prints them unless somebody listens.
  redis.on('error', () => {})
  t.teardown(() => redis.disconnect())
  return redis
}
