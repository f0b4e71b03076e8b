import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import type { EmitResult } from '../../lib/index.ts'
import { BullmqQueue } from '../../lib/bullmq.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import { arrive, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { caller, outgoingHost, said } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'
import { credentials, members } from '../support/workspace.ts'

const paths = ['/one', '/two']

/** As short as it may be: a delivery whose end was lost on its way to Redis comes again when its lock has lapsed. */
const lockDuration = 1000
/** How long an event waits for the queue, in milliseconds. */
const timeout = 1000
/** How late an answer may be on a machine that is busy with something else, in milliseconds. */
const margin = 4000

test('Redis is killed, restarted and paused amid events: the server goes on, and no event is lost that was not counted', { timeout: 300_000 }, async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const redis = redisClient(t, server)
  const receiver = await countingReceiver(t)
  const record = caller('', { urls: paths.map((path) => receiver.base + path) })
  const host = await outgoingHost(t, [record], {
    store: new RedisStore({ redis }), queue: new BullmqQueue({ redis, lockDuration }), history: new RedisHistory({ redis }), adapterTimeout: 1000
  })
  const emitter = new Emitter((id) => host.app.integrations.emit('sendMessage', said('deploy now', id)), often(20, 10))
  t.teardown(() => emitter.stop())
  const keptAgain = async (): Promise<void> => {
    const before = emitter.kept.length
    await until('events are kept', () => emitter.kept.length >= before + often(20, 150))
  }
  const dropped = async (): Promise<void> => {
    const before = emitter.dropped
    await until('events are dropped', () => emitter.dropped > before + often(5, 100))
  }
  const list = async (): Promise<number> =>
    (await host.app.inject({ url: '/api/v1/integrations.list', headers: credentials(members.admin) })).statusCode

  await keptAgain()
  for (const outage of ['kill', 'pause'] as const) {
    await t.test(outage, async (t) => {
      await server[outage]()
      await dropped()
      const begin = performance.now()
      t.equal((await host.app.inject('/elsewhere')).statusCode, 404, 'the host answers by itself')
      t.ok(performance.now() - begin < margin, 'as soon as before')
      t.equal(await list(), 503, 'the routes of the plugin say that Redis is away')
      await (outage === 'kill' ? server.restart() : server.resume())
      await keptAgain()
      t.equal(await list(), 200, 'the same process serves again')
    })
  }
  await emitter.stop()
  t.ok(emitter.longest < 250, `emit has held its caller for ${emitter.longest.toFixed(1)} ms at most`)
  t.ok(emitter.slowest < timeout + margin, `its promise has resolved after ${Math.round(emitter.slowest)} ms at the latest`)
  t.strictSame(emitter.others, [], 'each promise tells what became of both deliveries')
  for (const path of paths) {
    await arrive(t, receiver, path, emitter.kept)
    t.strictSame(repeatsOf(receiver, path).otherId, [], `${path}: what came twice had the same webhook-id`)
  }
  const missing = paths.reduce((sum, path) => sum + emitter.emitted - receiver.taken(path).size, 0)
  t.ok(emitter.dropped >= missing, `of ${paths.length * emitter.emitted} deliveries, ${emitter.dropped} were counted as dropped, and ${missing} have not arrived`)
  t.equal(host.log().split('outgoing webhooks cannot be queued').length - 1, 1, 'the log tells of it once')
  t.equal((await host.app.inject({ url: `/api/v1/integrations.status?integrationId=${record._id}`, headers: credentials(members.admin) })).json().status.state, 'ok')
  if (soaking) {
    // An outage is over when events are kept ten seconds after the last one was dropped.
    await sleep(10_500)
    await host.app.integrations.emit('sendMessage', said('deploy now', 'last'))
    t.match(host.log(), `"dropped":${emitter.dropped},"msg":"outgoing webhooks are queued again"`, 'the log tells how many were dropped')
  }
})

/** Emits events all the time, until it is stopped. */
class Emitter {
  /** The messages of which all deliveries were kept. */
  readonly kept: string[] = []
  /** Results that do not add up. */
  readonly others: EmitResult[] = []
  emitted = 0
  /** How many deliveries were dropped. */
  dropped = 0
  /** The longest time that a call has held its caller, in milliseconds. */
  longest = 0
  /** The longest time until a promise has resolved, in milliseconds. */
  slowest = 0
  readonly #emit: (messageId: string) => Promise<EmitResult>
  readonly #underWay = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout

  constructor (emit: (messageId: string) => Promise<EmitResult>, every: number) {
    this.#emit = emit
    this.#timer = setInterval(() => {
      const ended = this.#next().finally(() => this.#underWay.delete(ended))
      this.#underWay.add(ended)
    }, every)
  }

  /** Emits no further event, and resolves when the promises of all have resolved. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#underWay)
  }

  async #next (): Promise<void> {
    const id = `m${this.emitted++}`
    const begin = performance.now()
    const promise = this.#emit(id)
    this.longest = Math.max(this.longest, performance.now() - begin)
    const result = await promise
    this.slowest = Math.max(this.slowest, performance.now() - begin)
    this.dropped += result.dropped
    if (result.deliveries + result.dropped !== paths.length) this.others.push(result)
    else if (result.dropped === 0) this.kept.push(id)
  }
}
