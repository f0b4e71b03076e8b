import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import chatIntegrations from '../../../lib/index.ts'
import { RedisStore } from '../../../lib/redis.ts'
import { workspace } from '../../support/workspace.ts'

/** This plugin, with adapters that answer from memory. */
export async function ours (redis: Redis, port: number): Promise<void> {
  const app = Fastify()
  await app.register(chatIntegrations, { ...workspace(), store: new RedisStore({ redis }) })
  await app.listen({ host: '127.0.0.1', port })
}
