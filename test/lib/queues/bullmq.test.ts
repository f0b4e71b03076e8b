import { createBullBoard } from '@bull-board/api'
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter'
import { FastifyAdapter } from '@bull-board/fastify'
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { test } from 'tap'
import { BullmqQueue } from '../../../lib/bullmq.ts'
import type { JobOutcome } from '../../../lib/index.ts'
import { queueContract } from '../../contracts/queue.ts'
import { patient } from '../../support/integrations.ts'
import { newJob, newJobs } from '../../support/jobs.ts'
import { bullmqQueue } from '../../support/queues.ts'
import { redisClient, redisServer } from '../../support/redis-client.ts'
import { freePort } from '../../support/redis-server.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'

test('BullmqQueue', async (t) => {
  const server = await redisServer(t)
  const redis = redisClient(t, server)
  let workspaces = 0
  const nextPrefix = (): string => `workspace-${workspaces++}`

  await t.test('keeps the contract of queues', async (t) => {
    await queueContract(t, (opened) => {
      const keyPrefix = nextPrefix()
      return {
        queue: opened(new BullmqQueue({ redis, keyPrefix })),
        reopen: () => opened(new BullmqQueue({ redis, keyPrefix })),
        otherWorkspace: () => opened(new BullmqQueue({ redis, keyPrefix: `${keyPrefix}-other` }))
      }
    })
    t.strictSame(await redis.keys('*:delivery-lane:lane-*').then((keys) => keys.filter((key) => !key.startsWith('{workspace-'))), [])
  })

  await t.test('all keys begin with the workspace in braces, behind what the client writes in front of every key', async (t) => {
    for (const [hostPrefix, keyPrefix] of [['', 'plain'], ['host:', 'behind'], ['', 'a:b *日本']] as const) {
      const own = redisClient(t, server, { keyPrefix: hostPrefix })
      const queue = bullmqQueue(t, { redis: own, keyPrefix })
      const before = new Set(await redis.keys('*'))
      const jobs = newJobs(keyPrefix, 2)
      await queue.add(jobs, patient)
      const keys = (await redis.keys('*')).filter((key) => !before.has(key))
      t.strictSame(keys.filter((key) => !key.startsWith(`${hostPrefix}{${keyPrefix}}:`)), [])
      t.equal(await redis.exists(...jobs.map(({ id }) => `${hostPrefix}{${keyPrefix}}:deliveries:${id}`)), 2)
      t.equal(await redis.exists(...jobs.map(({ lane }) => `${hostPrefix}{${keyPrefix}}:delivery-lane:${lane}`)), 2)
      let handled = 0
      queue.process(() => {
        handled++
        return 'done'
      })
      await until('both are handled', () => handled === 2)
    }
  })

  await t.test('a lane that is full of jobs that a person removed heals', async (t) => {
    const keyPrefix = nextPrefix()
    const queue = bullmqQueue(t, { redis, keyPrefix, maxWaitingPerLane: 50 })
    const jobs = newJobs(keyPrefix, 50, { lane: 'a' })
    t.strictSame(await queue.add(jobs, patient), { full: [] })
    const next = newJobs(keyPrefix, 1, { lane: 'a' })
    t.strictSame(await queue.add(next, patient), { full: next.map(({ id }) => id) })
    const bullmq = new Queue('deliveries', { connection: redis, prefix: `{${keyPrefix}}` })
    await bullmq.obliterate({ force: true })
    await bullmq.close()
    t.strictSame(await queue.add(next, patient), { full: [] }, 'the oldest places are given up')
    t.strictSame(await queue.add(newJobs(keyPrefix, 19, { lane: 'a' }), patient), { full: [] })
    t.equal(await redis.zcard(`{${keyPrefix}}:delivery-lane:a`), 50)
  })

  await t.test('a place in a lane lapses a day after it was taken', async (t) => {
    const keyPrefix = nextPrefix()
    const key = `{${keyPrefix}}:delivery-lane:a`
    const queue = bullmqQueue(t, { redis, keyPrefix, maxWaitingPerLane: 3 })
    await queue.add(newJobs(keyPrefix, 1, { lane: 'a' }), patient)
    const day = 24 * 60 * 60 * 1000
    const expires = await redis.pttl(key)
    t.ok(expires > day && expires <= 25 * 60 * 60 * 1000, `the lane expires in ${expires} ms`)
    // Their jobs are there: only the time counts.
    const old = newJobs(keyPrefix, 2)
    await queue.add(old, patient)
    for (const { id } of old) await redis.zadd(key, Date.now() - 26 * 60 * 60 * 1000, id)
    t.strictSame(await queue.add(newJobs(keyPrefix, 2, { lane: 'a' }), patient), { full: [] })
    t.equal(await redis.zcard(key), 3)
  })

  await t.test('jobs that are no deliveries are thrown away, and other jobs go on', async (t) => {
    const keyPrefix = nextPrefix()
    const bullmq = new Queue('deliveries', { connection: redis, prefix: `{${keyPrefix}}` })
    for (const data of [{}, null, 'text', [], { v: 1, id: 'msg_1' }, { v: '1', id: 'msg_1', lane: 'a', keyPrefix }]) {
      await bullmq.add('foreign', data, { removeOnFail: true })
    }
    const queue = bullmqQueue(t, { redis, keyPrefix })
    const handled: string[] = []
    queue.process(({ id }) => {
      handled.push(id)
      return 'done'
    })
    const job = newJob(keyPrefix)
    await queue.add([job], patient)
    await until('nothing waits', async () => (await bullmq.count()) === 0 && handled.length > 0)
    await until('nothing is left', async () => (await bullmq.getJobCountByTypes('active', 'failed', 'delayed')) === 0)
    await bullmq.close()
    t.strictSame(handled, [job.id])
  })

  await t.test('a handler that fails again and again: the job stays, and its error tells nothing', async (t) => {
    const keyPrefix = nextPrefix()
    const bullmq = new Queue('deliveries', { connection: redis, prefix: `{${keyPrefix}}` })
    const queue = bullmqQueue(t, { redis, keyPrefix })
    let handled = 0
    queue.process(() => {
      handled++
      throw new Error('the token is s3cret')
    })
    const job = newJob(keyPrefix)
    await queue.add([job], patient)
    await until('it failed twice', () => handled === 2)
    await until('it waits', async () => (await bullmq.getDelayedCount()) === 1)
    const fields = JSON.stringify(await redis.hgetall(`{${keyPrefix}}:deliveries:${job.id}`))
    t.match(fields, /the server failed to handle the delivery; it comes again/)
    t.notMatch(fields, /s3cret/)
    const kept = await bullmq.getJob(job.id)
    t.ok((kept?.opts.attempts ?? 0) > 1_000_000 && kept?.stacktrace?.length === 1)
    await bullmq.close()
  })

  await t.test('outcomes without an attempt cost BullMQ none either', async (t) => {
    const keyPrefix = nextPrefix()
    const bullmq = new Queue('deliveries', { connection: redis, prefix: `{${keyPrefix}}` })
    const queue = bullmqQueue(t, { redis, keyPrefix })
    let handled = 0
    queue.process((): JobOutcome => ++handled < 50 ? { retryIn: 1 } : { retryIn: 60_000 })
    const job = newJob(keyPrefix)
    await queue.add([job], patient)
    await until('it waits for a minute', async () => handled === 50 && (await bullmq.getDelayedCount()) === 1)
    t.equal((await bullmq.getJob(job.id))?.attemptsMade, 0)
    await bullmq.close()
  })

  await t.test('a dashboard shows the deliveries, and nothing secret', async (t) => {
    const keyPrefix = nextPrefix()
    const queue = bullmqQueue(t, { redis, keyPrefix })
    const job = newJob(keyPrefix, { payload: { text: 'deploy now' } })
    await queue.add([job], patient)
    queue.process(() => ({ retryIn: 60_000 }))

    // What the page shows: a host does the same.
    const deliveries = new Queue('deliveries', { connection: redis, prefix: `{${keyPrefix}}` })
    t.teardown(() => deliveries.close())
    const serverAdapter = new FastifyAdapter()
    createBullBoard({ queues: [new BullMQAdapter(deliveries)], serverAdapter: unchecked(serverAdapter) })
    serverAdapter.setBasePath('/ui')
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(serverAdapter.registerPlugin(), { prefix: '/ui' })
    const read = async (path: string): Promise<unknown> => (await app.inject(`/ui/api${path}`)).json()

    await until('the delivery waits', async () => (await deliveries.getDelayedCount()) === 1)
    t.match(await read('/queues?activeQueue=deliveries&status=delayed&page=1'), {
      queues: [{
        name: 'deliveries',
        counts: { delayed: 1 },
        jobs: [{ id: job.id, name: 'sendMessage', data: { url: job.url, lane: job.lane, payload: { text: 'deploy now' } }, attempts: 0, isFailed: false }]
      }]
    })
    t.equal((await deliveries.getWorkers()).length, 1, 'it knows which processes work')
    t.strictSame(Object.keys(job).filter((name) => /token|secret|script/i.test(name)), [])
  })

  await t.test('opens three connections of its own, when they are needed, and closes them', async (t) => {
    const connections = async (): Promise<number> => String(await redis.client('LIST')).trim().split('\n').length
    const host = redisClient(t, server)
    await host.ping()
    const before = await connections()
    const queue = bullmqQueue(t, { redis: host, keyPrefix: nextPrefix() })
    queue.start()
    t.equal(await connections(), before, 'none before it is used')
    await queue.add([newJob(queue.keyPrefix)], patient)
    t.equal(await connections(), before + 1, 'one to add')
    let handled = 0
    queue.process(() => {
      handled++
      return 'done'
    })
    await until('it is handled', () => handled === 1)
    t.equal(await connections(), before + 3, 'two to handle')
    await queue.close(patient)
    await until('they are closed', async () => (await connections()) === before)
    t.equal(host.status, 'ready', 'the client of the host stays open')
    t.equal(await host.ping(), 'PONG')
  })

  await t.test('works with any settings of the client, and changes none', async (t) => {
    const settings = [
      { lazyConnect: true }, { maxRetriesPerRequest: 1 }, { enableOfflineQueue: false }, { enableAutoPipelining: true }, { commandTimeout: 200 },
      { db: 3 }, { keyPrefix: 'host:', retryStrategy: () => null }, { autoResendUnfulfilledCommands: false, connectionName: 'host' }
    ]
    for (const options of settings) {
      const host = redisClient(t, server, options)
      const given = { ...host.options }
      const queue = bullmqQueue(t, { redis: host, keyPrefix: nextPrefix() })
      const handled: string[] = []
      queue.process(({ id }) => {
        handled.push(id)
        return 'done'
      })
      // Longer than commandTimeout: the connection that waits for jobs must not end with it.
      if ('commandTimeout' in options) await new Promise((resolve) => setTimeout(resolve, 600))
      const job = newJob(queue.keyPrefix)
      await queue.add([job], patient)
      await until('it is handled', () => handled.includes(job.id))
      t.strictSame({ ...host.options }, given, JSON.stringify(options))
      if ('lazyConnect' in options) t.equal(host.status, 'wait', 'the client of the host is not used')
      await queue.close(patient)
    }
  })

  await t.test('needs the commands that the page names, on its own keys', async (t) => {
    const keyPrefix = nextPrefix()
    await redis.acl('SETUSER', 'host', 'reset', 'on', '>secret', `~{${keyPrefix}}:deliver*`, '+@read', '+@write', '+@connection', '+eval', '+evalsha', '+info', '+time')
    const errors: string[] = []
    const queue = bullmqQueue(t, {
      redis: redisClient(t, server, { username: 'host', password: 'secret' }), keyPrefix, lockDuration: 1000, maxWaitingPerLane: 2, onError: ({ message }) => { errors.push(message) }
    })
    let handled = 0
    queue.process(async (): Promise<JobOutcome> => {
      handled++
      // Long enough for the lock to be renewed.
      if (handled === 1) await new Promise((resolve) => setTimeout(resolve, 1200))
      if (handled === 2) throw new Error('The handler fails.')
      return handled === 1 ? { retryIn: 10, job: { ...job, attempts: 1 } } : 'done'
    })
    const [job = newJob(keyPrefix), ...others] = newJobs(keyPrefix, 3, { lane: 'a' })
    t.strictSame(await queue.add([job], patient), { full: [] })
    await until('a job is being handled', () => handled === 1)
    t.equal((await queue.add(others, patient)).full.length, 1)
    await until('all are done', async () => await redis.exists(`{${keyPrefix}}:delivery-lane:a`) === 0)
    t.strictSame(errors, [])
  })

  await t.test('closes while it is still connecting', async (t) => {
    const queue = bullmqQueue(t, { redis, keyPrefix: nextPrefix() })
    queue.process(() => 'done')
    await queue.close(patient)
    queue.start()
    queue.process(() => 'done')
    queue.pause()
    await queue.close(patient)
    t.pass('without an error')
  })
})

test('a Redis that was never there: errors are reported once, and adding fails in time', async (t) => {
  const port = await freePort()
  const errors: string[] = []
  const queue = bullmqQueue(t, {
    redis: redisClient(t, { port }),
    onError ({ message }) {
      errors.push(message)
      throw new Error('The host fails to log.')
    }
  })
  queue.process(() => 'done')
  const begin = performance.now()
  await t.rejects(async () => { await queue.add([newJob(queue.keyPrefix)], { signal: AbortSignal.timeout(1000) }) }, { code: 'FCI_ERR_QUEUE_UNAVAILABLE' })
  t.ok(performance.now() - begin < 5000)
  t.equal(errors.length, 1)
  t.match(errors[0], /ECONNREFUSED/)
})

test('refuses options that are wrong', async (t) => {
  const redis = redisClient(t, { port: 1 }, { lazyConnect: true })
  const wrong: Array<[options: unknown, message: RegExp]> = [
    [undefined, /'redis' of BullmqQueue must be an ioredis client/],
    [{}, /'redis' of BullmqQueue must be an ioredis client/],
    [redis, /'redis' of BullmqQueue must be an ioredis client/],
    [{ redis, keyPrefix: ' ' }, /'keyPrefix' of BullmqQueue must be a text that is not blank and has no braces/],
    [{ redis, keyPrefix: '{a}' }, /'keyPrefix' of BullmqQueue/],
    [{ redis, prefix: 'a' }, /'prefix' of BullmqQueue is not known; did you mean 'keyPrefix'\?/],
    [{ redis, concurrency: 0 }, /'concurrency' of BullmqQueue must be an integer from 1 to 10000/],
    [{ redis, maxWaiting: 5 }, /'maxWaiting' of BullmqQueue is not known; did you mean 'maxWaitingPerLane'\?/],
    [{ redis, maxWaitingPerLane: 1.5 }, /'maxWaitingPerLane' of BullmqQueue must be an integer/],
    [{ redis, lockDuration: 10 }, /'lockDuration' of BullmqQueue must be an integer from 1000 to 600000/],
    [{ redis, onError: true }, /'onError' of BullmqQueue must be a function/]
  ]
  for (const [options, message] of wrong) t.throws(() => new BullmqQueue(unchecked(options)), { code: 'FCI_ERR_INVALID_OPTION', message })
  t.equal(new BullmqQueue({ redis }).keyPrefix, 'chat-integrations')
  t.equal(redis.status, 'wait', 'it does not connect')
})
