import { test } from 'tap'
import type { AddOutcome, DeliveryQueue, Job, JobHandler, PortCall } from '../../../lib/index.ts'
import { InProcessQueue } from '../../../lib/queues/in-process.ts'
import { queueContract, type QueueUnderTest } from '../../../lib/testing.ts'
import { patient } from '../../support/integrations.ts'
import { casesWithoutMistake, findsMistakes, type Mistake, passesAtOnce } from '../../support/run-contract.ts'
import { unchecked } from '../../support/unchecked.ts'

/** A queue with a mistake in some of its methods. */
function broken (methods: (inner: InProcessQueue) => Partial<DeliveryQueue>, inner: () => InProcessQueue = () => new InProcessQueue()): () => QueueUnderTest {
  return () => ({ queue: withMethods(inner(), methods) })
}

function withMethods (inner: InProcessQueue, methods: (inner: InProcessQueue) => Partial<DeliveryQueue>): DeliveryQueue {
  return {
    persistent: false,
    keyPrefix: inner.keyPrefix,
    start: () => { inner.start() },
    add: (jobs, call) => inner.add(jobs, call),
    process: (handler) => { inner.process(handler) },
    pause: () => { inner.pause() },
    close: (call) => inner.close(call),
    ...methods(inner)
  }
}

/** Two instances over the same jobs. */
function shared (): QueueUnderTest {
  const inner = new InProcessQueue()
  const handlers: JobHandler[] = []
  let turn = 0
  inner.process((job, call) => handlers[turn++ % handlers.length]?.(job, call) ?? { retryIn: 10 })
  const instance = (): DeliveryQueue => withMethods(inner, () => ({ process: (handler) => { handlers.push(handler) }, close: () => {} }))
  return { queue: instance(), reopen: instance }
}

const mistakes: ReadonlyArray<Mistake<QueueUnderTest>> = [
  ['a field is lost', broken((inner) => ({ add: (jobs, call) => inner.add(jobs.map(({ room, ...job }) => job), call) })),
    'add: a job comes with every field as it was added'],
  ['jobs that come before the handler are lost', broken((inner) => {
    let isHandled = false
    return {
      add: (jobs, call) => isHandled ? inner.add(jobs, call) : { full: [] },
      process (handler) {
        isHandled = true
        inner.process(handler)
      }
    }
  }), 'add: jobs that were added before there was a handler are handled'],
  ['it fails without jobs', broken((inner) => ({
    add (jobs, call) {
      if (jobs.length === 0) throw new Error('no jobs')
      return inner.add(jobs, call)
    }
  })), 'add: no jobs at all can be added'],
  ['the same id is added twice', broken((inner) => {
    const ids = new Map<string, string>()
    return {
      add: (jobs, call) => inner.add(jobs.map((job) => {
        const id = `${job.id}-${ids.size}`
        ids.set(id, job.id)
        return { ...job, id }
      }), call),
      process: (handler) => { inner.process((job, call) => handler({ ...job, id: ids.get(job.id) ?? '' }, call)) }
    }
  }), 'add: a job is added once, while the queue holds one with its id'],
  ['the last one of the same id is kept', broken((inner) => {
    const latest = new Map<string, Job>()
    return {
      add (jobs, call) {
        for (const job of jobs) latest.set(job.id, job)
        return inner.add(jobs, call)
      },
      process: (handler) => { inner.process((job, call) => handler(latest.get(job.id) ?? job, call)) }
    }
  }), 'add: a job is added once, while the queue holds one with its id'],
  ['a lane has no bound', broken(() => ({}), () => new InProcessQueue({ maxWaitingPerLane: 1_000_000 })),
    'add: a lane holds a thousand jobs, and other lanes have their room'],
  ['a full lane fills all others', broken((inner) => ({
    add (jobs, call) {
      const { full } = inner.add(jobs, call)
      return { full: full.length === 0 ? [] : jobs.map(({ id }) => id) }
    }
  })), 'add: a lane holds a thousand jobs, and other lanes have their room'],
  ['the room of jobs that are done is never free again', broken((inner) => {
    const counts = new Map<string, number>()
    return {
      add (jobs, call) {
        const { full } = inner.add(jobs, call)
        const more = jobs.filter(({ id, lane }) => {
          if (full.includes(id)) return false
          counts.set(lane, (counts.get(lane) ?? 0) + 1)
          return (counts.get(lane) ?? 0) > 1010
        })
        return { full: [...full, ...more.map(({ id }) => id)] }
      }
    }
  }), 'add: a lane holds a thousand jobs, and other lanes have their room'],
  ['it adds for a caller that gave up', broken((inner) => ({ add: (jobs) => inner.add(jobs, patient) })),
    'add: nothing is added for a caller that gave up'],

  ['a job comes again at once', broken((inner) => ({
    process: (handler) => {
      inner.process(async (job, call) => {
        const outcome = await handler(job, call)
        return outcome === 'done' ? outcome : { ...outcome, retryIn: 0 }
      })
    }
  })), 'handle: a job comes again after the time that the handler wants, unchanged'],
  ['a change is lost', broken((inner) => ({
    process: (handler) => {
      inner.process(async (job, call) => {
        const outcome = await handler(job, call)
        return outcome === 'done' ? outcome : { retryIn: outcome.retryIn }
      })
    }
  })), 'handle: a job comes again as the handler has changed it'],
  ['jobs of other versions are thrown away', broken((inner) => ({
    process: (handler) => { inner.process((job, call) => job.v === 1 ? handler(job, call) : 'done') }
  })), 'handle: a job of a later version is handed out, and goes back unchanged'],
  ['an error counts as done', broken((inner) => ({ process: (handler) => { inner.process(failing(handler, () => 'done')) } })),
    'handle: a job whose handler fails comes again after a pause'],
  ['a job comes again at once after an error', broken((inner) => ({
    process: (handler) => { inner.process(failing(handler, () => ({ retryIn: 0 }))) }
  })), 'handle: a job whose handler fails comes again after a pause'],
  ['one job at a time', broken(() => ({}), () => new InProcessQueue({ concurrency: 1 })), 'handle: several jobs are handled at a time'],
  ['each job is handed out twice', broken((inner) => ({
    process: (handler) => { inner.process(async (job, call) => (await Promise.all([handler(job, call), handler(job, call)]))[0]) }
  })), 'handle: no job is handed out twice at a time'],
  ['its instances share nothing', () => ({ queue: new InProcessQueue(), reopen: () => new InProcessQueue() }), 'handle: instances share the jobs'],
  ['its workspaces share the jobs', () => {
    const inner = new InProcessQueue()
    return { queue: withMethods(inner, () => ({})), otherWorkspace: () => ({ ...withMethods(inner, () => ({})), keyPrefix: 'other' }) }
  }, 'handle: a queue handles no jobs of another workspace'],
  ['the last handler counts', broken((inner) => {
    let current: JobHandler | undefined
    return {
      process (handler) {
        if (current === undefined) inner.process((job, call) => current?.(job, call) ?? 'done')
        current = handler
      }
    }
  }), 'handle: a queue has one handler'],

  ['pause does nothing', broken(() => ({ pause: () => {} })), 'end: a paused queue hands out no job, and takes some in'],
  ['pause waits for the jobs', broken((inner) => ({ pause: () => inner.close(patient) })), 'end: a paused queue hands out no job, and takes some in'],
  ['close waits for nothing', broken((inner) => ({ close: (): void => { inner.pause() } })),
    'end: close waits for the jobs that are being handled, and hands out no other'],
  ['close waits for the jobs that are waiting', broken((inner) => ({ pause: unchecked(undefined), close: () => finish(inner) })),
    'end: the jobs that were not handled are there when the queue is started again'],
  ['the handler is not told', broken((inner) => ({
    process: (handler) => { inner.process((job) => handler(job, patient)) }
  })), 'end: close does not wait for longer than its caller, and tells the handler'],
  ['close waits for a handler that hangs', broken((inner) => ({ close: () => inner.close(patient) })), 'end: close does not wait for a handler that hangs'],
  ['it is closed once', broken((inner) => {
    let isClosed = false
    return {
      async close (call) {
        if (isClosed) throw new Error('It is closed already.')
        isClosed = true
        await inner.close(call)
      }
    }
  }), 'end: a queue that was never used can be closed, and twice'],
  ['a closed queue takes jobs', broken((inner) => ({ close: (): void => { inner.pause() } })), 'end: a closed queue takes no jobs in'],
  ['it says that it is persistent, and is not', () => ({ queue: { ...withMethods(new InProcessQueue(), () => ({})), persistent: true } }),
    'end: a persistent queue keeps its jobs for another instance'],
  ['another instance does not find the jobs', () => ({ queue: new InProcessQueue(), reopen: () => new InProcessQueue() }),
    'end: a persistent queue keeps its jobs for another instance']
]

/** The handler, with an outcome instead of its error. */
function failing (handler: JobHandler, outcome: () => 'done' | { readonly retryIn: number }): JobHandler {
  return async (job, call) => {
    try {
      return await handler(job, call)
    } catch {
      return outcome()
    }
  }
}

/** Closes a queue when all of its jobs are done. */
async function finish (inner: InProcessQueue): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 300))
  await inner.close(patient)
}

test('a queue without a mistake passes every case, all at the same time', (t) =>
  passesAtOnce(t, queueContract, () => ({ queue: new InProcessQueue(), otherWorkspace: () => new InProcessQueue({ keyPrefix: 'other' }) })))

test('so does one with two instances', async (t) => {
  const cases = new Map<string, () => Promise<void>>()
  queueContract({ create: shared, test: (name, body) => cases.set(name, body) })
  for (const name of ['handle: instances share the jobs', 'end: a persistent queue keeps its jobs for another instance']) {
    await t.resolves(cases.get(name)?.() ?? Promise.reject(new Error(name)), name)
  }
})

test('the suite of queues finds mistakes, each case at least one', async (t) => {
  await findsMistakes(t, queueContract, mistakes)
  t.strictSame(casesWithoutMistake(queueContract, mistakes), [])
})

// Whether the types let a queue of a host answer at once, later, or nothing.
const answers: ReadonlyArray<DeliveryQueue['add']> = [
  () => {}, async () => {}, () => ({ full: [] }), async (): Promise<AddOutcome> => ({ full: [] }), (_: readonly Job[], call: PortCall) => { call.signal.throwIfAborted() }
]
test('a queue may answer at once, later, or nothing', async (t) => {
  for (const add of answers) await t.resolves(async () => await add([], patient))
})
