import { isPromiseLike } from '../base/is-promise-like.ts'
import { Outage } from '../base/outage.ts'
import { AdapterAnswerError } from '../errors/index.ts'
import { queue } from '../guard/tables/queue.ts'
import type { TimeBudget } from '../guard/time-budget.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { PortCall } from '../ports/call.ts'
import type { AddOutcome, Job } from '../ports/queue.ts'
import { OverloadedError } from './overloaded-error.ts'

/** So many jobs may be on their way to the queue. Further ones are dropped: a queue that falls behind takes no memory. */
const mostUnderWay = 10_000

/** An outage is over when jobs are queued so many milliseconds after the last ones were dropped, or later. */
const calm = 10_000

/** Keeps jobs, all of them or none. It throws when they could not be kept. */
export type Enqueue = (jobs: readonly Job[], call: PortCall) => Awaitable<AddOutcome | void>

/** Options of {@link JobWriter}. */
export interface JobWriterOptions {
  readonly enqueue: Enqueue
  /** Told once, with the first failure, when deliveries begin to be dropped. */
  readonly onOutage: (error: unknown) => void
  /** Told once, with the number of deliveries that were dropped, when they are queued again. */
  readonly onRecovery: (dropped: number) => void
  /** Told of jobs that were dropped, perhaps of many in quick succession, and why. Must not throw. */
  readonly onDropped: (jobs: readonly Job[], why: string) => void
}

/** Hands jobs to a queue. What the queue does not keep in time is dropped. */
export class JobWriter {
  readonly #options: JobWriterOptions
  readonly #outage: Outage
  /** The jobs that the queue has not answered. They count until then, even when their time is over. */
  #underWay = 0
  #isClosed = false

  constructor (options: JobWriterOptions) {
    this.#options = options
    this.#outage = new Outage({ calm, onBegin: options.onOutage, onEnd: options.onRecovery })
  }

  /** Drops all further jobs. */
  close (): void {
    this.#isClosed = true
  }

  /**
   * Hands jobs to the queue.
   *
   * @param budget the time that may be waited for the queue.
   * @returns how many of the jobs were dropped.
   */
  async add (jobs: readonly Job[], budget: TimeBudget): Promise<number> {
    const obstacle = this.#obstacle(jobs.length, budget)
    if (obstacle !== undefined) return this.#dropped(jobs, () => new OverloadedError(obstacle), obstacle)
    let outcome: AddOutcome
    try {
      const answer = this.#options.enqueue(jobs, budget)
      const later: unknown = isPromiseLike(answer) ? await budget.wait('queue.add', this.#counted(jobs.length, answer)) : answer
      const read = queue.add.answer.read(later)
      if (read === undefined) throw new AdapterAnswerError('queue.add', queue.add.answer.must(later))
      outcome = read.value
    } catch (error) {
      return this.#dropped(jobs, () => error, 'the queue is away or full, or the server is closing')
    }
    this.#outage.worked()
    return this.#full(jobs, outcome.full)
  }

  /**
   * Notes deliveries as dropped that never became jobs.
   *
   * @param why makes the error that says why.
   */
  drop (why: () => unknown, count: number): void {
    this.#outage.failed(why, count)
  }

  /** Why the queue is not even asked. */
  #obstacle (count: number, budget: TimeBudget): string | undefined {
    if (this.#isClosed) return 'the server is closing'
    if (budget.aborted) return 'other deliveries of the same event have taken all of its time'
    if (this.#underWay + count > mostUnderWay) return `${this.#underWay} deliveries are on their way to the queue already`
    return undefined
  }

  #dropped (jobs: readonly Job[], why: () => unknown, reason: string): number {
    this.drop(why, jobs.length)
    this.#options.onDropped(jobs, reason)
    return jobs.length
  }

  /** A full lane is the fault of its receiver, and no outage: the history tells of it. */
  #full (jobs: readonly Job[], ids: readonly string[]): number {
    if (ids.length === 0) return 0
    const full = new Set(ids)
    const dropped = jobs.filter(({ id }) => full.has(id))
    if (dropped.length > 0) this.#options.onDropped(dropped, 'too many deliveries wait for this URL')
    return dropped.length
  }

  async #counted<T> (count: number, answer: PromiseLike<T>): Promise<T> {
    this.#underWay += count
    try {
      return await answer
    } finally {
      this.#underWay -= count
    }
  }
}
