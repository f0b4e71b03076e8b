import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { DelayedError, type Job as BullmqJob, UnrecoverableError, WaitingError, Worker } from 'bullmq'
import type { RedisClient } from '../../base/redis/client-state.ts'
import { closeOwnClient, type OwnClientOptions, ownClientLike } from '../../base/redis/own-client.ts'
import type { PortCall } from '../../ports/call.ts'
import type { JobHandler, JobOutcome, QueuedJob } from '../../ports/queue.ts'
import { pauseAfterFailure } from '../retry.ts'
import { type QueueKeys, queueName } from './keys.ts'
import type { Lanes } from './lanes.ts'

/** Milliseconds that handlers have to put their jobs back when their signal was aborted. */
const lastMoment = 250

/** Options of {@link Consumer}. */
export interface ConsumerOptions {
  readonly redis: RedisClient
  readonly keys: QueueKeys
  readonly lanes: Lanes
  readonly handler: JobHandler
  readonly concurrency: number
  /** How many milliseconds after its process has died a job is free for another process. */
  readonly lockDuration: number
  readonly report: (error: unknown) => void
}

/** Takes jobs and hands them to a handler, over two connections of its own: one waits for jobs. */
export class Consumer {
  readonly #client: RedisClient
  /** That connection, and the one that waits for jobs. */
  readonly #clients: RedisClient[] = []
  readonly #worker: Worker<unknown>
  readonly #lanes: Lanes
  readonly #handler: JobHandler
  readonly #abort = new AbortController()
  readonly #call: PortCall = { signal: this.#abort.signal }
  #isPaused = false
  #running = 0
  #idle: () => void = () => {}

  constructor ({ redis, keys, lanes, handler, concurrency, lockDuration, report }: ConsumerOptions) {
    setMaxListeners(0, this.#abort.signal)
    this.#lanes = lanes
    this.#handler = handler
    const connect = (options: OwnClientOptions = {}): RedisClient => {
      // BullMQ wants to send what is under way again, for ever.
      const client = ownClientLike(redis, { keyPrefix: '', maxRetriesPerRequest: null, autoResendUnfulfilledCommands: true, ...options })
      client.on('error', report)
      this.#clients.push(client)
      return client
    }
    this.#client = connect()
    this.#worker = new Worker<unknown>(queueName, (job, token) => this.#handle(job, token), {
      // BullMQ duplicates the connection to wait for jobs. The copy must be closed here when BullMQ cannot.
      connection: Object.assign(this.#client, { duplicate: () => connect({ connectionName: keys.workerName }) }),
      prefix: keys.prefix,
      concurrency,
      lockDuration,
      stalledInterval: lockDuration / 2,
      // A job whose process died comes again, however often.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: 1000,
      settings: { backoffStrategy: pauseAfterFailure }
    })
    this.#worker.on('error', report)
  }

  /** Takes no further job. */
  pause (): void {
    this.#isPaused = true
    // It only fails when telemetry does, which we have none of.
    this.#worker.pause(true).catch(() => {})
  }

  /** Waits for the jobs that are being handled until the signal is aborted, and closes the connections. */
  async close ({ signal }: PortCall): Promise<void> {
    this.pause()
    let giveUp = (): void => {}
    const gone = new Promise<void>((resolve) => { giveUp = resolve })
    signal.addEventListener('abort', giveUp)
    if (signal.aborted) giveUp()
    try {
      await Promise.race([this.#whenIdle(), gone])
      if (this.#running > 0) {
        this.#abort.abort()
        await Promise.race([this.#whenIdle(), sleep(lastMoment)])
      }
      // BullMQ would wait for Redis.
      if (this.#isConnected && this.#running === 0) await Promise.race([this.#worker.close(), gone])
      else await this.#worker.close(true)
    } finally {
      signal.removeEventListener('abort', giveUp)
      for (const client of this.#clients) closeOwnClient(client)
    }
  }

  get #isConnected (): boolean {
    return this.#clients.every(({ status }) => status === 'ready')
  }

  #whenIdle (): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running === 0) resolve()
      else this.#idle = resolve
    })
  }

  async #handle (job: BullmqJob<unknown>, token: string | undefined): Promise<void> {
    if (this.#isPaused) {
      await job.moveToWait(token)
      throw new WaitingError()
    }
    const { data } = job
    if (!isQueuedJob(data)) throw new UnrecoverableError('this is not a delivery')
    this.#running++
    try {
      const outcome = await this.#outcomeOf(data)
      if (outcome === 'done') {
        // Sent together with the end of the job. A place that stays lapses after a day.
        this.#lanes.leave(this.#client, data).catch(() => {})
        return
      }
      if (outcome.job !== undefined) await job.updateData(outcome.job)
      await job.moveToDelayed(Date.now() + outcome.retryIn, token)
      throw new DelayedError()
    } finally {
      if (--this.#running === 0) this.#idle()
    }
  }

  async #outcomeOf (data: QueuedJob): Promise<JobOutcome> {
    try {
      return await this.#handler(data, this.#call)
    } catch {
      // BullMQ keeps the message where dashboards show it. The error of the handler may hold secrets.
      throw new Error('the server failed to handle the delivery; it comes again')
    }
  }
}

/** Whether the data of a job in BullMQ has the form of a delivery, of any version. */
function isQueuedJob (data: unknown): data is QueuedJob {
  return typeof data === 'object' && data !== null &&
    'v' in data && typeof data.v === 'number' && 'keyPrefix' in data && typeof data.keyPrefix === 'string' &&
    'id' in data && typeof data.id === 'string' && 'lane' in data && typeof data.lane === 'string'
}
