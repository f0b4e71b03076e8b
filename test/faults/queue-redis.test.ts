import { test } from 'tap'
import type { BullmqQueue } from '../../lib/bullmq.ts'
import type { JobOutcome } from '../../lib/index.ts'
import { patient } from '../support/integrations.ts'
import { newJobs } from '../support/jobs.ts'
import { bullmqQueue } from '../support/queues.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { clusterClient, redisCluster } from '../support/redis-cluster.ts'
import { startRedisProxy } from '../support/redis-proxy.ts'
import { until } from '../support/until.ts'

/** How long a caller waits, in milliseconds: as long as the plugin does. */
const timeout = 1000
/** How late an answer may be on a machine that is busy with something else. */
const margin = 4000

/** As short as it may be: a job whose answer was lost on its way to the process comes again when its lock has lapsed. */
const lockDuration = 1000

/** What became of the jobs that were added all the time. */
interface Adding {
  /** When the jobs were acknowledged, by their ids. */
  readonly kept: Map<string, number>
  /** Errors by their messages. */
  readonly errors: Map<string, number>
  /** The longest time that a call took, in milliseconds. */
  slowest: number
  /** Ends when the calls that are under way are answered. */
  stop (): Promise<void>
}

/** Adds two jobs at a time, three times at once, until it is stopped. */
function addAlways (queue: BullmqQueue): Adding {
  const stopping = new AbortController()
  const adding: Adding = { kept: new Map(), errors: new Map(), slowest: 0, stop: async () => {} }
  const add = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const jobs = newJobs(queue.keyPrefix, 2)
      const begin = performance.now()
      try {
        await queue.add(jobs, { signal: AbortSignal.timeout(timeout) })
        for (const { id } of jobs) adding.kept.set(id, performance.now())
      } catch (error) {
        const message = error instanceof Error ? error.message : 'no error'
        adding.errors.set(message, (adding.errors.get(message) ?? 0) + 1)
      }
      adding.slowest = Math.max(adding.slowest, performance.now() - begin)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
  const ended = Promise.all([add(), add(), add()])
  return Object.assign(adding, {
    async stop () {
      stopping.abort()
      await ended
    }
  })
}

/** Notes the ids of jobs that are handled. */
function handleAll (queue: BullmqQueue): Set<string> {
  const handled = new Set<string>()
  queue.process(({ id }) => {
    handled.add(id)
    return 'done'
  })
  return handled
}

async function more (adding: Adding): Promise<void> {
  const before = adding.kept.size
  await until('jobs are kept', () => adding.kept.size > before + 50)
}

test('Redis is killed, restarted and paused while deliveries are added and handled', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const reported: string[] = []
  const queue = bullmqQueue(t, { redis: redisClient(t, server), lockDuration, onError: ({ message }) => { reported.push(message) } })
  const handled = handleAll(queue)
  const adding = addAlways(queue)
  await more(adding)

  await t.test('killed: calls fail within their time, and Redis is not asked for long', async (t) => {
    await server.kill()
    const failed = adding.errors.size
    await until('calls fail', () => adding.errors.size > failed)
    await until('calls fail at once', () => [...adding.errors.keys()].some((message) => message.includes('Redis is away')))
    t.ok(adding.slowest < timeout + margin, `the slowest call took ${Math.round(adding.slowest)} ms`)
    t.ok([...adding.errors.keys()].every((message) => !message.includes('graywolf336')), 'no error quotes a job')
  })

  await t.test('restarted: calls succeed again by themselves', async () => {
    await server.restart()
    await more(adding)
  })

  await t.test('paused: calls fail within their time', async (t) => {
    adding.slowest = 0
    adding.errors.clear()
    server.pause()
    await until('calls fail', () => adding.errors.size > 0)
    t.ok(adding.slowest < timeout + margin, `the slowest call took ${Math.round(adding.slowest)} ms`)
    server.resume()
    await more(adding)
  })

  await adding.stop()
  await until('all that was kept is handled', () => [...adding.kept.keys()].every((id) => handled.has(id)))
  t.comment(`${adding.kept.size} were kept; errors: ${[...adding.errors].map(([message, count]) => `${count} × ${message}`).join('; ')}`)
  t.ok(reported.length <= 3, `an outage is reported once, not at each attempt to connect: ${reported.join('; ')}`)
})

test('a paused Redis takes no memory: so many jobs may be on their way, and no more', async (t) => {
  const server = await redisServer(t)
  const queue = bullmqQueue(t, { redis: redisClient(t, server), maxWaitingPerLane: 1_000_000 })
  await queue.add(newJobs(queue.keyPrefix, 1), patient)
  server.pause()
  let refused = 0
  let late = 0
  const calls = Array.from({ length: 500 }, () => queue.add(newJobs(queue.keyPrefix, 100), { signal: AbortSignal.timeout(timeout) }).catch((error: unknown) => {
    if (/are on their way to Redis already/.test(String(error))) refused++
    else if (/did not answer in time/.test(String(error))) late++
  }))
  await Promise.all(calls)
  t.equal(late, 100, '10,000 jobs are on their way')
  t.equal(refused, 400)
  await t.rejects(queue.add(newJobs(queue.keyPrefix, 1), patient), { message: /10000 deliveries are on their way/ }, 'they count when their callers are gone')
  server.resume()
  await until('there is room again', async () => {
    try {
      await queue.add(newJobs(queue.keyPrefix, 1), patient)
      return true
    } catch {
      return false
    }
  })
})

test('closes in time while Redis is away', async (t) => {
  for (const outage of ['kill', 'pause'] as const) {
    for (const isBusy of [false, true]) {
      await t.test(`${outage}, ${isBusy ? 'with' : 'without'} a delivery under way`, async (t) => {
        const server = await redisServer(t)
        const queue = bullmqQueue(t, { redis: redisClient(t, server) })
        let handled = 0
        queue.process(async (_, { signal }): Promise<JobOutcome> => {
          handled++
          if (isBusy) await new Promise((resolve) => { signal.addEventListener('abort', resolve) })
          return 'done'
        })
        await queue.add(newJobs(queue.keyPrefix, 1), patient)
        await until('it is handled', () => handled === 1)
        await server[outage]()
        const begin = performance.now()
        await queue.close({ signal: AbortSignal.timeout(500) })
        const took = performance.now() - begin
        server.resume()
        t.ok(took < 500 + margin, `it took ${Math.round(took)} ms`)
      })
    }
  }
})

test('connections that break again and again lose nothing', async (t) => {
  const server = await redisServer(t)
  const proxy = await startRedisProxy(t, server)
  const queue = bullmqQueue(t, { redis: redisClient(t, proxy), lockDuration })
  const handled = handleAll(queue)
  const adding = addAlways(queue)
  for (let turn = 0; turn < 8; turn++) {
    await more(adding)
    if (turn % 2 === 0) proxy.loseNextAnswer()
    else {
      proxy.refuse(true)
      proxy.refuse(false)
    }
  }
  await more(adding)
  await adding.stop()
  await until('all that was kept is handled', () => [...adding.kept.keys()].every((id) => handled.has(id)))
  t.ok(proxy.lost > 0 && adding.kept.size >= 400, `${adding.kept.size} were kept, ${[...adding.errors.values()].length} kinds of errors`)
})

test('on a Redis Cluster, the master of a workspace fails', async (t) => {
  const cluster = await redisCluster(t)
  const redis = clusterClient(t, cluster)
  const queues = [bullmqQueue(t, { redis, lockDuration }), bullmqQueue(t, { redis, lockDuration })]
  const [queue, other] = queues
  if (queue === undefined || other === undefined) throw new Error('two queues')
  const handled = [handleAll(queue), handleAll(other)]
  const cameIn = (id: string): boolean => handled.some((ids) => ids.has(id))
  const adding = addAlways(queue)
  await more(adding)
  const master = await cluster.masterOf(`{${queue.keyPrefix}}`)
  const killedAt = performance.now()
  await cluster.kill(master)
  await until('calls fail', () => adding.errors.size > 0)
  const before = adding.kept.size
  await until('calls succeed again', () => adding.kept.size > before + 200)
  await adding.stop()
  t.ok(adding.slowest < timeout + margin, `the slowest call took ${Math.round(adding.slowest)} ms`)
  // Redis replicates after it has answered.
  const safe = [...adding.kept].filter(([, at]) => at < killedAt - 500 || at > killedAt + 500).map(([id]) => id)
  await until('all that was kept is handled', () => safe.every(cameIn))
  t.comment(`${adding.kept.size} were kept, ${[...adding.kept.keys()].filter((id) => !cameIn(id)).length} of them were lost with the master`)
  t.ok(handled.every((ids) => ids.size > 0), 'both queues have a share')
})
