import { EventEmitter } from 'node:events'
import type { DeliveryReport } from 'fastify-chat-integrations'

/** What became of a delivery so far, beside the message that caused it. */
export interface Fate {
  /** The `webhook-id` of the delivery: a later fate takes the place of an earlier one. */
  readonly _id: string
  /** The `_id` of the room, and that of the message. */
  readonly rid: string
  readonly mid: string
  /** The name of the integration. */
  readonly name: string
  readonly outcome: DeliveryReport['outcome']
  readonly attempt: number
  readonly status?: number
  readonly error?: string
}

/** So many are remembered for pages that are opened later. */
const most = 1000

/** Remembers what became of deliveries. */
export class Fates extends EventEmitter<{ fate: [fate: Fate] }> {
  readonly #fates = new Map<string, Fate>()

  /** Takes a report of the plugin: for its option `onDelivery`. */
  readonly note = ({ webhookId: _id, roomId: rid, messageId: mid, integration: { name }, outcome, attempt, status, error }: DeliveryReport): void => {
    // Other events than messages have no place on the page.
    if (rid === undefined || mid === undefined) return
    const fate: Fate = { _id, rid, mid, name, outcome, attempt, ...(status !== undefined && { status }), ...(error !== undefined && { error }) }
    this.#fates.delete(_id)
    this.#fates.set(_id, fate)
    if (this.#fates.size > most) this.#fates.delete(this.#fates.keys().next().value ?? '')
    this.emit('fate', fate)
  }

  /** Those that are remembered, in the order of their last change. */
  all (): Fate[] {
    return [...this.#fates.values()]
  }
}
