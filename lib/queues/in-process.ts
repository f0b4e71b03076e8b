import { setMaxListeners } from 'node:events'
import { requireKnownOptions } from '../base/known-options.ts'
import { requireInteger } from '../base/require-integer.ts'
import { settle } from '../base/settle.ts'
import { QueueUnavailableError } from '../errors/index.ts'
import type { PortCall } from '../ports/call.ts'
import type { AddOutcome, DeliveryQueue, Job, JobHandler, JobOutcome, QueuedJob } from '../ports/queue.ts'
import { DueHeap } from './in-process/due-heap.ts'
import { checkedQueueOptions, type QueueOptions, queueOptionNames } from './options.ts'
import { pauseAfterFailure } from './retry.ts'

/** Options of {@link InProcessQueue}. */
export interface InProcessQueueOptions extends QueueOptions {
  /**
   * How many deliveries the queue keeps, those that are being worked on
   * included. Further ones are dropped. An integer from 1 to 10,000,000.
   *
   * @defaultValue `10000`
   */
  readonly maxWaiting?: number
}

/** So many jobs are handed to the handler before other work of the process gets its turn. */
const handedAtOnce = 100

/** The longest time that a timer of Node.js takes. */
const longestTimer = 2 ** 31 - 1

/** A job in the queue. */
interface Held {
  readonly id: string
  readonly lane: string
  job: QueuedJob
  /** How often the handler has failed with it since it last succeeded. */
  failures: number
  /** When the job may be handed out, in milliseconds of performance.now(). */
  due: number
  /** The job that is handed out after this one. */
  next: Held | undefined
}

/**
 * Keeps deliveries in this process. The deliveries that wait are lost when the
 * process ends, and no other process sees them.
 */
export class InProcessQueue implements DeliveryQueue {
  readonly persistent = false
  readonly keyPrefix: string
  readonly #concurrency: number
  readonly #maxWaiting: number
  readonly #maxWaitingPerLane: number
  /** All jobs by their ids: those that wait and those that are being handled. */
  readonly #held = new Map<string, Held>()
  /** How many jobs of each lane are held. */
  readonly #lanes = new Map<string, number>()
  /** Those that come again later. */
  readonly #later = new DueHeap<Held>()
  /** The first and the last of those that may be handed out now. */
  #first: Held | undefined
  #last: Held | undefined
  #running = 0
  #handler: JobHandler | undefined
  #abort = new AbortController()
  /** The call of the handler. */
  #call: PortCall = { signal: this.#abort.signal }
  #isClosed = false
  #isHanding = false
  #isScheduled = false
  /** How many jobs may be handed out before other work gets its turn. */
  #left = handedAtOnce
  #timer: NodeJS.Timeout | undefined
  /** When the timer ends, in milliseconds of performance.now(). */
  #timerDue = Infinity
  /** Told when no job is being handled any more. */
  #idle: () => void = () => {}
  /** One for all: in a flood, an error for each job takes longer than the work. */
  readonly #full: QueueUnavailableError

  /** @throws InvalidOptionError */
  constructor (options: InProcessQueueOptions = {}) {
    requireKnownOptions(options, [...queueOptionNames, 'maxWaiting'], 'InProcessQueue')
    const { keyPrefix, concurrency, maxWaitingPerLane } = checkedQueueOptions(options, 'InProcessQueue')
    const { maxWaiting = 10_000 } = options
    requireInteger('maxWaiting', maxWaiting, 1, 10_000_000, 'InProcessQueue')
    this.keyPrefix = keyPrefix
    this.#concurrency = concurrency
    this.#maxWaiting = maxWaiting
    this.#maxWaitingPerLane = maxWaitingPerLane
    this.#full = new QueueUnavailableError(`it keeps ${maxWaiting} deliveries already (maxWaiting)`)
  }

  /** Opens the queue again after it was closed. */
  start (): void {
    this.#isClosed = false
  }

  /** @throws QueueUnavailableError when the queue is full or closed, or nobody waits for the answer. No job is kept then. */
  add (jobs: readonly Job[], call: PortCall): AddOutcome {
    if (this.#isClosed) throw new QueueUnavailableError('it is closed')
    if (call.aborted ?? call.signal.aborted) throw new QueueUnavailableError('nobody waits for the answer')
    const added: Held[] = []
    const full: string[] = []
    for (const job of jobs) {
      const { id, lane } = job
      if (this.#held.has(id)) continue
      const inLane = this.#lanes.get(lane) ?? 0
      if (inLane >= this.#maxWaitingPerLane) {
        full.push(id)
        continue
      }
      const held: Held = { id, lane, job, failures: 0, due: 0, next: undefined }
      this.#held.set(id, held)
      this.#lanes.set(lane, inLane + 1)
      added.push(held)
    }
    if (this.#held.size > this.#maxWaiting) {
      for (const held of added) this.#remove(held)
      throw this.#full
    }
    for (const held of added) this.#append(held)
    this.#schedule()
    return { full }
  }

  /** @throws QueueUnavailableError when the queue is closed or has a handler already. */
  process (handler: JobHandler): void {
    if (this.#isClosed) throw new QueueUnavailableError('it is closed')
    if (this.#handler !== undefined) throw new QueueUnavailableError('it has a handler already; give each registration a queue of its own')
    this.#handler = handler
    this.#abort = new AbortController()
    this.#call = { signal: this.#abort.signal }
    // Each job that is being handled may listen.
    setMaxListeners(0, this.#call.signal)
    this.#schedule()
    this.#armTimer()
  }

  pause (): void {
    this.#handler = undefined
    clearTimeout(this.#timer)
    this.#timerDue = Infinity
  }

  async close ({ signal }: PortCall): Promise<void> {
    this.#isClosed = true
    this.pause()
    if (this.#running === 0) return
    await new Promise<void>((resolve) => {
      const end = (): void => {
        signal.removeEventListener('abort', end)
        resolve()
      }
      this.#idle = end
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
    if (this.#running > 0) this.#abort.abort()
  }

  /** Hands jobs to the handler in a later turn of the event loop: adding a job must be quick. */
  #schedule (): void {
    if (this.#isScheduled || this.#handler === undefined || this.#first === undefined) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#left = handedAtOnce
      this.#hand()
    })
  }

  /** Hands out as many jobs as the handler may get. */
  #hand (): void {
    if (this.#isHanding || this.#isScheduled) return
    // A handler that answers at once comes back here.
    this.#isHanding = true
    while (this.#handler !== undefined && this.#running < this.#concurrency && this.#first !== undefined && this.#left > 0) {
      const held = this.#first
      this.#first = held.next
      held.next = undefined
      if (this.#first === undefined) this.#last = undefined
      this.#left--
      this.#running++
      this.#handle(held, this.#handler)
    }
    this.#isHanding = false
    if (this.#left === 0) this.#schedule()
  }

  #handle (held: Held, handler: JobHandler): void {
    settle(
      () => handler(held.job, this.#call),
      (outcome) => { this.#handled(held, outcome) },
      () => { this.#comesAgain(held, pauseAfterFailure(++held.failures)) }
    )
  }

  #handled (held: Held, outcome: JobOutcome): void {
    if (outcome === 'done') {
      this.#remove(held)
      this.#leave()
      return
    }
    const { retryIn, job = held.job } = outcome
    held.job = job
    held.failures = 0
    this.#comesAgain(held, retryIn)
  }

  #comesAgain (held: Held, milliseconds: number): void {
    if (milliseconds > 0) {
      held.due = performance.now() + milliseconds
      this.#later.add(held)
      this.#armTimer()
    } else this.#append(held)
    this.#leave()
  }

  /** A job is no longer being handled. */
  #leave (): void {
    this.#running--
    if (this.#running === 0) this.#idle()
    this.#hand()
  }

  #append (held: Held): void {
    if (this.#last === undefined) this.#first = held
    else this.#last.next = held
    this.#last = held
  }

  #remove ({ id, lane }: Held): void {
    this.#held.delete(id)
    const inLane = this.#lanes.get(lane) ?? 0
    if (inLane > 1) this.#lanes.set(lane, inLane - 1)
    else this.#lanes.delete(lane)
  }

  /** One timer for all: it ends when the first of them is due. */
  #armTimer (): void {
    const due = this.#later.first?.due
    if (due === undefined || due >= this.#timerDue || this.#handler === undefined) return
    clearTimeout(this.#timer)
    this.#timerDue = due
    this.#timer = setTimeout(() => { this.#wake() }, Math.min(Math.ceil(due - performance.now()), longestTimer))
  }

  #wake (): void {
    this.#timerDue = Infinity
    const now = performance.now()
    for (let first = this.#later.first; first !== undefined && first.due <= now; first = this.#later.first) {
      this.#later.take()
      this.#append(first)
    }
    this.#armTimer()
    this.#schedule()
  }
}
