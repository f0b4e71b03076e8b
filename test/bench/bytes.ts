import { Redis } from 'ioredis'
import { RedisStore } from '../../lib/redis.ts'
import { startRedis } from '../support/redis-server.ts'
import { populate, typicalOutgoing } from './population.ts'

// What an integration takes in the memory of Redis: `npm run bench:bytes`.

const count = 100_000
const bar = 2.2

console.log(`${count} outgoing integrations in RedisStore, all indexes included; at most ${bar} times their JSON`)
for (const creators of [1, 100, 10_000]) {
  const server = await startRedis()
  const redis = new Redis(server.url)
  try {
    const before = await usedMemory(redis)
    let json = 0
    await populate(new RedisStore({ redis }), count, (index) => {
      const integration = typicalOutgoing(index, creators)
      json += Buffer.byteLength(JSON.stringify(integration))
      return integration
    })
    const bytes = await usedMemory(redis) - before
    console.log([
      `${creators} creators`.padStart(15),
      `JSON ${Math.round(json / count)} bytes`,
      `in Redis ${Math.round(bytes / count)} bytes`,
      `ratio ${(bytes / json).toFixed(2)}`
    ].join('   '))
  } finally {
    redis.disconnect()
    await server.close()
  }
}

async function usedMemory (redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1])
}
