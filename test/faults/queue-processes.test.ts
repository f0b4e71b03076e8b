import { once } from 'node:events'
import { test } from 'tap'
import { patient } from '../support/integrations.ts'
import { newJobs } from '../support/jobs.ts'
import { bullmqQueue, queueWorker, workerNotes } from '../support/queues.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

const keyPrefix = 'workspace-1'
/** As short as it may be: a job of a killed process comes again after this time, and half of it more. */
const lockDuration = 1000

test('a process that is killed in the middle of deliveries: another one gets them, with the same ids', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const queue = bullmqQueue(t, { redis, keyPrefix })
  const jobs = newJobs(keyPrefix, 5)
  const killed = await queueWorker(t, server, { keyPrefix, lockDuration, milliseconds: 600_000 })
  await queue.add(jobs, patient)
  await until('all are being handled', async () => (await workerNotes(redis)).length === jobs.length)
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const since = performance.now()
  await queueWorker(t, server, { keyPrefix, lockDuration, milliseconds: 1 })
  await until('another one is done with all', async () => (await workerNotes(redis)).filter(({ kind }) => kind === 'done').length === jobs.length)
  t.comment(`${Math.round(performance.now() - since)} ms after the process was killed, with a lock of ${lockDuration} ms`)
  const notes = await workerNotes(redis)
  t.strictSame(notes.filter(({ kind }) => kind === 'done').map(({ id }) => id).sort(), jobs.map(({ id }) => id).sort(), 'each of them once')
  t.equal(await redis.exists(...jobs.map(({ id }) => `{${keyPrefix}}:deliveries:${id}`)), 0, 'nothing of them is left')
})

test('four processes share the work, and a delivery is handled once', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  const queue = bullmqQueue(t, { redis, keyPrefix })
  const workers = await Promise.all(Array.from({ length: 4 }, () => queueWorker(t, server, { keyPrefix, milliseconds: 50 })))
  const jobs = newJobs(keyPrefix, often(1200, 20_000))
  for (let first = 0; first < jobs.length; first += 100) await queue.add(jobs.slice(first, first + 100), patient)
  await until('all are done', async () => await redis.llen('notes') >= 2 * jobs.length, 120)
  for (const worker of workers) worker.kill('SIGTERM')
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  const notes = await workerNotes(redis)
  for (const kind of ['started', 'done'] as const) {
    t.strictSame(notes.filter((note) => note.kind === kind).map(({ id }) => id).sort(), jobs.map(({ id }) => id).sort(), `${kind}: each of them once`)
  }
  const shares = workers.map(({ pid }) => notes.filter(({ worker }) => worker === pid).length / 2)
  t.comment(`shares: ${shares.join(', ')}`)
  t.ok(shares.every((share) => share > 0), 'each process has a share')
})

test('processes are killed under load: each delivery comes at least once, and none is left', async (t) => {
  const server = await redisServer(t, { appendfsync: 'always' })
  const redis = redisClient(t, server)
  const queue = bullmqQueue(t, { redis, keyPrefix })
  const all: string[] = []
  for (let round = 0; round < often(2, 20); round++) {
    const [victim] = await Promise.all([0, 1].map(() => queueWorker(t, server, { keyPrefix, lockDuration, milliseconds: 20 })))
    const jobs = newJobs(keyPrefix, 500)
    const before = await redis.llen('notes')
    for (let first = 0; first < jobs.length; first += 50) await queue.add(jobs.slice(first, first + 50), patient)
    all.push(...jobs.map(({ id }) => id))
    await until('some are done', async () => await redis.llen('notes') > before + 100)
    victim?.kill('SIGKILL')
  }
  await until('none is left', async () => (await redis.keys(`{${keyPrefix}}:deliveries:msg_*`)).length === 0, 120)
  const done = (await workerNotes(redis)).filter(({ kind }) => kind === 'done').map(({ id }) => id)
  const came = new Set(done)
  t.strictSame(all.filter((id) => !came.has(id)), [], 'each came')
  t.strictSame([...came].filter((id) => !all.includes(id)), [], 'and nothing else')
  t.comment(`${done.length - came.size} of ${all.length} came twice`)
  t.strictSame(await redis.keys('*:delivery-lane:*'), [], 'no place in a lane is left')
})
