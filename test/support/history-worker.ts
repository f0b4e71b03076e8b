import { once } from 'node:events'
import { Redis } from 'ioredis'
import { RedisHistory } from '../../lib/stores/redis/history.ts'
import { entryOf } from './history.ts'

/**
 * A process that appends to the history of one integration, for tests that
 * need several: `history-worker.js <port of Redis> <name> <how many>`. It says
 * "ready", waits for any message so that all begin at once, and says "done".
 * Every fifth entry is one that all processes write.
 */
async function main (port: number, name: string, count: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const history = new RedisHistory({ redis, maxBytes: 256 * 1024 })
  const { signal } = new AbortController()
  await redis.ping()
  process.send?.('ready')
  await once(process, 'message')
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const number = next++
      const _id = number % 5 === 0 ? `shared-${number}` : `${name}-${number}`
      await history.append(entryOf('a', _id, { httpResult: 'x'.repeat(100 * (number % 60)) }), { signal })
    }
  }
  await Promise.all(Array.from({ length: 16 }, work))
  process.send?.('done')
  redis.disconnect()
  process.disconnect()
}

const [port, name, count] = process.argv.slice(2)
if (process.send !== undefined && name !== undefined) await main(Number(port), name, Number(count))
