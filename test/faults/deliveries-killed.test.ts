import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { arrive, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { DeliveryServer } from '../support/delivery-server.ts'
import { patient } from '../support/integrations.ts'
import { caller } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'

const rounds = often(1, 20)
const messages = often(100, 500)
const paths = ['/one', '/two']

/** As short as it may be: a delivery of a killed process comes again after this time, and half of it more. */
const lockDuration = 1000

test(`a process is killed amid deliveries, ${rounds} times: each event arrives at least once, and twice with the same id only`, { timeout: 900_000 }, async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const redis = redisClient(t, server)
  // The calls that are under way when a process is killed are made again.
  const receiver = await countingReceiver(t, () => ({ status: 200, after: 20 }))
  await new RedisStore({ redis }).insert(caller('', { urls: paths.map((path) => receiver.base + path) }), {}, patient)
  const start = async (): Promise<DeliveryServer> => await DeliveryServer.start(t, { redisPort: server.port, lockDuration, maxWaitingPerLane: 100_000 })
  const survivor = await start()
  const killed: DeliveryServer[] = []
  for (let round = 0; round < rounds; round++) {
    const victim = await start()
    killed.push(victim)
    const emitting = { count: messages / 2, atOnce: 5, every: 20 }
    // The victim is killed perhaps before it has emitted all.
    victim.emit({ name: `killed-${round}`, ...emitting }).catch(() => {})
    const emitted = survivor.emit({ name: `survivor-${round}`, ...emitting })
    await until('the victim delivers', () => victim.reports.length >= messages / 10)
    await victim.kill()
    await emitted
  }
  const kept = [survivor, ...killed].flatMap((process) => process.kept(paths.length))
  t.ok(kept.length >= rounds * messages / 10, `${kept.length} events were kept, ${kept.filter((id) => id.startsWith('killed')).length} of them by processes that were killed`)
  for (const path of paths) await arrive(t, receiver, path, kept, 300)
  await until('no delivery is left', async () => (await redis.keys('*:deliveries:msg_*')).length === 0)
  for (const path of paths) {
    const { sameId, otherId } = repeatsOf(receiver, path)
    t.strictSame(otherId, [], `${path}: what came twice had the same webhook-id`)
    t.comment(`${path}: ${sameId} of ${receiver.taken(path).size} came twice`)
    if (soaking) t.ok(sameId > 0, `${path}: calls were under way when processes were killed`)
    const others = [...receiver.taken(path).keys()].filter((id) => !/^(?:killed|survivor)-\d+-\d+$/.test(id))
    t.strictSame(others, [], `${path}: and nothing else came`)
  }
  // A process that is killed between a place in a lane and its delivery leaves the place. A lane that is full gives such places up.
  const places = await Promise.all((await redis.keys('*:delivery-lane:*')).map(async (key) => await redis.zcard(key)))
  t.comment(`${places.reduce((sum, count) => sum + count, 0)} places in lanes are left`)
})
