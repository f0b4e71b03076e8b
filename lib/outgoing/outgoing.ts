import { QueueUnavailableError } from '../errors/index.ts'
import type { Calls } from '../guard/calls.ts'
import type { Announce } from '../model/changes.ts'
import type { ScriptRunner } from '../model/script/runner.ts'
import type { DeliveryQueue, JobHandler } from '../ports/queue.ts'
import type { Part } from '../ports/life-cycle.ts'
import type { IntegrationStore } from '../ports/store.ts'
import type { Transport } from '../ports/transport.ts'
import { Deliverer, type DeliverySettings } from './delivery/deliverer.ts'
import { factsOf, type RecordFacts } from './delivery/facts.ts'
import { type OnDelivery, reporter } from './delivery/report.ts'
import { Dispatcher, type Emit } from './dispatcher.ts'
import { DropNotes } from './drop-notes.ts'
import { IndexKeeper } from './index/keeper.ts'
import type { OutgoingLog } from './outgoing-log.ts'

/** The settings of outgoing webhooks. */
export interface OutgoingRules extends DeliverySettings {
  /** The address of the chat, for payloads; empty when it is not known. */
  readonly siteUrl: string
  /** A store that cannot be followed is read anew after so many milliseconds. */
  readonly rereadAfter: number
}

/** Options of {@link outgoingOf}. */
export interface OutgoingPorts {
  readonly settings: OutgoingRules
  readonly store: IntegrationStore
  readonly queue: DeliveryQueue
  readonly transport: Transport
  readonly scripts: ScriptRunner
  /** Whether there is a messenger for the answers of receivers. */
  readonly posts: boolean
  readonly newCalls: () => Calls
  readonly record: RecordFacts
  /** Reports a change to the host. */
  readonly announce: Announce
  readonly onDelivery: OnDelivery | null
  readonly reportUnreadable: (errors: readonly Error[]) => void
  readonly log: OutgoingLog & { error (facts: object, message: string): void }
  /** Makes the form of an error that may be logged. */
  readonly loggable: (error: unknown) => Error
}

/** Outgoing webhooks at work. */
export interface Outgoing {
  readonly emit: Emit
  /** In the order of their start: the last one is closed first. */
  readonly parts: readonly Part[]
  /** Notes that this process has changed an integration. */
  noteChange (): void
  /** The workspace of the queue. */
  readonly keyPrefix: string
  /** Since when a receiver is paused in this process, in milliseconds since 1970; undefined when it is not. */
  pausedSince (lane: string): number | undefined
}

/** Puts the parts of outgoing webhooks together. Nothing runs before the parts are started. */
export function outgoingOf (ports: OutgoingPorts): Outgoing {
  const { settings, store, queue, transport, newCalls, record, log, loggable } = ports
  const { tell, settled } = reporter(ports.onDelivery, (error) => { log.error({ err: loggable(error) }, 'onDelivery failed') })
  const keeper = new IndexKeeper({
    store,
    newCalls,
    rereadAfter: settings.rereadAfter,
    log,
    loggable,
    reportUnreadable: ports.reportUnreadable
  })
  const deliverer = new Deliverer({
    settings,
    keyPrefix: queue.keyPrefix,
    newCalls,
    transport,
    scripts: ports.scripts,
    posts: ports.posts,
    record,
    tell,
    log,
    loggable,
    announce (change) {
      keeper.noteChange()
      ports.announce(change)
    }
  })
  const notes = new DropNotes((job, error) => {
    const now = Date.now()
    record(factsOf(job, now, now, { step: 'delivery-dropped', error }), [])
  })
  const dispatcher = new Dispatcher({
    index: keeper,
    enqueue: (jobs, call) => queue.add(jobs, call),
    keyPrefix: queue.keyPrefix,
    siteUrl: settings.siteUrl,
    log,
    loggable,
    onDropped: (jobs, why) => { notes.add(jobs, why) }
  })
  return {
    emit: dispatcher.emit,
    parts: [
      { name: 'onDelivery', of: { close: settled } },
      { name: 'calls of receivers', of: { close: (call) => transport.close(call) } },
      { name: 'triggers of outgoing webhooks', of: keeper },
      partOf(queue, deliverer.handle),
      { name: 'events of outgoing webhooks', of: { close: () => dispatcher.close() } }
    ],
    noteChange: () => { keeper.noteChange() },
    keyPrefix: queue.keyPrefix,
    pausedSince: (lane) => deliverer.pausedSince(lane)
  }
}

/** The registration that each queue of this process works for, by its part. */
const owners = new WeakMap<DeliveryQueue, Part>()

/**
 * The queue as a part of a registration. A queue works for one registration at
 * a time: a second one fails when it starts, and its end does the queue no harm.
 */
function partOf (queue: DeliveryQueue, handler: JobHandler): Part {
  const isOfOther = (): boolean => (owners.get(queue) ?? part) !== part
  const part: Part = {
    name: 'queue',
    of: {
      async start (call) {
        if (isOfOther()) throw new QueueUnavailableError('it has a handler already; give each registration a queue of its own')
        owners.set(queue, part)
        await queue.start?.(call)
        await queue.process(handler, call)
      },
      async close (call) {
        if (isOfOther()) return
        owners.delete(queue)
        await queue.close(call)
      }
    },
    stop: (call) => isOfOther() ? undefined : queue.pause?.(call)
  }
  return part
}

/** What a server without outgoing webhooks does with an event. */
export const emitNothing: Emit = async () => ({ deliveries: 0, dropped: 0 })
