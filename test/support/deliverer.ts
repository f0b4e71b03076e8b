import { MemoryStore, type DeliveryReport, type Job, type Messenger, type OutgoingIntegration } from '../../lib/index.ts'
import type { Ports } from '../../lib/guard/ports.ts'
import type { StoredChange } from '../../lib/model/changes.ts'
import { Deliverer, type DeliverySettings } from '../../lib/outgoing/delivery/deliverer.ts'
import type { OutgoingFacts } from '../../lib/outgoing/delivery/facts.ts'
import { ScriptRunner } from '../../lib/model/script/runner.ts'
import { laneOf } from '../../lib/model/lane.ts'
import type { JobOutcome, QueuedJob } from '../../lib/ports/queue.ts'
import type { Transport, TransportAnswer, TransportFailure, TransportOutcome, TransportRequest } from '../../lib/ports/transport.ts'
import { loggable } from '../../lib/routes/loggable.ts'
import { callsOf } from './calls.ts'
import { chatMessenger } from './chat-messenger.ts'
import { outgoingRecord, patient } from './integrations.ts'
import { keepLog } from './outgoing.ts'
import { members } from './workspace.ts'

export const url = 'https://receiver.example/deploy'

/** An outgoing webhook of the administrator that listens to #general, with one receiver. */
export function triggerRecord (changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  const { admin: { _id, username }, bot } = members
  return outgoingRecord({
    enabled: true, urls: [url], userId: bot._id, username: bot.username, _createdBy: { _id, username }, secret: 'whsec_c2VjcmV0', ...changes
  })
}

/** A job for the receiver of an integration, from a message in #general. */
export function jobOf (integration: OutgoingIntegration, changes: Partial<Job> = {}): Job {
  const to = changes.url ?? integration.urls[0] ?? ''
  return {
    v: 1,
    keyPrefix: 'workspace',
    id: 'msg_1',
    lane: laneOf(integration._id, to),
    integrationId: integration._id,
    url: to,
    event: 'sendMessage',
    user: { _id: 'guestId', username: 'guest' },
    room: { _id: 'GENERAL', type: 'c' },
    payload: { bot: false, channel_id: 'GENERAL', channel_name: 'general', message_id: 'm1', text: 'deploy now' },
    createdAt: new Date(now).toISOString(),
    attempts: 0,
    ...changes
  }
}

/** The time of the clock of {@link delivererOf} at first, in milliseconds since 1970. */
export const now = Date.UTC(2026, 6, 16, 12)

/** An answer of a receiver. */
export function answered (status: number, text: string = '', more: Partial<TransportAnswer> = {}): TransportAnswer {
  const sent = { method: 'POST', url, headers: {}, body: '', notes: [] }
  return { kind: 'answer', sent, status, headers: {}, body: Buffer.from(text), text, duration: 5, firstByte: 5, ...more }
}

/** A call without an answer. */
export function unanswered (kind: TransportFailure['kind'], retry: boolean, more: Partial<TransportFailure> = {}): TransportFailure {
  return { kind, retry, error: { code: kind, message: `it failed: ${kind}` }, duration: 5, ...more }
}

/** What a test sets of a deliverer. */
export interface DelivererChoice {
  readonly integrations?: readonly OutgoingIntegration[]
  readonly messenger?: Messenger | null
  readonly ports?: Partial<Ports>
  readonly settings?: Partial<DeliverySettings>
  /** Answers each request; default: 200. */
  readonly receiver?: (request: TransportRequest) => TransportOutcome | Promise<TransportOutcome>
  readonly transport?: Transport
  /** Told of each entry, and may throw, which nothing of the plugin does. */
  readonly recorded?: (facts: OutgoingFacts) => void
}

/** A deliverer with everything around it in memory, and what it has done. */
export async function delivererOf (choice: DelivererChoice = {}) {
  const { integrations = [triggerRecord()], messenger = chatMessenger(), receiver = () => answered(200), settings } = choice
  const store = new MemoryStore()
  for (const integration of integrations) await store.insert(integration, {}, patient)
  const requests: TransportRequest[] = []
  const entries: OutgoingFacts[] = []
  const secrets: string[][] = []
  const reports: DeliveryReport[] = []
  const changes: StoredChange[] = []
  const log = keepLog()
  const clock = { now }
  const deliverer = new Deliverer({
    settings: { concurrency: 64, allowFor: 'full', maxTextLength: 40_000, ...settings },
    keyPrefix: 'workspace',
    newCalls: () => callsOf({ store, messenger, ...choice.ports }),
    transport: choice.transport ?? {
      async send (request) {
        requests.push(request)
        return await receiver(request)
      },
      close () {}
    },
    scripts: new ScriptRunner(),
    posts: messenger !== null,
    record (facts, hidden) {
      choice.recorded?.(facts)
      entries.push(facts)
      secrets.push([...hidden])
    },
    announce: (change) => { changes.push(change) },
    tell: (report) => { reports.push(report) },
    log,
    loggable,
    clock: () => clock.now
  })
  const signal = new AbortController().signal
  const handle = async (job: QueuedJob): Promise<JobOutcome> => await deliverer.handle(job, { signal })
  return { deliverer, handle, store, requests, entries, secrets, reports, changes, log, clock }
}

/** How long the job waits; an error for one that is done. */
export function waitOf (outcome: JobOutcome): number {
  if (outcome === 'done') throw new Error('the job is done')
  return outcome.retryIn
}
