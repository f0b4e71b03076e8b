import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { emptyProject } from './support/packed.ts'
import { startRedis } from './support/redis-server.ts'
import { root } from './support/root.ts'

const oldestHost = `
import chatIntegrations from 'fastify-chat-integrations'
import { BullmqQueue } from 'fastify-chat-integrations/bullmq'
import { RedisStore } from 'fastify-chat-integrations/redis'
import Redis from 'ioredis'

const { default: Fastify } = await import(process.argv[3])
const user = { _id: 'u', username: 'alice' }
const redis = new Redis(process.argv[2])
const app = Fastify()
const queue = new BullmqQueue({ redis })
app.addHook('onClose', async () => redis.disconnect())
app.addHook('onClose', async () => queue.close({ signal: AbortSignal.timeout(5000) }))
try {
  await app.register(chatIntegrations, {
    authenticate: async ({ headers }) => (headers['x-user-id'] === 'u' ? user : null),
    hasPermission: async () => true,
    directory: { findUser: async () => user, findRoom: async () => null, isMember: async () => true },
    store: new RedisStore({ redis })
  })
  const url = '/api/v1/integrations.create'
  const payload = { type: 'webhook-incoming', name: 'n', enabled: true, username: 'alice', channel: '@alice', scriptEnabled: false }
  const replies = [
    await app.inject({ method: 'POST', url, payload }),
    await app.inject({ method: 'POST', url, payload, headers: { 'x-user-id': 'u' } }),
  ]
  const call = { signal: AbortSignal.timeout(30_000) }
  const handled = new Promise((resolve) => {
    let times = 0
    queue.process(({ id }) => {
      if (times++ === 0) return { retryIn: 10 }
      resolve(id + ' ' + times)
      return 'done'
    })
  })
  const job = { v: 1, keyPrefix: 'chat-integrations', id: 'msg_1', lane: 'a', event: 'userCreated', payload: {}, attempts: 0 }
  await queue.add([job], call)
  console.log(replies.map(({ statusCode, headers }) => statusCode + ' ' + headers['content-type']).join(', ') + ', ' + await handled)
} catch (error) {
  console.log(error.code)
} finally {
  await app.close()
  redis.disconnect()
}
`

test('the oldest Fastify, ioredis and BullMQ that it says it works with, and an older Fastify', async (t) => {
  const { folder, tarball, install, lastLine } = await emptyProject(t)
  const redis = await startRedis()
  t.teardown(() => redis.close())
  await writeFile(join(folder, 'host.js'), oldestHost)
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const [fastify, ioredis, bullmq] = ['fastify', 'ioredis', 'bullmq'].map((name) => /^\^([\d.]+)/.exec(peerDependencies[name])?.[1])
  await install(`fastify@${fastify}`, `ioredis@${ioredis}`, `bullmq@${bullmq}`, tarball, 'older-fastify@npm:fastify@5.2.2')
  t.equal(await lastLine('host.js', redis.url, 'fastify'), '401 application/json, 200 application/json, msg_1 2')
  t.equal(await lastLine('host.js', redis.url, 'older-fastify'), 'FST_ERR_PLUGIN_VERSION_MISMATCH', 'refused at registration, not at every request')
})
