import { hash } from 'node:crypto'
import { nanoid } from 'nanoid'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import type { IdempotencyClaim, IdempotencyRecord } from '../ports/store.ts'
import { decodeNote, encodeNote } from './delivery-note.ts'
import { type Outcome, type Posted, type PostedOutcome, stillUnderWay } from './outcome.ts'

/** The headers by which senders name a delivery; the first that is there counts. */
const idHeaders = [
  'idempotency-key', 'webhook-id', 'x-github-delivery', 'x-gitea-delivery', 'x-gogs-delivery', 'x-gitlab-event-uuid',
  'x-atlassian-webhook-identifier', 'x-request-uuid'
] as const

/** Headers of a request, with names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** The id that a sender gave a delivery; undefined when it gave none. Blank ids are none. */
export function deliveryIdOf (headers: Headers): string | undefined {
  for (const name of idHeaders) {
    const value = headers[name]
    // Node joins a header that is repeated; an array is only possible for other headers.
    if (typeof value === 'string' && value.trim() !== '') return value.trim()
  }
  return undefined
}

/**
 * The key of a delivery: its id, its integration and its body. Senders that use
 * one id for several bodies send several deliveries.
 */
export function deliveryKey (integrationId: string, deliveryId: string, body: Uint8Array): string {
  return hash('sha256', JSON.stringify([integrationId, deliveryId, hash('sha256', body, 'base64url')]), 'base64url')
}

/** The end of a delivery. */
export interface Delivered {
  readonly outcome: Outcome
  /** Whether an earlier request has posted the messages. */
  readonly replayed: boolean
  /** The error of a store that could not note the end: the sender may post again by sending again. */
  readonly noteFailed?: unknown
}

/** The settings of remembering deliveries, in milliseconds. */
export interface DeliverySettings {
  /** How long a delivery is remembered after a message was posted. */
  readonly idempotencyTtl: number
  /** How long a request may take. */
  readonly timeout: number
}

/** A claim outlives its request: a messenger that is late may still post. */
const claimTimeouts = 2

/** The part of the time of a request that a note gets at least. */
const leastNoteTime = 0.1

/** The pauses between two looks at a delivery that is under way, in milliseconds; the last one is repeated. */
const pauses = [20, 40, 80, 160]

/**
 * Posts a delivery at most once. A request whose delivery is under way waits for
 * it, within the time of `calls`. When a message was posted, the delivery is
 * noted; when none was posted, the next request with the delivery may try again.
 *
 * @param key of {@link deliveryKey}.
 * @param post posts the delivery.
 * @throws IntegrationError `error-service-unavailable` when the store cannot be asked; nothing was posted then.
 */
export async function deliverOnce (
  calls: Calls, { idempotencyTtl, timeout }: DeliverySettings, key: string, post: () => Promise<Outcome>
): Promise<Delivered> {
  // The kind of request is part of the key: an idempotency key of a create is another one.
  const claim: IdempotencyClaim = {
    key: `hook-${key}`, fingerprint: key, token: nanoid(), lapsesAfter: timeout * claimTimeouts, keptFor: idempotencyTtl
  }
  let outcome
  try {
    const earlier = await take(calls, claim)
    if (earlier !== null) return { outcome: earlier.answer === null ? stillUnderWay() : decodeNote(earlier.answer), replayed: earlier.answer !== null }
    outcome = await post()
  } catch (error) {
    // Also when the store did not answer the claim: the store may have carried the claim out.
    release(calls, claim)
    throw error
  }
  const posted = postedOf(outcome)
  if (posted !== undefined) return { outcome, replayed: false, ...await note(calls, claim, posted) }
  // A messenger that is late may still post: then the claim is kept until it lapses.
  if (!(outcome.kind === 'failed' && outcome.mayPostLater === true)) release(calls, claim)
  return { outcome, replayed: false }
}

/**
 * Takes the delivery; waits while an earlier request has it.
 *
 * @returns null when this request has the delivery; otherwise the record of the
 *   earlier request: with its answer, or without one when the time of this request is over.
 */
async function take (calls: Calls, claim: IdempotencyClaim): Promise<IdempotencyRecord | null> {
  for (let round = 0; ; round++) {
    const earlier = await calls.ask(store.claim, claim)
    if (earlier === null || earlier.answer !== null) return earlier
    if (!await calls.pause(pauses[Math.min(round, pauses.length - 1)] ?? 0)) return earlier
  }
}

/** Notes the end of a delivery. The message is posted: the note gets some time even if the request has none left. */
async function note (calls: Calls, claim: IdempotencyClaim, outcome: PostedOutcome): Promise<Pick<Delivered, 'noteFailed'>> {
  try {
    if (await calls.afresh(Math.max(calls.left, calls.timeout * leastNoteTime)).ask(store.settle, claim, encodeNote(outcome))) return {}
    return { noteFailed: new Error('the claim on the delivery lapsed before its message was posted') }
  } catch (error) {
    return { noteFailed: error }
  }
}

/** The part of an outcome that is noted: undefined when no message was posted. */
function postedOf (outcome: Outcome): PostedOutcome | undefined {
  // The response of a script is not noted: it may be long, and a store keeps a note as it is.
  const noted = outcome.kind === 'script-response' ? outcome.posted : outcome
  if (noted.kind !== 'posted' && noted.kind !== 'separate') return undefined
  return noted.posted.some((one: Posted) => '_id' in one) ? noted : undefined
}

/** No request waits for this. If it fails, the claim lapses by itself. */
function release (calls: Calls, claim: IdempotencyClaim): void {
  const released = async (): Promise<void> => { await calls.afresh().ask(store.release, claim) }
  released().catch(() => {})
}
