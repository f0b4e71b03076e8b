import { Queue } from 'bullmq'
import { type RedisClient, RedisClientState } from '../../base/redis/client-state.ts'
import { closeOwnClient, ownClientLike } from '../../base/redis/own-client.ts'
import { withoutCommand } from '../../base/redis/without-command.ts'
import { QueueUnavailableError } from '../../errors/index.ts'
import type { PortCall } from '../../ports/call.ts'
import type { AddOutcome, Job } from '../../ports/queue.ts'
import { jobOptions } from './job-options.ts'
import { type QueueKeys, queueName } from './keys.ts'
import type { Lanes } from './lanes.ts'

/** So many jobs may be on their way to Redis. Further ones are refused: a Redis that falls behind takes no memory. */
const mostUnderWay = 10_000

/** About so many events of jobs are kept in Redis, for dashboards. */
const eventsKept = 1000

/**
 * Adds jobs over a connection of its own. While Redis is away, jobs wait for a
 * moment and are then refused: ioredis would keep them, and add them when the
 * caller has counted them as dropped long ago.
 */
export class Producer {
  readonly #client: RedisClient
  readonly #state: RedisClientState
  readonly #queue: Queue<Job>
  readonly #lanes: Lanes
  /** The jobs that Redis has not answered. They count until then, even when their caller has given up. */
  #underWay = 0

  constructor (redis: RedisClient, keys: QueueKeys, lanes: Lanes, report: (error: unknown) => void) {
    this.#client = ownClientLike(redis, { keyPrefix: '', enableOfflineQueue: false })
    this.#client.on('error', report)
    this.#state = RedisClientState.of(this.#client)
    this.#lanes = lanes
    this.#queue = new Queue<Job>(queueName, {
      connection: this.#client,
      prefix: keys.prefix,
      defaultJobOptions: jobOptions,
      streams: { events: { maxLen: eventsKept } },
      // The version of Redis matters to workers only.
      skipVersionCheck: true
    })
    this.#queue.on('error', report)
  }

  /** @throws QueueUnavailableError or what ioredis throws. */
  async add (jobs: readonly Job[], call: PortCall): Promise<AddOutcome> {
    if (call.aborted ?? call.signal.aborted) throw new QueueUnavailableError('nobody waits for the answer')
    if (this.#underWay + jobs.length > mostUnderWay) {
      throw new QueueUnavailableError(`${this.#underWay} deliveries are on their way to Redis already`)
    }
    return await untilAborted(this.#counted(jobs, call), call.signal)
  }

  close (): void {
    closeOwnClient(this.#client)
  }

  async #counted (jobs: readonly Job[], call: PortCall): Promise<AddOutcome> {
    this.#underWay += jobs.length
    try {
      await this.#state.ready(call, QueueUnavailableError)
      return await this.#add(jobs, call)
    } catch (error) {
      throw withoutCommand(error)
    } finally {
      this.#underWay -= jobs.length
    }
  }

  async #add (jobs: readonly Job[], { signal }: PortCall): Promise<AddOutcome> {
    const { placed, fresh, full } = await this.#lanes.enter(this.#client, jobs)
    try {
      if (signal.aborted) throw new QueueUnavailableError('Redis has answered too late')
      if (placed.length > 0) await this.#queue.addBulk(placed.map((job) => ({ name: job.event, data: job, opts: { jobId: job.id } })))
      return { full }
    } catch (error) {
      // A place that stays lapses after a day.
      for (const job of fresh) this.#lanes.leave(this.#client, job).catch(() => {})
      throw error
    }
  }
}

/** The value of a promise, unless the signal is aborted before. */
function untilAborted<T> (promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => { reject(new QueueUnavailableError('Redis did not answer in time')) }
    signal.addEventListener('abort', giveUp, { once: true })
    promise.then(resolve, reject).finally(() => { signal.removeEventListener('abort', giveUp) })
  })
}
