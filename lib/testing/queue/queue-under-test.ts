import assert from 'node:assert/strict'
import type { Awaitable } from '../../ports/awaitable.ts'
import type { AddOutcome, DeliveryQueue, Job, JobHandler, JobOutcome, QueuedJob } from '../../ports/queue.ts'
import type { Cases } from '../contract.ts'
import { patient } from '../samples.ts'
import { until } from '../until.ts'

/** A queue as the suite `queueContract` is given it. */
export interface QueueUnderTest {
  /** An empty queue without a handler. Its bounds are those of the port. */
  readonly queue: DeliveryQueue
  /** Makes a second instance over the same jobs, as another process has one; absent where there is none. */
  readonly reopen?: () => Awaitable<DeliveryQueue>
  /** Makes a queue of another workspace in the same database; absent where there is none. */
  readonly otherWorkspace?: () => Awaitable<DeliveryQueue>
}

/** The cases of one topic of a queue. */
export type QueueCases = Cases<QueueUnderTest>

/** Two instances over the same jobs. A queue without a second instance stands for both. */
export async function twoQueues (create: () => Awaitable<QueueUnderTest>): Promise<readonly [DeliveryQueue, DeliveryQueue]> {
  const { queue, reopen = () => queue } = await create()
  return [queue, await reopen()]
}

/** Adds jobs. The ids of those that were not kept. */
export async function add (queue: DeliveryQueue, ...jobs: readonly Job[]): Promise<readonly string[]> {
  const outcome: AddOutcome | undefined = await queue.add(jobs, patient) ?? undefined
  return outcome?.full ?? []
}

/** What a handler was given. */
export interface Handled {
  readonly jobs: QueuedJob[]
  /** Waits until the handler was given so many jobs, and a moment longer for one that is too many. */
  count (jobs: number): Promise<void>
}

/** Begins to handle the jobs of a queue. */
export async function handle (queue: DeliveryQueue, handler: JobHandler = () => 'done'): Promise<Handled> {
  const jobs: QueuedJob[] = []
  await queue.process((job, call) => {
    jobs.push(job)
    return handler(job, call)
  }, patient)
  return {
    jobs,
    async count (expected) {
      await until(`${expected} jobs are handled, not ${jobs.length}`, () => jobs.length >= expected)
      await moment()
      assert.equal(jobs.length, expected, 'no job is handled that should not be')
    }
  }
}

/** Long enough for a mistake to show, in most runs. */
export async function moment (): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 200))
}

/** A handler that waits until it is let go. */
export interface Gate {
  readonly handler: JobHandler
  /** Lets all go on with an outcome. Those that come later are done at once. */
  open (outcome?: JobOutcome): void
}

/** Makes a handler that waits. */
export function gate (): Gate {
  let open: (outcome: JobOutcome) => void = () => {}
  let isOpen = false
  const opened = new Promise<JobOutcome>((resolve) => { open = resolve })
  return {
    handler: () => isOpen ? 'done' : opened,
    open (outcome = 'done') {
      isOpen = true
      open(outcome)
    }
  }
}
