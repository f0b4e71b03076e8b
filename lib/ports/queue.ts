import type { EventName } from '../../schemas/index.ts'
import type { User } from './auth.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'
import type { PortLifeCycle } from './life-cycle.ts'

/** The part of a job that a queue reads. The queue keeps all other parts as they are. */
export interface QueuedJob {
  /**
   * The version of the job's form. Versions work side by side during a deploy:
   * a handler that does not know the version puts the job back unchanged.
   */
  readonly v: number
  /** The workspace of the job: that of the queue. */
  readonly keyPrefix: string
  /**
   * Identifier of the job: a text of letters, digits, `-` and `_` that begins
   * with a letter. A queue that holds a job with this id already keeps the one
   * that it holds.
   */
  readonly id: string
  /**
   * The receiver of the job: jobs of one lane go to the same URL of the same
   * integration. A text of letters, digits, `-` and `_`. A queue keeps at most
   * 1,000 jobs of a lane: a receiver that is away for long takes no room from others.
   */
  readonly lane: string
}

/** What became of jobs that a queue was given. */
export interface AddOutcome {
  /** The ids of the jobs that were not kept because their lanes are full; in the order of the jobs. */
  readonly full: readonly string[]
}

/**
 * One delivery of one event to one URL, from the event until it is done. It
 * holds no secret: token and script are those of the integration at the time
 * of each attempt. It is JSON data.
 */
export interface Job extends QueuedJob {
  readonly v: 1
  /** The `webhook-id` of the delivery, the same in every attempt. */
  readonly id: string
  readonly integrationId: string
  /** The URL to call. */
  readonly url: string
  readonly event: EventName
  /** The user that caused the event. */
  readonly user: User
  /** The room of the event, and its type as the host told it; absent for an event without a room. */
  readonly room?: { readonly _id: string, readonly type: string }
  /** The payload, without the integration's token. */
  readonly payload: Readonly<Record<string, unknown>>
  /** When the event happened, ISO 8601: a delivery ends a day later. */
  readonly createdAt: string
  /** How many attempts are used up. An integer from 0. */
  readonly attempts: number
  /** How often in a row the delivery was put off because of a failure of this server; absent means 0. */
  readonly failures?: number
  /** Whether the message that the script of the integration wanted before the call was posted. */
  readonly announced?: true
  /** The answer of the receiver, while its message could not be posted: the receiver is not called again. */
  readonly reply?: JobReply
}

/** An answer of a receiver that waits until it can be posted. */
export interface JobReply {
  /** The body of the answer; or the message that the script made of the answer, as JSON. At most 65,536 characters. */
  readonly text: string
  /** Whether the text comes from the script. */
  readonly byScript?: true
  /** The number of the attempt that was answered; the first one is 1. */
  readonly attempt: number
  /** How often posting has failed. An integer from 1. */
  readonly failures: number
}

/**
 * The outcome of handling a job. `'done'`: the job leaves the queue. Otherwise
 * the job comes again after `retryIn` milliseconds. `job` is the job as it goes
 * back, with the same `id` and `lane`; absent: unchanged.
 */
export type JobOutcome = 'done' | { readonly retryIn: number, readonly job?: Job }

/**
 * Handles a job. The queue calls the handler for several jobs at a time, also
 * for jobs of a version that the handler does not know: the handler reads `v`
 * first. After an error of the handler the job comes again, after a pause that
 * grows from one second to 30 seconds. The queue does not report the error.
 *
 * @param call its signal is aborted when the queue is closed and does not wait any longer.
 */
export type JobHandler = (job: QueuedJob, call: PortCall) => Awaitable<JobOutcome>

/**
 * Keeps deliveries until they are done. A job may come more than once, above
 * all when a process dies (at least once); a job that is being handled is not
 * handed to another handler at the same time while its process lives. No order
 * between jobs is promised.
 */
export interface DeliveryQueue extends PortLifeCycle {
  /**
   * Whether jobs are still there when the process has ended; absent means yes.
   * The plugin warns at start when it is false.
   */
  readonly persistent?: boolean
  /** Names the workspace. Two workspaces never run each other's jobs. */
  readonly keyPrefix: string
  /**
   * Adds jobs. Resolves when they are safe. A queue keeps all of them, but for
   * those whose lanes are full. Jobs may be added before {@link process}, and
   * after {@link pause}.
   *
   * @returns the jobs that were not kept; nothing when all of them were.
   * @throws when the queue is away, full or closed, or when nobody waits for the
   *   answer. It is then not known whether the jobs were kept.
   */
  add (jobs: readonly Job[], call: PortCall): Awaitable<AddOutcome | void>
  /**
   * Begins to hand jobs to a handler. Does not wait for a database. Called once
   * after each start of the queue.
   *
   * @throws when the queue has a handler already.
   */
  process (handler: JobHandler, call: PortCall): Awaitable<void>
  /**
   * Hands no further job to the handler. Does not wait for the jobs that are
   * being handled. Called in Fastify's hook `preClose`, before {@link close}.
   * A queue without this method hands out jobs until it is closed.
   */
  pause? (call: PortCall): Awaitable<void>
  /**
   * Hands no further job to the handler and adds none, waits for the jobs that
   * are being handled, and closes the connections that the queue opened. When the
   * signal of the call is aborted, the queue aborts the signal of the handler and
   * waits no longer. The other jobs stay in the queue.
   */
  close (call: PortCall): Awaitable<void>
}
