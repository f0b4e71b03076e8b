import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Redis } from 'ioredis'
import type { Test } from 'tap'
import { BullmqQueue, type BullmqQueueOptions } from '../../lib/bullmq.ts'
import type { RedisServer } from './redis-server.ts'
import { forkWithoutHooks } from './run.ts'
import { unchecked } from './unchecked.ts'
import { endWithThisProcess } from './watchdog.ts'

/** A queue that is closed with the test. */
export function bullmqQueue (t: Test, options: BullmqQueueOptions): BullmqQueue {
  const queue = new BullmqQueue(options)
  t.teardown(() => queue.close({ signal: AbortSignal.timeout(2000) }))
  return queue
}

/** Options of a process that handles deliveries. */
export interface QueueWorkerOptions {
  readonly keyPrefix: string
  readonly lockDuration?: number
  /** How long each job takes, in milliseconds. */
  readonly milliseconds: number
}

/** Starts a process that handles deliveries, and waits until it does. It ends with the test. */
export async function queueWorker (
  t: Test, { port }: Pick<RedisServer, 'port'>, { keyPrefix, lockDuration = 30_000, milliseconds }: QueueWorkerOptions
): Promise<ChildProcess> {
  const args = [String(port), keyPrefix, String(lockDuration), String(milliseconds)]
  const worker = fork(new URL('./queue-worker.js', import.meta.url), args, {
    ...forkWithoutHooks(),
    // Its output would be taken for test results.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  endWithThisProcess(worker)
  t.teardown(() => { worker.kill('SIGKILL') })
  await once(worker, 'message')
  return worker
}

/** What processes have noted of a job. */
export interface WorkerNote {
  readonly kind: 'started' | 'done'
  readonly id: string
  readonly worker: number
}

/** What all processes have noted so far. */
export async function workerNotes (redis: Redis): Promise<WorkerNote[]> {
  const texts = await redis.lrange('notes', 0, -1)
  return texts.map((text) => unchecked<WorkerNote>(JSON.parse(text)))
}
