import type { EventName } from '../../../schemas/index.ts'
import type { Awaitable } from '../../ports/awaitable.ts'

/** What a delivery attempt came to. */
export type DeliveryOutcome =
  /** The receiver took the delivery. */
  | 'delivered'
  /** The script of the integration wanted no call. */
  | 'skipped'
  /** It failed, and is tried again at `nextAttemptAt`. */
  | 'retrying'
  /** It failed, and is over. */
  | 'failed'

/** One finished attempt of a delivery, as the host is told of it. Holds no secret and no body. */
export interface DeliveryReport {
  readonly integration: { readonly _id: string, readonly name: string }
  /** The URL that was called, without user name and password. */
  readonly url: string
  readonly event: EventName
  /** The `webhook-id` of the delivery, the same in all its attempts. */
  readonly webhookId: string
  /** The room of the event; absent for an event without a room. */
  readonly roomId?: string
  /** The message of the event; absent for an event without a message. */
  readonly messageId?: string
  /** The number of the attempt; the first one is 1. */
  readonly attempt: number
  readonly outcome: DeliveryOutcome
  /** The HTTP status that the receiver answered; absent when there was no answer. */
  readonly status?: number
  /** Why it failed, in words for people. Where a script threw, these are words of the script. */
  readonly error?: string
  /** How long the call took, in milliseconds. */
  readonly duration?: number
  /** When it is tried again, ISO 8601. */
  readonly nextAttemptAt?: string
}

/** Called with every finished attempt of a delivery. The return value does not matter. */
export type OnDelivery = (report: DeliveryReport) => Awaitable<unknown>

/** Tells the host of finished attempts. */
export interface Reporter {
  /** Neither waits nor fails. */
  readonly tell: (report: DeliveryReport) => void
  /** Resolves when the host was told of every attempt so far. */
  settled (): Promise<void>
}

/** So many reports may be on their way to a host that does not answer. Further ones are left out. */
const mostUnderWay = 1000

/**
 * Makes the functions that tell the host of finished attempts. No delivery waits
 * for the host.
 *
 * @param report called with what `onDelivery` threw, and once when reports begin to be left out.
 */
export function reporter (onDelivery: OnDelivery | null, report: (error: unknown) => void): Reporter {
  if (onDelivery === null) return { tell: () => {}, settled: async () => {} }
  const underWay = new Set<Promise<void>>()
  let isFull = false
  const call = async (told: DeliveryReport): Promise<void> => {
    // In a later turn: a host that works long holds no delivery.
    await new Promise((resolve) => { setImmediate(resolve) })
    try {
      await onDelivery(told)
    } catch (error) {
      report(error)
    }
  }
  return {
    tell (told) {
      if (underWay.size >= mostUnderWay) {
        if (!isFull) report(new Error(`${mostUnderWay} calls of onDelivery have not ended; further reports are left out until they do`))
        isFull = true
        return
      }
      isFull = false
      const done = call(told).finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async settled () {
      await Promise.all(underWay)
    }
  }
}
