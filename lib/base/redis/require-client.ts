import { InvalidOptionError } from '../../errors/index.ts'
import type { RedisClient } from './client-state.ts'

/**
 * Checks the option `redis`. A host in plain JavaScript may pass something else
 * than a client.
 *
 * @param owner the class whose option it is.
 * @throws InvalidOptionError
 */
export function requireRedisClient (redis: RedisClient | undefined, owner: string): void {
  if (typeof redis?.evalsha === 'function') return
  throw new InvalidOptionError('redis', `of ${owner} must be an ioredis client (Redis or Cluster)`)
}
