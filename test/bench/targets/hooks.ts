import { once } from 'node:events'
import express from 'express'
import Fastify from 'fastify'
import type { Redis } from 'ioredis'
import chatIntegrations, { type HistoryStore, type Messenger } from '../../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../../lib/redis.ts'
import { patient } from '../../support/integrations.ts'
import { workspace } from '../../support/workspace.ts'
import { answer, hook } from '../hook.ts'

const url = '/hooks/:integrationId/:token'

/** This plugin with a messenger that answers at once, and with the history that a host gets without asking for one. */
export async function hooks (redis: Redis, port: number): Promise<void> {
  await serve(redis, 'hooks', port)
}

/** The same with the history in Redis. */
export async function hooksInRedis (redis: Redis, port: number): Promise<void> {
  await serve(redis, 'hooks-in-redis', port, new RedisHistory({ redis, keyPrefix: 'hooks-in-redis' }))
}

async function serve (redis: Redis, keyPrefix: string, port: number, history?: HistoryStore): Promise<void> {
  const store = new RedisStore({ redis, keyPrefix })
  await store.insert(hook, {}, patient)
  let posted = 0
  const messenger: Messenger = { post: () => ({ _id: `message-${posted++}` }), check: () => {} }
  const app = Fastify()
  await app.register(chatIntegrations, { ...workspace(), store, messenger, history, incoming: { rateLimit: false } })
  await app.listen({ host: '127.0.0.1', port })
}

/** The least that a Fastify server can do: parse the body, read the integration with one GET. */
export async function bareHook (redis: Redis, port: number): Promise<void> {
  await redis.set(`hook:${hook._id}`, JSON.stringify(hook))
  const app = Fastify()
  app.post<{ Params: { integrationId: string } }>(url, async ({ params: { integrationId } }) => {
    await redis.get(`hook:${integrationId}`)
    return answer
  })
  await app.listen({ host: '127.0.0.1', port })
}

/** The same in Express. */
export async function expressHook (redis: Redis, port: number): Promise<void> {
  await redis.set(`hook:${hook._id}`, JSON.stringify(hook))
  const app = express()
  app.post(url, express.json(), async ({ params: { integrationId } }, response) => {
    await redis.get(`hook:${String(integrationId)}`)
    response.json(answer)
  })
  await once(app.listen(port, '127.0.0.1'), 'listening')
}
