import { test } from 'tap'
import type { JobOutcome } from '../../../lib/index.ts'
import { InProcessQueue } from '../../../lib/queues/in-process.ts'
import { queueContract } from '../../contracts/queue.ts'
import { patient } from '../../support/integrations.ts'
import { newJob, newJobs } from '../../support/jobs.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'

test('InProcessQueue keeps the contract of queues', async (t) => {
  await queueContract(t, (opened) => ({
    queue: opened(new InProcessQueue()),
    otherWorkspace: () => opened(new InProcessQueue({ keyPrefix: 'other' }))
  }))
})

test('a full queue keeps all jobs or none, and always throws the same error', async (t) => {
  const queue = new InProcessQueue({ maxWaiting: 10 })
  const jobs = newJobs(queue.keyPrefix, 8)
  t.strictSame(queue.add(jobs, patient), { full: [] })
  const errors = [3, 5, 100].map((count) => {
    try {
      queue.add(newJobs(queue.keyPrefix, count), patient)
      return undefined
    } catch (error) {
      return error
    }
  })
  t.match(errors[0], { code: 'FCI_ERR_QUEUE_UNAVAILABLE', message: /it keeps 10 deliveries already \(maxWaiting\)/ })
  t.ok(errors.every((error) => error === errors[0]), 'an error for each would cost more than the work')
  t.strictSame(queue.add(newJobs(queue.keyPrefix, 2), patient), { full: [] }, 'what was refused takes no room')
  t.strictSame(queue.add(jobs, patient), { full: [] }, 'jobs that the queue holds need no room')

  const handled: string[] = []
  let finish: (outcome: JobOutcome) => void = () => {}
  const finished = new Promise<JobOutcome>((resolve) => { finish = resolve })
  queue.process(({ id }) => {
    handled.push(id)
    return finished
  })
  await until('all are being handled', () => handled.length === 10)
  t.throws(() => queue.add([newJob(queue.keyPrefix)], patient), { code: 'FCI_ERR_QUEUE_UNAVAILABLE' }, 'jobs that are being handled take room: they may come back')
  finish('done')
  await until('there is room', () => {
    try {
      queue.add([newJob(queue.keyPrefix)], patient)
      return true
    } catch {
      return false
    }
  })
  await until('the new one is handled', () => handled.length === 11)
  await queue.close(patient)
})

test('bounds of a lane and of all together go with one another', async (t) => {
  const queue = new InProcessQueue({ maxWaiting: 10, maxWaitingPerLane: 3 })
  const [lane, other] = [newJobs(queue.keyPrefix, 5, { lane: 'a' }), newJobs(queue.keyPrefix, 8)]
  t.throws(() => queue.add([...lane, ...other], patient), { message: /maxWaiting/ })
  t.strictSame(queue.add(lane, patient), { full: lane.slice(3).map(({ id }) => id) }, 'a lane does not count what was refused')
  t.strictSame(queue.add(other.slice(0, 7), patient), { full: [] }, 'nor do all together')
})

test('hands out as many jobs at a time as it is told', async (t) => {
  const queue = new InProcessQueue({ concurrency: 3 })
  const waiting: Array<() => void> = []
  let most = 0
  queue.process(() => new Promise((resolve) => {
    waiting.push(() => { resolve('done') })
    most = Math.max(most, waiting.length)
  }))
  queue.add(newJobs(queue.keyPrefix, 10), patient)
  for (let handled = 0; handled < 10; handled++) {
    await until('a job is being handled', () => waiting.length > 0)
    waiting.shift()?.()
  }
  t.equal(most, 3)
  await queue.close(patient)
})

test('64 by default', async (t) => {
  const queue = new InProcessQueue()
  let running = 0
  queue.process(() => {
    running++
    return new Promise(() => {})
  })
  queue.add(newJobs(queue.keyPrefix, 100), patient)
  await until('the first are being handled', () => running >= 64)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(running, 64)
  await queue.close({ signal: AbortSignal.abort() })
})

test('adding does not run the handler, and the handler does not hold the event loop', async (t) => {
  const queue = new InProcessQueue()
  let handled = 0
  let inThisTurn = 0
  let most = 0
  const turns = (): void => {
    inThisTurn = 0
    if (handled < 10_000) setImmediate(turns)
  }
  queue.process(() => {
    handled++
    most = Math.max(most, ++inThisTurn)
    return 'done'
  })
  queue.add(newJobs(queue.keyPrefix, 10_000), patient)
  t.equal(handled, 0)
  turns()
  await until('all are handled', () => handled === 10_000)
  t.ok(most <= 200, `${most} jobs in one turn of the event loop`)
  await queue.close(patient)
})

test('thousands that wait for their time come in its order, with one timer', async (t) => {
  const queue = new InProcessQueue({ concurrency: 1000 })
  const waits = new Map<string, number>()
  const jobs = newJobs(queue.keyPrefix, 5000)
  jobs.forEach(({ id }, index) => { waits.set(id, 500 + (index * 7919) % 5000 / 5) })
  const came: number[] = []
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  queue.process(({ id }) => {
    const retryIn = waits.get(id)
    if (retryIn !== undefined) {
      waits.delete(id)
      came.push(retryIn)
      return { retryIn }
    }
    came.push(jobs.findIndex((job) => job.id === id))
    return 'done'
  })
  queue.add(jobs, patient)
  await until('all wait', () => waits.size === 0)
  t.ok(timers() <= before + 1, 'one timer for all')
  await until('all came again', () => came.length === 2 * jobs.length)
  const order = came.slice(jobs.length).map((index) => 500 + (index * 7919) % 5000 / 5)
  const backwards = order.filter((due, index) => index > 0 && due < (order[index - 1] ?? 0) - 100)
  t.strictSame(backwards, [], 'none came 100 ms before its turn')
  await queue.close(patient)
})

test('after failures a job waits longer each time, up to half a minute', async (t) => {
  const { pauseAfterFailure } = await import('../../../lib/queues/retry.ts')
  t.strictSame([1, 2, 3, 4, 5, 6, 7, 1000, 2000].map(pauseAfterFailure), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
})

test('50,000 jobs in a burst take no more memory than it keeps', async (t) => {
  const queue = new InProcessQueue()
  let kept = 0
  for (let burst = 0; burst < 5000; burst++) {
    try {
      queue.add(newJobs(queue.keyPrefix, 10), patient)
      kept += 10
    } catch {
      // Counted by what is kept.
    }
  }
  t.equal(kept, 10_000)
  let handled = 0
  queue.process(() => {
    handled++
    return 'done'
  })
  await until('what was kept is handled', () => handled === 10_000)
  t.strictSame(queue.add(newJobs(queue.keyPrefix, 10_000), patient), { full: [] }, 'all of its room is free again')
  await queue.close(patient)
})

test('keeps no timer and no connection when it is closed', async (t) => {
  const queue = new InProcessQueue()
  let isHandled = false
  queue.process(() => {
    isHandled = true
    return { retryIn: 86_400_000 }
  })
  queue.add(newJobs(queue.keyPrefix, 1), patient)
  await until('the job waits', () => isHandled)
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  await queue.close(patient)
  t.equal(timers(), before - 1)
})

test('refuses options that are wrong', async (t) => {
  const wrong: Array<[option: string, value: unknown, must: RegExp]> = [
    ['keyPrefix', '', /blank/], ['keyPrefix', 'a{b', /braces/], ['keyPrefix', 5, /text/],
    ['concurrency', 0, /integer from 1 to 10000/], ['concurrency', 1.5, /integer/], ['concurrency', '5', /integer/],
    ['maxWaiting', 0, /integer from 1 to 10000000/], ['maxWaiting', NaN, /integer/], ['maxWaitingPerLane', 0, /integer from 1 to 1000000/],
    ['maxWating', 5, /not known; did you mean 'maxWaiting'\?/], ['redis', {}, /not known/]
  ]
  for (const [option, value, must] of wrong) {
    t.throws(() => new InProcessQueue(unchecked({ [option]: value })), { code: 'FCI_ERR_INVALID_OPTION', message: must }, `${option}: ${String(value)}`)
  }
  t.equal(new InProcessQueue().keyPrefix, 'chat-integrations')
  t.equal(new InProcessQueue({ keyPrefix: 'workspace-1' }).keyPrefix, 'workspace-1')
})
