import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { BullmqQueue } from '../../lib/bullmq.ts'
import { RedisHistory, type RedisClient, RedisStore } from '../../lib/redis.ts'
import { arrive, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { caller, outgoingHost, said } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { clusterClient, redisCluster } from '../support/redis-cluster.ts'
import { often, soaking } from '../support/soak.ts'
import { requireBooks, SteadyEmits } from '../support/steady-emits.ts'
import { until } from '../support/until.ts'
import { credentials, members } from '../support/workspace.ts'

const paths = ['/one', '/two']
const events = often(150, 1000)

/** How long an event waits for the queue, in milliseconds. */
const timeout = 1000
/** How late an answer may be on a machine that is busy with something else, in milliseconds. */
const margin = 4000

/** Everything in one Redis. A delivery whose end was lost on its way to Redis comes again when its lock has lapsed, and so the lock is short. */
function portsIn (redis: RedisClient) {
  return {
    store: new RedisStore({ redis }),
    queue: new BullmqQueue({ redis, lockDuration: 1000 }),
    history: new RedisHistory({ redis }),
    adapterTimeout: 1000
  }
}

test('Redis is killed, restarted and paused amid events: the server goes on, and no event is lost that was not counted', { timeout: 300_000 }, async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  // Some calls are under way at each moment.
  const receiver = await countingReceiver(t, () => ({ status: 200, after: 20 }))
  const record = caller('', { urls: paths.map((path) => receiver.base + path) })
  const { app, log, ...host } = await outgoingHost(t, [record], portsIn(redisClient(t, server)))
  const emits = new SteadyEmits(t, { app, log, ...host }, often(20, 10))
  const asAdmin = async (path: string) => await app.inject({ url: `/api/v1/${path}`, headers: credentials(members.admin) })

  await emits.kept(often(20, 150))
  for (const outage of ['kill', 'pause'] as const) {
    await t.test(outage, async (t) => {
      await server[outage]()
      await emits.dropped(often(10, 100))
      const begin = performance.now()
      t.equal((await app.inject('/elsewhere')).statusCode, 404, 'the host answers by itself')
      t.ok(performance.now() - begin < margin, 'as soon as before')
      t.equal((await asAdmin('integrations.list')).statusCode, 503, 'the routes of the plugin say that Redis is away')
      await (outage === 'kill' ? server.restart() : server.resume())
      await emits.kept(often(20, 150))
      t.equal((await asAdmin('integrations.list')).statusCode, 200, 'the same process serves again')
    })
  }
  await until('so many events were emitted', () => emits.emitted >= events)
  await emits.stop()
  t.ok(emits.longest < 250, `emit has held its caller for ${emits.longest.toFixed(1)} ms at most`)
  t.ok(emits.slowest < timeout + margin, `its promise has resolved after ${Math.round(emits.slowest)} ms at the latest`)
  for (const path of paths) {
    await arrive(t, receiver, path, [...emits.keptAt.keys()])
    t.strictSame(repeatsOf(receiver, path).otherId, [], `${path}: what came twice had the same webhook-id`)
  }
  requireBooks(t, emits, receiver, paths)
  t.equal(log().split('outgoing webhooks cannot be queued').length - 1, 1, 'the log tells of it once')
  t.equal((await asAdmin(`integrations.status?integrationId=${record._id}`)).json().status.state, 'ok')
  if (soaking) {
    // An outage is over when events are kept ten seconds after the last one was dropped.
    await sleep(10_500)
    await app.integrations.emit('sendMessage', said('deploy now', 'last'))
    t.match(log(), `"dropped":${emits.droppedDeliveries},"msg":"outgoing webhooks are queued again"`, 'the log tells how many were dropped')
  }
})

if (soaking) {
  test('on a Redis Cluster, the master of the workspace fails amid events', { timeout: 300_000 }, async (t) => {
    const cluster = await redisCluster(t)
    // Some calls are under way at each moment.
    const receiver = await countingReceiver(t, () => ({ status: 200, after: 20 }))
    const ports = portsIn(clusterClient(t, cluster))
    const host = await outgoingHost(t, [caller('', { urls: paths.map((path) => receiver.base + path) })], ports)
    const emits = new SteadyEmits(t, host, 10)
    await emits.kept(150)
    const master = await cluster.masterOf(`{${ports.queue.keyPrefix}}`)
    const killedAt = performance.now()
    await cluster.kill(master)
    await emits.dropped(100)
    await emits.kept(150)
    await until('so many events were emitted', () => emits.emitted >= events)
    await emits.stop()
    // Redis replicates after it has answered: what was acknowledged just before the master failed may be lost with it.
    const safe = [...emits.keptAt].filter(([, at]) => at < killedAt - 500 || at > killedAt + 500).map(([id]) => id)
    for (const path of paths) {
      await arrive(t, receiver, path, safe)
      t.strictSame(repeatsOf(receiver, path).otherId, [], `${path}: what came twice had the same webhook-id`)
    }
    const lost = [...emits.keptAt.keys()].filter((id) => paths.some((path) => !receiver.taken(path).has(id)))
    t.comment(`of ${emits.emitted} events, ${emits.keptAt.size} were kept, and ${lost.length} of those were lost with the master`)
    if (lost.length === 0) requireBooks(t, emits, receiver, paths)
  })
}
