import type { Test } from 'tap'
import type { EmitResult } from '../../lib/index.ts'
import type { CountingReceiver } from './counting-receiver.ts'
import { type OutgoingHost, said } from './outgoing-host.ts'
import { until } from './until.ts'

/** Tells a host of messages all the time, until it is stopped. */
export class SteadyEmits {
  /** When the promise of a message has said that all its deliveries are kept, in milliseconds of performance.now(), by its `_id`. */
  readonly keptAt = new Map<string, number>()
  emitted = 0
  /** How many deliveries are kept, and how many were dropped. */
  keptDeliveries = 0
  droppedDeliveries = 0
  /** The longest time that a call of `emit` has held its caller, in milliseconds. */
  longest = 0
  /** The longest time until a promise has resolved, in milliseconds. */
  slowest = 0
  readonly #host: OutgoingHost
  readonly #underWay = new Set<Promise<void>>()
  readonly #timer: NodeJS.Timeout

  /** @param every milliseconds between two messages. */
  constructor (t: Test, host: OutgoingHost, every: number) {
    this.#host = host
    this.#timer = setInterval(() => {
      const ended = this.#next().finally(() => this.#underWay.delete(ended))
      this.#underWay.add(ended)
    }, every)
    // However the test ends, nothing must be emitted afterwards.
    t.teardown(() => this.stop())
  }

  /** Waits until so many further messages are kept. */
  async kept (count: number): Promise<void> {
    const before = this.keptAt.size
    await until('messages are kept', () => this.keptAt.size >= before + count)
  }

  /** Waits until so many further deliveries are dropped. */
  async dropped (count: number): Promise<void> {
    const before = this.droppedDeliveries
    await until('deliveries are dropped', () => this.droppedDeliveries >= before + count)
  }

  /** Emits no further message, and resolves when all promises have resolved. */
  async stop (): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all(this.#underWay)
  }

  async #next (): Promise<void> {
    const id = `m${this.emitted++}`
    const begin = performance.now()
    const promise = this.#host.app.integrations.emit('sendMessage', said('deploy now', id))
    this.longest = Math.max(this.longest, performance.now() - begin)
    const { deliveries, dropped }: EmitResult = await promise
    const now = performance.now()
    this.slowest = Math.max(this.slowest, now - begin)
    this.keptDeliveries += deliveries
    this.droppedDeliveries += dropped
    if (dropped === 0) this.keptAt.set(id, now)
  }
}

/** Asserts that every delivery was kept or dropped, and that no more are missing than were dropped. */
export function requireBooks (t: Test, emits: SteadyEmits, receiver: CountingReceiver, paths: readonly string[]): void {
  const all = emits.emitted * paths.length
  const missing = paths.reduce((sum, path) => sum + emits.emitted - receiver.taken(path).size, 0)
  t.equal(emits.keptDeliveries + emits.droppedDeliveries, all, 'each promise tells what became of the deliveries')
  t.ok(emits.droppedDeliveries >= missing, `of ${all} deliveries, ${emits.droppedDeliveries} were counted as dropped, and ${missing} have not arrived`)
}
