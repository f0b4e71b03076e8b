import { once } from 'node:events'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import chatIntegrations from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { incomingBody, outgoingBody } from './bodies.ts'
import { integrationOf } from './integrations.ts'
import { credentials, members, workspace } from './workspace.ts'

/**
 * A process that creates integrations through the plugin, for tests that need
 * several: `create-worker.js <port of Redis> <how many> <how many of one creator>`. It says "ready",
 * waits for any message so that all begin at once, and sends what was created.
 */
async function main (port: number, count: number, maxIntegrationsPerCreator: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const app = Fastify()
  await app.register(chatIntegrations, { ...workspace(), store: new RedisStore({ redis }), maxIntegrationsPerCreator })
  await app.ready()
  await redis.ping()
  process.send?.('ready')
  await once(process, 'message')

  const created: Array<{ _id: string, token: string }> = []
  let next = 0
  const create = async (): Promise<void> => {
    while (next < count) {
      const number = next++
      // Both types, two creators and a few URLs, so that the processes meet in the same indexes.
      const body = number % 2 === 0 ? incomingBody : { ...outgoingBody, urls: [`http://host/${number % 7}`, 'http://host/all'] }
      const headers = credentials(number % 3 === 0 ? members.admin : members.owner)
      const payload = { ...body, username: members.owner.username, name: `Integration ${number}` }
      const reply = await app.inject({ method: 'POST', url: '/api/v1/integrations.create', headers, payload })
      if (reply.json().errorType === 'error-too-many-integrations') continue
      if (reply.statusCode !== 200) throw new Error(reply.body)
      const { _id, token } = integrationOf(reply.json())
      created.push({ _id, token })
    }
  }
  await Promise.all(Array.from({ length: 32 }, create))
  process.send?.(created)
  await app.close()
  redis.disconnect()
  process.disconnect()
}

await main(Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]))
