import { nanoid } from 'nanoid'
import type { ConsoleLine, HistoryMessage, HttpError } from '../../../schemas/history.ts'
import type { EventName } from '../../../schemas/index.ts'
import type { Job } from '../../ports/queue.ts'
import type { DeliveryOutcome } from './report.ts'

/**
 * The last step of an attempt. The names are Rocket.Chat's where it has one.
 *
 * | step | meaning |
 * |---|---|
 * | `integration-disabled` | the integration is switched off |
 * | `url-removed` | the URL was taken out of the integration |
 * | `delivery-expired` | a day has passed since the event |
 * | `delivery-dropped` | the queue was away or full, or too many deliveries wait for this URL |
 * | `not-allowed` | nobody that answers for the integration may hear the event |
 * | `execute-script-error-running-prepare_outgoing_request` | the script failed before the call; nothing was sent |
 * | `after-prepare-no-opts` | the script wanted no call |
 * | `after-prepare-no-url_or_method` | the script wanted no call: its result had no `url` or no `method` |
 * | `after-prepare-send-message` | the script wanted a message and no call |
 * | `execute-script-error-running-process_outgoing_response` | the script failed after the answer |
 * | `after-process-false-result` | the script wanted nothing to be posted |
 * | `after-http-call` | the receiver took the delivery; nothing was posted |
 * | `url-response-sent-message` | the message of the answer was posted |
 * | `after-http-call-send-message-failed` | the message of the answer was not posted |
 * | `after-process-http-status-410` | the receiver is gone |
 * | `going-to-retry` | the call failed, and is repeated at `nextAttemptAt` |
 * | `too-many-retries` | the call failed, and no further one is left |
 * | `failed-and-not-configured-to-retry` | the call failed, and the integration wants no further one |
 * | `failed-for-good` | the call failed in a way that does not pass |
 */
export type DeliveryStep =
  | 'integration-disabled' | 'url-removed' | 'delivery-expired' | 'delivery-dropped' | 'not-allowed'
  | 'execute-script-error-running-prepare_outgoing_request' | 'after-prepare-no-opts' | 'after-prepare-no-url_or_method'
  | 'after-prepare-send-message' | 'execute-script-error-running-process_outgoing_response' | 'after-process-false-result' | 'after-http-call' | 'url-response-sent-message'
  | 'after-http-call-send-message-failed' | 'after-process-http-status-410' | 'going-to-retry' | 'too-many-retries'
  | 'failed-and-not-configured-to-retry' | 'failed-for-good'

/** The facts of one attempt, for the history. */
export interface OutgoingFacts {
  readonly _id: string
  readonly _createdAt: string
  readonly _updatedAt: string
  readonly type: 'outgoing-webhook'
  readonly integration: { readonly _id: string }
  readonly step: DeliveryStep
  readonly finished: boolean
  readonly event: EventName
  readonly lane: string
  readonly url: string
  readonly triggerWord?: string
  readonly roomId?: string
  readonly roomType?: string
  readonly data: unknown
  readonly error?: string
  readonly attempt?: number
  readonly status?: number
  readonly duration?: number
  readonly ranPrepareScript?: boolean
  readonly httpCallData?: unknown
  readonly httpResult?: string
  readonly httpError?: HttpError
  readonly webhookId: string
  readonly console?: readonly ConsoleLine[]
  readonly messages?: readonly HistoryMessage[]
  readonly notes?: readonly string[]
  readonly nextAttemptAt?: string
}

/** The end of an attempt. */
export interface AttemptEnd extends Pick<
  OutgoingFacts,
  'step' | 'error' | 'attempt' | 'status' | 'duration' | 'ranPrepareScript' | 'httpCallData' | 'httpResult' | 'httpError' | 'console' | 'messages' | 'notes'
> {
  /** The URL that was called, without user name and password, where a script chose it; absent: that of the job. */
  readonly url?: string
  /** The outcome for the host, where the status does not tell it. */
  readonly outcome?: DeliveryOutcome
  /** In how many milliseconds the delivery comes again; absent when it is over. */
  readonly retryIn?: number
}

/** Writes an entry of the history. Neither waits nor throws. */
export type RecordFacts = (facts: OutgoingFacts, secrets: readonly string[]) => void

/** The facts of an attempt that ends now. */
export function factsOf (job: Job, begun: number, now: number, { retryIn, duration, ...end }: Omit<AttemptEnd, 'outcome'>): OutgoingFacts {
  const { trigger_word: triggerWord } = job.payload
  return {
    _id: nanoid(),
    _createdAt: new Date(begun).toISOString(),
    _updatedAt: new Date(now).toISOString(),
    type: 'outgoing-webhook',
    integration: { _id: job.integrationId },
    finished: retryIn === undefined,
    event: job.event,
    lane: job.lane,
    url: shownUrl(job.url),
    ...(typeof triggerWord === 'string' && { triggerWord }),
    ...(job.room !== undefined && { roomId: job.room._id, roomType: job.room.type }),
    data: job.payload,
    webhookId: job.id,
    ...end,
    ...(duration !== undefined && { duration: Math.round(duration) }),
    ...(retryIn !== undefined && { nextAttemptAt: new Date(now + retryIn).toISOString() })
  }
}

/** A URL without user name and password. */
export function shownUrl (url: string): string {
  // Most have none, and need not be parsed.
  if (!url.includes('@')) return url
  try {
    const parsed = new URL(url)
    parsed.username = ''
    parsed.password = ''
    return parsed.href
  } catch {
    return 'a URL that cannot be read'
  }
}
