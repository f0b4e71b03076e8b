import { requireKnownOptions } from '../base/known-options.ts'
import type { RedisClient } from '../base/redis/client-state.ts'
import { keyPrefixOf } from '../base/redis/own-client.ts'
import { requireRedisClient } from '../base/redis/require-client.ts'
import { requireInteger } from '../base/require-integer.ts'
import { InvalidOptionError, QueueUnavailableError } from '../errors/index.ts'
import type { PortCall } from '../ports/call.ts'
import type { AddOutcome, DeliveryQueue, Job, JobHandler } from '../ports/queue.ts'
import { Consumer } from './bullmq/consumer.ts'
import { ErrorReports } from './bullmq/error-reports.ts'
import { QueueKeys } from './bullmq/keys.ts'
import { Lanes } from './bullmq/lanes.ts'
import { Producer } from './bullmq/producer.ts'
import { checkedQueueOptions, type QueueOptions, queueOptionNames } from './options.ts'

/** Options of {@link BullmqQueue}. */
export interface BullmqQueueOptions extends QueueOptions {
  /**
   * The host's ioredis client, a `Redis` or a `Cluster`. It may be the client of
   * the store. The queue makes connections of its own to the same place, and
   * neither uses nor closes this one.
   */
  readonly redis: RedisClient
  /**
   * How many milliseconds after its process has died a delivery is free for
   * another process. The other process takes it within half of that time more. A
   * process whose event loop is held for longer than this loses its deliveries
   * to another one, and they are sent twice. An integer from 1,000 to 600,000.
   *
   * @defaultValue `30000`
   */
  readonly lockDuration?: number
  /**
   * Told of errors of the connections, at most once in ten seconds. Without this
   * option they are not reported: the client of the host and the queue have the
   * same Redis, and deliveries that cannot be queued are logged by the plugin.
   *
   * @defaultValue absent
   */
  readonly onError?: (error: Error) => void
}

const knownOptions = [...queueOptionNames, 'redis', 'lockDuration', 'onError'] as const satisfies ReadonlyArray<keyof BullmqQueueOptions>

/**
 * Keeps deliveries in Redis, with BullMQ. All processes of a workspace share
 * the work. A delivery outlives the process that added it, and the one that
 * works on it.
 */
export class BullmqQueue implements DeliveryQueue {
  readonly persistent = true
  readonly keyPrefix: string
  readonly #redis: RedisClient
  readonly #keys: QueueKeys
  readonly #lanes: Lanes
  readonly #concurrency: number
  readonly #lockDuration: number
  readonly #report: (error: unknown) => void
  #producer: Producer | undefined
  #consumer: Consumer | undefined
  #isClosed = false

  /** @throws InvalidOptionError */
  constructor (options: BullmqQueueOptions) {
    // A host in plain JavaScript may forget the object around the client.
    const { redis, lockDuration = 30_000, onError = () => {} } = options ?? {}
    requireRedisClient(redis, 'BullmqQueue')
    requireKnownOptions(options, knownOptions, 'BullmqQueue')
    const { keyPrefix, concurrency, maxWaitingPerLane } = checkedQueueOptions(options, 'BullmqQueue')
    requireInteger('lockDuration', lockDuration, 1000, 600_000, 'BullmqQueue')
    if (typeof onError !== 'function') throw new InvalidOptionError('onError', 'of BullmqQueue must be a function')
    this.keyPrefix = keyPrefix
    this.#redis = redis
    this.#keys = new QueueKeys(keyPrefix, keyPrefixOf(redis))
    this.#lanes = new Lanes(this.#keys, maxWaitingPerLane)
    this.#concurrency = concurrency
    this.#lockDuration = lockDuration
    this.#report = new ErrorReports(onError).report
  }

  /** Opens the queue again after it was closed. It connects when it is first used. */
  start (): void {
    this.#isClosed = false
  }

  /** @throws QueueUnavailableError or what ioredis throws. */
  async add (jobs: readonly Job[], call: PortCall): Promise<AddOutcome> {
    if (this.#isClosed) throw new QueueUnavailableError('it is closed')
    return await (this.#producer ??= new Producer(this.#redis, this.#keys, this.#lanes, this.#report)).add(jobs, call)
  }

  /** @throws QueueUnavailableError when the queue is closed or has a handler already. */
  process (handler: JobHandler): void {
    if (this.#isClosed) throw new QueueUnavailableError('it is closed')
    if (this.#consumer !== undefined) throw new QueueUnavailableError('it has a handler already; give each registration a queue of its own')
    this.#consumer = new Consumer({
      redis: this.#redis,
      keys: this.#keys,
      lanes: this.#lanes,
      handler,
      concurrency: this.#concurrency,
      lockDuration: this.#lockDuration,
      report: this.#report
    })
  }

  pause (): void {
    this.#consumer?.pause()
  }

  async close (call: PortCall): Promise<void> {
    this.#isClosed = true
    const [producer, consumer] = [this.#producer, this.#consumer]
    this.#producer = undefined
    this.#consumer = undefined
    await consumer?.close(call)
    producer?.close()
  }
}
