import { test, type Test } from 'tap'
import type { OutgoingIntegration } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { arrive, countingReceiver, repeatsOf } from '../support/counting-receiver.ts'
import { DeliveryServer } from '../support/delivery-server.ts'
import { patient } from '../support/integrations.ts'
import { caller } from '../support/outgoing-host.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { send } from '../support/send.ts'
import { often, soaking } from '../support/soak.ts'
import { until } from '../support/until.ts'
import { unchecked } from '../support/unchecked.ts'
import { credentials, members } from '../support/workspace.ts'

const paths = ['/one', '/two']
const messages = often(25, 1000)
/** Each round makes five changes. */
const rounds = often(1, 40)
/** A change is obeyed after so many milliseconds at the latest, on a machine that is busy with something else. */
const margin = 2000

test('four processes on one Redis', { timeout: 900_000 }, async (t) => {
  const redis = await redisServer(t)
  const arrivals: Arrival[] = []
  const receiver = await countingReceiver(t, ({ path, text }) => {
    arrivals.push({ path, emittedAt: Number(text) })
    return { status: 200, after: 10 }
  })
  const store = new RedisStore({ redis: redisClient(t, redis) })
  const servers = await Promise.all(Array.from({ length: 4 }, () => DeliveryServer.start(t, { redisPort: redis.port, maxWaitingPerLane: 10_000 })))

  await t.test('each message is delivered once to each URL, and all processes share the work', async (t) => {
    const record = caller('', { urls: paths.map((path) => receiver.base + path) })
    await store.insert(record, {}, patient)
    await Promise.all(servers.map((server) => triggers(server)))
    await Promise.all(servers.map((server, number) => server.emit({ name: `of-${number}`, count: messages, atOnce: 10, every: 10 })))
    const all = servers.flatMap(({ emitted }) => emitted)
    const kept = servers.flatMap((server) => server.kept(paths.length))
    t.ok(kept.length > 0, `${kept.length} of ${all.length} messages were kept`)
    for (const path of paths) {
      await arrive(t, receiver, path, kept)
      t.strictSame(repeatsOf(receiver, path), { sameId: 0, otherId: [] }, `${path}: each message came once`)
    }
    const delivered = (): number => sum(servers.map(({ reports }) => reports.length))
    await until('the hosts were told', () => delivered() >= sum(all.map(({ deliveries }) => deliveries)))
    t.ok(delivered() <= all.length * paths.length, 'of each once')
    const shares = servers.map(({ reports }) => reports.length)
    t.comment(`shares: ${shares.join(', ')}`)
    if (soaking) t.ok(shares.every((share) => share > 0), 'each process has a share')
    const found = await store.find(record._id, patient)
    if (found !== null) await store.remove(found, patient)
  })

  await t.test(`a change that another process makes is obeyed, ${5 * rounds} times`, async (t) => {
    const [changing, telling] = servers
    if (changing === undefined || telling === undefined) throw new Error('two servers')
    await until('messages trigger nothing', async () => !await isTriggered(telling))
    // It ends with the process.
    telling.emit({ name: 'told', count: Number.MAX_SAFE_INTEGER, atOnce: 1, every: 10 }).catch(() => {})
    const late: Record<string, number[]> = { created: [], 'other URL': [], disabled: [], enabled: [], removed: [] }
    for (let round = 0; round < rounds; round++) {
      const [before, after] = [`/before-${round}`, `/after-${round}`]
      const { _id: integrationId, at } = await change(changing, 'create', { ...body, urls: [receiver.base + before] })
      const update = async (changes: object): Promise<number> => (await change(changing, 'update', { type, integrationId, ...changes })).at
      late['created']?.push(await arrivesFrom(at, before))
      late['other URL']?.push(await arrivesFrom(await update({ urls: [receiver.base + after] }), after))
      late['disabled']?.push(await triggersNothingFrom(await update({ enabled: false })))
      late['enabled']?.push(await arrivesFrom(await update({ enabled: true }), after))
      const { at: removedAt } = await change(changing, 'remove', { type, integrationId })
      late['removed']?.push(await triggersNothingFrom(removedAt))
      t.strictSame(arrivals.filter(({ path, emittedAt }) => path === after && emittedAt > removedAt + margin), [])
    }
    for (const [name, times] of Object.entries(late)) requireObeyed(t, name, times)

    /** How many milliseconds after a change the first message was emitted that arrived at the URL of now. */
    async function arrivesFrom (changedAt: number, path: string): Promise<number> {
      const those = (): number[] => arrivals.filter((arrival) => arrival.path === path && arrival.emittedAt >= changedAt).map(({ emittedAt }) => emittedAt)
      await until(`messages arrive at ${path}`, () => those().length >= 3)
      return Math.min(...those()) - changedAt
    }

    /** How many milliseconds after a change the first message was emitted that triggered nothing. */
    async function triggersNothingFrom (changedAt: number): Promise<number> {
      const those = (): number[] => unchecked<DeliveryServer>(telling).emitted.filter(({ at, deliveries }) => at >= changedAt && deliveries === 0).map(({ at }) => at)
      await until('messages trigger nothing', () => those().length >= 3)
      return Math.min(...those()) - changedAt
    }
  })
})

interface Arrival {
  readonly path: string
  readonly emittedAt: number
}

const type = 'webhook-outgoing'

const body = {
  type, name: 'changed', enabled: true, event: 'sendMessage', channel: '#general', username: members.bot.username, scriptEnabled: false
} as const

interface Changed extends Pick<OutgoingIntegration, '_id'> {
  /** When the change was acknowledged, in milliseconds since 1970. */
  readonly at: number
}

async function change (server: DeliveryServer, name: 'create' | 'update' | 'remove', input: object): Promise<Changed> {
  const { status, body } = await send(`${server.url}/api/v1/integrations.${name}`, {
    method: name === 'update' ? 'PUT' : 'POST',
    headers: { ...credentials(members.admin), 'content-type': 'application/json' },
    body: JSON.stringify(input)
  })
  const at = Date.now()
  if (status !== 200) throw new Error(`integrations.${name}: ${status} ${body}`)
  return { at, _id: unchecked<{ integration: { _id: string } }>(JSON.parse(body)).integration._id }
}

let probes = 0

async function isTriggered (server: DeliveryServer): Promise<boolean> {
  const name = `probe${probes++}`
  await server.emit({ name, count: 1, atOnce: 1, every: 0 })
  return server.emitted.some(({ messageId, deliveries }) => messageId === `${name}-0` && deliveries > 0)
}

/** Waits until messages trigger deliveries in a process. */
async function triggers (server: DeliveryServer): Promise<void> {
  await until('messages trigger deliveries', () => isTriggered(server))
}

function requireObeyed (t: Test, name: string, times: readonly number[]): void {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN
  t.comment(`${name}: obeyed after ${at(0.5)} ms in the middle, p99 ${at(0.99)} ms, of ${times.length}`)
  t.ok(at(1) <= margin, `${name}: obeyed within ${margin} ms`)
  // A busy machine says nothing about percentiles; the soak runs on one that does nothing else.
  if (soaking) t.ok(at(0.99) <= 250, `${name}: mostly sooner`)
}

function sum (numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
