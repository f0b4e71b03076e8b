import type { Cluster, Redis, RedisOptions } from 'ioredis'
import type { RedisClient } from './client-state.ts'

/** Milliseconds until the next attempt to connect, at most. */
const longestPause = 1000

function pauseBefore (attempt: number): number {
  return Math.min(50 * attempt, longestPause)
}

/**
 * What a connection of ours needs, whatever the host set for its own: it
 * connects at once and again for ever, and a command may wait for an answer.
 *
 * Commands that are under way when the connection breaks fail, and the reader
 * sends them again. ioredis 5.0 would lose them when the connection breaks a
 * second time before it is ready, and they would never be answered.
 */
const common = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  commandTimeout: undefined,
  socketTimeout: undefined,
  // How long ioredis waits for the server to close its end. It keeps the process alive for that time.
  disconnectTimeout: 250
} as const

/** What some connections of our own need besides. */
export type OwnClientOptions =
  Pick<RedisOptions, 'keyPrefix' | 'connectionName' | 'maxRetriesPerRequest' | 'autoResendUnfulfilledCommands' | 'enableOfflineQueue'>

/**
 * A connection of our own to where the client of the host is connected: with
 * the same address, login, database and key prefix. It must be closed with
 * {@link closeOwnClient}.
 */
export function ownClientLike (client: RedisClient, { enableOfflineQueue = true, ...options }: OwnClientOptions = {}): RedisClient {
  return isCluster(client)
    ? client.duplicate([], {
      lazyConnect: false,
      enableOfflineQueue,
      enableAutoPipelining: false,
      // A replica can lack what was changed.
      scaleReads: 'master',
      clusterRetryStrategy: pauseBefore,
      ...(options.keyPrefix !== undefined && { keyPrefix: options.keyPrefix }),
      redisOptions: { ...common, ...options }
    })
    : client.duplicate({
      ...common, ...options, enableOfflineQueue, lazyConnect: false, retryStrategy: pauseBefore, sentinelRetryStrategy: pauseBefore
    })
}

/** What the client of the host writes in front of every key. */
export function keyPrefixOf (client: RedisClient): string {
  const { keyPrefix = isCluster(client) ? client.options.redisOptions?.keyPrefix : undefined } = client.options
  return keyPrefix ?? ''
}

/** Closes a connection of our own; what it still waits for fails. */
export function closeOwnClient (client: RedisClient): void {
  // ioredis keeps the process alive for a moment when it is closed once more.
  if (client.status !== 'end') client.disconnect()
  // ioredis 6 asks the nodes for their slots every few seconds for ever, and keeps the process alive, when it was
  // asking just now. Closing it again when it has the answer ends that.
  if (isCluster(client)) client.refreshSlotsCache(() => client.disconnect())
}

function isCluster (client: Redis | Cluster): client is Cluster {
  return 'refreshSlotsCache' in client
}
