import type { EventData } from '../../schemas/events/data.ts'
import type { EventName } from '../../schemas/index.ts'
import { type Timeout, TimeBudget } from '../guard/time-budget.ts'
import { newWebhookId } from '../model/identifiers.ts'
import { laneOf } from '../model/lane.ts'
import type { Job } from '../ports/queue.ts'
import { type EventFacts, readEvent, WrongArgumentError } from './event-facts.ts'
import type { IndexKeeper } from './index/keeper.ts'
import { type Enqueue, JobWriter } from './job-writer.ts'
import { matchesOf, type Matches } from './match.ts'
import type { OutgoingLog } from './outgoing-log.ts'
import { payloadOf } from './payload.ts'
import { Turns, type Work } from './turns.ts'

/** How long an event waits for the index, and how long for the queue. */
const timeout: Timeout = { milliseconds: 1000, option: 'one second' }

/** So many jobs, and about so many characters of them, are handed to the queue at once. */
const batch = { jobs: 200, characters: 256 * 1024 }

/** About the length of a job without the text of the message. */
const jobLength = 1024

/** What became of an event. */
export interface EmitResult {
  /** How many deliveries are safe in the queue: one for each URL of each integration that the event triggers. */
  deliveries: number
  /**
   * How many deliveries are lost because they could not be queued. When it is
   * not known how many there would have been, the event counts as one.
   */
  dropped: number
}

/**
 * Tells the plugin of something that has happened. The promise resolves when
 * the deliveries are safe in the queue. The promise never rejects, and a host
 * need not wait for it. Arguments that are wrong are logged once and count
 * nothing.
 */
export type Emit = <E extends EventName>(event: E, data: EventData[E]) => Promise<EmitResult>

/** Options of {@link Dispatcher}. */
export interface DispatcherOptions {
  readonly index: Pick<IndexKeeper, 'index' | 'loaded'>
  readonly enqueue: Enqueue
  /** The workspace of the queue. */
  readonly keyPrefix: string
  /** The address of the chat, for payloads; empty when it is not known. */
  readonly siteUrl: string
  readonly log: OutgoingLog
  /** Makes the form of an error that may be logged. */
  readonly loggable: (error: unknown) => Error
  /** Told of jobs that were dropped, perhaps of many in quick succession, and why. Must not throw. */
  readonly onDropped: (jobs: readonly Job[], why: string) => void
}

/** Turns events into deliveries. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #writer: JobWriter
  readonly #turns = new Turns()
  readonly #reported = new Set<string>()
  #running = 0
  #idle: () => void = () => {}
  #closed: Promise<void> | undefined

  constructor (options: DispatcherOptions) {
    const { enqueue, log, loggable, onDropped } = options
    this.#options = options
    this.#writer = new JobWriter({
      enqueue,
      onOutage: (error) => { log.warn({ err: loggable(error) }, 'outgoing webhooks cannot be queued; deliveries are dropped until they can') },
      onRecovery: (dropped) => { log.warn({ dropped }, 'outgoing webhooks are queued again') },
      onDropped
    })
  }

  /** See {@link Emit}. What the host changes in its objects later does not matter. */
  readonly emit: Emit = async (event, data) => {
    const now = Date.now()
    const work = this.#turns.begin()
    this.#running++
    try {
      const facts = this.#read(event, data)
      if (facts === undefined) return { deliveries: 0, dropped: 0 }
      const { index } = this.#options
      const matches = await matchesOf(index.index ?? await index.loaded(new TimeBudget(timeout)), facts, work)
      return matches.size === 0 ? { deliveries: 0, dropped: 0 } : await this.#queue(facts, matches, now, work)
    } catch (error) {
      this.#writer.drop(() => error, 1)
      return { deliveries: 0, dropped: 1 }
    } finally {
      work.end()
      if (--this.#running === 0) this.#idle()
    }
  }

  /** Drops all further deliveries, and resolves when the events that are under way are done. */
  close (): Promise<void> {
    this.#writer.close()
    return (this.#closed ??= this.#running === 0 ? Promise.resolve() : new Promise((resolve) => { this.#idle = resolve }))
  }

  /** What the host told; undefined when the arguments are wrong. */
  #read (event: unknown, data: unknown): EventFacts | undefined {
    try {
      return readEvent(event, data)
    } catch (error) {
      if (!(error instanceof WrongArgumentError)) throw error
      if (!this.#reported.has(error.message)) {
        this.#reported.add(error.message)
        this.#options.log.warn({ err: this.#options.loggable(error) }, 'an event was told wrongly and triggers no outgoing webhook')
      }
      return undefined
    }
  }

  async #queue (facts: EventFacts, matches: Matches, now: number, work: Work): Promise<EmitResult> {
    const { keyPrefix, siteUrl } = this.#options
    const { event, room, user, message } = facts
    const common = {
      v: 1,
      keyPrefix,
      event,
      user: { _id: user._id, username: user.username },
      ...(room !== undefined && { room: { _id: room._id, type: room.type } }),
      createdAt: new Date(now).toISOString(),
      attempts: 0
    } as const
    const payload = payloadOf(facts, { siteUrl, now })
    const mostAtOnce = Math.min(batch.jobs, Math.ceil(batch.characters / (jobLength + (message?.text.length ?? 0))))
    const result: EmitResult = { deliveries: 0, dropped: 0 }
    const budget = new TimeBudget(timeout)
    let jobs: Job[] = []
    const add = async (): Promise<void> => {
      const dropped = await this.#writer.add(jobs, budget)
      result.dropped += dropped
      result.deliveries += jobs.length - dropped
      jobs = []
    }
    try {
      // The host has emitted many events in this turn: each of them is short, and all together are not.
      if (work.isUsedUp) await work.next()
      for (const { trigger, word } of matches.values()) {
        const ofTrigger = word === undefined ? payload : { ...payload, trigger_word: word }
        for (const url of trigger.urls) {
          if (work.isOver(stepsOfJob)) await work.next()
          jobs.push({ ...common, id: newWebhookId(), lane: laneOf(trigger._id, url), integrationId: trigger._id, url, payload: ofTrigger })
          if (jobs.length === mostAtOnce) await add()
        }
      }
      if (jobs.length > 0) await add()
    } catch (error) {
      const left = deliveriesOf(matches) - result.deliveries - result.dropped
      this.#writer.drop(() => error, left)
      result.dropped += left
    }
    return result
  }
}

function deliveriesOf (matches: Matches): number {
  let count = 0
  for (const { trigger } of matches.values()) count += trigger.urls.length
  return count
}

/** The work of making a job, compared with looking into a map. */
const stepsOfJob = 20
