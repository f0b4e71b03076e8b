import Fastify, { type FastifyInstance } from 'fastify'
import type { Redis } from 'ioredis'
import { test } from 'tap'
import { BullmqQueue } from '../../lib/bullmq.ts'
import chatIntegrations, { type DeliveryReport, type EmitResult } from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import { arrive, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { patient } from '../support/integrations.ts'
import { caller, said } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'
import { workspace } from '../support/workspace.ts'

const messages = often(5, 500)

/** The same `_id` in every workspace: only the names of the workspaces differ. */
const recordAt = (url: string) => caller(url, { _id: 'hook' })

test('twenty workspaces in one process, with one Redis client: each delivers its own and nothing else', { timeout: 300_000 }, async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const crossed: string[] = []
  const receiver = await countingReceiver(t, ({ path, text }) => {
    if (path !== `/${text}`) crossed.push(`a message of ${text} came to ${path}`)
    return { status: 200, after: 5 }
  })
  const app = Fastify()
  t.teardown(() => app.close())
  const all: Registered[] = []
  for (let number = 0; number < 20; number++) all.push(await register(app, redis, `w${number}`, receiver.base))
  await app.ready()

  const kept = new Map(all.map(({ name }): [string, string[]] => [name, []]))
  for (let number = 0; number < messages; number++) {
    await Promise.all(all.map(async ({ name, emit }) => {
      const { deliveries } = await emit(`m${number}`)
      // On a machine that is busy with something else, some are dropped.
      if (deliveries === 1) kept.get(name)?.push(`m${number}`)
    }))
  }
  for (const { name, reports, history } of all) {
    const [path, ids] = [`/${name}`, kept.get(name) ?? []]
    t.ok(ids.length > 0, `${name}: ${ids.length} of ${messages} were kept`)
    await arrive(t, receiver, path, ids)
    t.strictSame(repeatsOf(receiver, path), { sameId: 0, otherId: [] }, `${name}: each came once`)
    await until('the host was told', () => reports.length >= ids.length)
    t.strictSame(reports.filter(({ url }) => url !== receiver.base + path), [], `${name}: the host hears of its own`)
    const urls = async (): Promise<Array<string | undefined>> =>
      (await history.list('hook', { offset: 0, count: 100 }, patient)).entries.map(({ url }) => url)
    await until('the history knows them', async () => (await urls()).length >= Math.min(ids.length, 100))
    t.strictSame((await urls()).filter((url) => url !== receiver.base + path), [], `${name}: so does the history`)
  }
  t.strictSame(crossed, [])
})

interface Registered {
  readonly name: string
  readonly emit: (messageId: string) => Promise<EmitResult>
  readonly reports: readonly DeliveryReport[]
  readonly history: RedisHistory
}

/** Registers the plugin for a workspace, in a context of its own. The text of its messages is its name. */
async function register (app: FastifyInstance, redis: Redis, name: string, base: string): Promise<Registered> {
  const store = new RedisStore({ redis, keyPrefix: name })
  await store.insert(recordAt(`${base}/${name}`), {}, patient)
  const history = new RedisHistory({ redis, keyPrefix: name })
  const reports: DeliveryReport[] = []
  let emit: Registered['emit'] = async () => ({ deliveries: 0, dropped: 0 })
  await app.register(async (context) => {
    await context.register(chatIntegrations, {
      ...workspace(),
      prefix: `/${name}/api/v1`,
      store,
      queue: new BullmqQueue({ redis, keyPrefix: name }),
      history,
      onDelivery: (report) => { reports.push(report) },
      outgoing: { allow: ['127.0.0.1:*'] }
    })
    emit = async (messageId) => await context.integrations.emit('sendMessage', said(name, messageId))
  })
  return { name, emit, reports, history }
}
