import type { HistoryMessage } from '../../../schemas/history.ts'
import type { HookMessage } from '../../../schemas/hooks/message.ts'
import type { OutgoingIntegration } from '../../../schemas/index.ts'
import { Outage } from '../../base/outage.ts'
import type { Calls } from '../../guard/calls.ts'
import { store } from '../../guard/tables/store.ts'
import { Authorities, type Authority } from '../../model/authority.ts'
import type { Announce } from '../../model/changes.ts'
import type { ChosenRequest, PlannedRequest, ScriptRequest } from '../../model/script/prepare.ts'
import type { ScriptRunner } from '../../model/script/runner.ts'
import type { PortCall } from '../../ports/call.ts'
import type { Job, JobHandler, JobOutcome, JobReply, QueuedJob } from '../../ports/queue.ts'
import type { StoredIntegration } from '../../ports/store.ts'
import type { Transport, TransportAnswer, TransportFailure, TransportOutcome } from '../../ports/transport.ts'
import type { OutgoingLog } from '../outgoing-log.ts'
import { day, mayPass, nextWait, ownWait } from './backoff.ts'
import { type AttemptEnd, factsOf, type RecordFacts, shownUrl } from './facts.ts'
import { jittered } from './gate.ts'
import { readJob } from './job.ts'
import { type CallEnd, Lanes, type Place } from './lanes.ts'
import { type Denial, permitFor } from './permit.ts'
import { contentOf, postReply, readSaid, type Said, saidByScript } from './reply.ts'
import type { DeliveryReport } from './report.ts'
import { AttemptScript, plainRequest } from './scripting.ts'
import { hiddenSecrets, signingSecrets } from './secrets.ts'
import { Shares } from './shares.ts'
import { switchOff } from './switch-off.ts'

/** How long a job waits whose form this process does not know, in milliseconds: a newer process will take it. */
const unknownVersionWait = 15_000

/** So often a message of an answer is tried to be posted. */
const mostPosts = 3

/** The longest answer that is kept with its delivery until it can be posted, in UTF-16 units. */
const longestKept = 65_536

/** An outage of this server's own parts is over after so many milliseconds without one. */
const calm = 10_000

/** Logged in the place of a sentence with the name of the host. */
const addressOfScript = 'the address of a host that a script chose is not public; a server opens such addresses with the options outgoing.allow and outgoing.allowFor'

/** The settings of deliveries. */
export interface DeliverySettings {
  /** How many calls run at a time in this process. */
  readonly concurrency: number
  /** Whether the addresses that the host has opened are for every integration, or only where its creator holds the full permission. */
  readonly allowFor: 'full' | 'all'
  /** The longest text of a message, in UTF-16 units. */
  readonly maxTextLength: number
}

/** Options of {@link Deliverer}. */
export interface DelivererOptions {
  readonly settings: DeliverySettings
  /** The workspace of the queue. */
  readonly keyPrefix: string
  /** The ports with the time of one piece of work. */
  readonly newCalls: () => Calls
  readonly transport: Transport
  readonly scripts: ScriptRunner
  /** Whether there is a messenger for the answers of receivers. */
  readonly posts: boolean
  readonly record: RecordFacts
  readonly announce: Announce
  /** Told of each finished attempt. Neither waits nor throws. */
  readonly tell: (report: DeliveryReport) => void
  readonly log: OutgoingLog
  /** Makes the form of an error that may be logged. */
  readonly loggable: (error: unknown) => Error
  /** The time in milliseconds since 1970. */
  readonly clock?: () => number
}

/** One attempt of a delivery, from its beginning. */
interface Attempt {
  readonly job: Job
  readonly calls: Calls
  /** In milliseconds since 1970. */
  readonly begun: number
}

/** An attempt whose integration was read. */
interface KnownAttempt extends Attempt {
  readonly found: StoredIntegration
  readonly integration: OutgoingIntegration
  /** Undefined when the integration has no script that is to be run. */
  readonly script: AttemptScript | undefined
}

/** A request that is to be sent now. */
interface Send {
  readonly kind: 'send'
  readonly chosen: ChosenRequest
  /** As `process_outgoing_response` gets it. */
  readonly request: ScriptRequest
}

/** The end of an attempt that sends nothing. */
interface Over {
  readonly kind: 'over'
  readonly outcome: JobOutcome
}

/** An attempt as its end needs it. */
type EndedAttempt = Pick<Attempt, 'job' | 'begun'> & Partial<Pick<KnownAttempt, 'script'>>

/** The end of an attempt that a receiver answered. */
type AnsweredEnd = Omit<AttemptEnd, 'step'> & { readonly httpResult: string, readonly attempt: number }

/** Delivers jobs of a queue to their receivers. */
export class Deliverer {
  readonly #options: DelivererOptions
  readonly #clock: () => number
  readonly #authorities = new Authorities()
  readonly #lanes: Lanes
  readonly #shares: Shares
  readonly #outage: Outage
  readonly #reported = new Set<string>()

  constructor (options: DelivererOptions) {
    const { settings, clock = Date.now, log, loggable } = options
    this.#options = options
    this.#clock = clock
    this.#lanes = new Lanes(clock)
    this.#shares = new Shares(settings.concurrency)
    this.#outage = new Outage({
      calm,
      onBegin: (error) => { log.warn({ err: loggable(error) }, 'deliveries of outgoing webhooks wait, because a part of this server failed; they are tried again for a day') },
      onEnd: (delayed) => { log.warn({ delayed }, 'deliveries of outgoing webhooks go on') }
    })
  }

  /** Handles a job of the queue. Never throws. */
  readonly handle: JobHandler = (queued, call) => {
    if (queued.v !== 1 || queued.keyPrefix !== this.#options.keyPrefix) {
      this.#reportOnce('a delivery of another version or workspace is in the queue; it is put back')
      return { retryIn: jittered(unknownVersionWait) }
    }
    const job = readJob(queued)
    if (job === undefined) return this.#damaged(queued)
    const begun = this.#clock()
    if (begun - Date.parse(job.createdAt) >= day) return this.#over({ job, begun }, { step: 'delivery-expired', error: 'a day has passed since the event' })
    if (job.reply !== undefined) return this.#postAgain({ job, begun, calls: this.#options.newCalls() }, job.reply)
    // Most jobs of a receiver that is away end here, so this costs as little as possible.
    const place = this.#lanes.enter(job.lane)
    if (typeof place === 'number') return { retryIn: place }
    return this.#attempt({ job, begun, calls: this.#options.newCalls() }, place, call)
  }

  /** Since when a receiver is paused, in milliseconds since 1970; undefined when it is not. */
  pausedSince (lane: string): number | undefined {
    return this.#lanes.pausedSince(lane)
  }

  async #attempt (attempt: Attempt, place: Place, call: PortCall): Promise<JobOutcome> {
    let end: AnswerEnd = { outcome: 'unknown' }
    let { job } = attempt
    let known: KnownAttempt | undefined
    try {
      known = await this.#read(attempt)
      if (known === undefined) return 'done'
      const permit = await permitFor(attempt.calls, this.#authorities, known.integration, attempt.job)
      if (typeof permit === 'string') return this.#denied(known, permit)
      const leave = this.#shares.enter(permit.authority, place, this.#clock())
      if (typeof leave === 'number') return { retryIn: leave }
      try {
        const announced = await this.#prepare(known)
        job = announced.known.job
        if (announced.next.kind === 'over') return announced.next.outcome
        const answer = await this.#send(announced.known, announced.next.chosen, permit.authority, call)
        end = endOf(answer, announced.known.integration)
        const outcome = await this.#answered(announced.known, announced.next.request, answer)
        // A script may expect such an answer: then the receiver is well.
        if (answer.kind === 'answer' && known.script?.tookAnswer === true) end = { outcome: 'succeeded', duration: answer.duration, status: answer.status }
        return outcome
      } finally {
        leave(end.duration)
      }
    } catch (error) {
      if (end.outcome !== 'succeeded') return this.#putOff(job, error)
      // The receiver has taken the delivery: calling it again would make it act twice.
      this.#outage.failed(() => error)
      return this.#over(known ?? attempt, {
        step: 'after-http-call', attempt: attempt.job.attempts + 1, status: end.status, notes: ['the answer could not be worked on; the log says why']
      }, known?.integration)
    } finally {
      place.leave(end)
    }
  }

  /** The integration of now. Undefined when the delivery is over, because the integration no longer wants it. */
  async #read (attempt: Attempt): Promise<KnownAttempt | undefined> {
    const { job, calls } = attempt
    const found = await calls.ask(store.find, job.integrationId)
    const integration = found?.integration
    // Removed: its history is gone as well.
    if (!found || integration?.type !== 'webhook-outgoing') return undefined
    const known = { ...attempt, found, integration, script: AttemptScript.of(this.#options.scripts, integration) }
    if (!integration.enabled) this.#over(known, { step: 'integration-disabled', error: 'the integration is switched off' }, integration)
    else if (!integration.urls.includes(job.url)) this.#over(known, { step: 'url-removed', error: 'the URL was taken out of the integration' }, integration)
    else return known
    return undefined
  }

  #denied (known: KnownAttempt, denial: Denial): JobOutcome {
    const reasons: Readonly<Record<Denial, string>> = {
      'creator-gone': 'creator-gone: nobody answers for the integration',
      'error-not-allowed': 'error-not-allowed: the user that answers for the integration may not hear this, or not speak as other users'
    }
    return this.#over(known, { step: 'not-allowed', attempt: known.job.attempts + 1, error: reasons[denial] }, known.integration)
  }

  /** Runs the script before the call. Posts the message that the script wants. */
  async #prepare (known: KnownAttempt): Promise<{ readonly known: KnownAttempt, readonly next: Send | Over }> {
    const { job, integration, calls, script } = known
    const planned: PlannedRequest = { url: job.url, data: { token: integration.token, ...job.payload } }
    if (script === undefined) return { known, next: { kind: 'send', chosen: plainRequest(planned), request: {} } }
    const attempt = job.attempts + 1
    const prepared = await script.prepare(calls, planned)
    if (prepared.kind === 'busy') return { known, next: { kind: 'over', outcome: this.#putOff(job, prepared.cause) } }
    if (prepared.kind === 'fault') {
      const end = { step: 'execute-script-error-running-prepare_outgoing_request', attempt, error: `${prepared.error}; nothing was sent` } as const
      return { known, next: { kind: 'over', outcome: this.#over(known, end, integration) } }
    }
    const { message, request } = prepared
    const announced = message === undefined ? known : await this.#announce(known, script, message)
    if (prepared.send !== undefined) return { known: announced, next: { kind: 'send', chosen: prepared.send, request } }
    const { step } = prepared
    const error = script.refusal
    const end = { step, attempt, outcome: error === undefined ? 'skipped' : 'failed', ...(error !== undefined && { error }) } as const
    return { known: announced, next: { kind: 'over', outcome: this.#over(announced, end, integration) } }
  }

  /** Posts the message that a script wants before the call: with the first attempt only. */
  async #announce (known: KnownAttempt, script: AttemptScript, content: unknown): Promise<KnownAttempt> {
    const { job, integration, calls } = known
    if (job.attempts > 0 || job.announced === true) return known
    const { message, notes } = contentOf(content, integration, this.#options.settings.maxTextLength)
    for (const note of notes) script.note(note)
    if (message === undefined) return known
    if (!this.#options.posts) script.note('the message of the script was not posted: this server has no messenger')
    else script.noteMessage(await postReply(calls.afresh(), integration, job, message, 'prepare'))
    return { ...known, job: { ...job, announced: true } }
  }

  async #send (
    { job, integration, script }: KnownAttempt, chosen: ChosenRequest, authority: Authority | null, call: PortCall
  ): Promise<TransportOutcome> {
    const { transport, settings } = this.#options
    const answer = await transport.send({
      ...chosen,
      signature: { id: job.id, secrets: signingSecrets(integration, this.#clock()) },
      mayUseAllowed: settings.allowFor === 'all' || authority?.grant === 'full'
    }, call)
    this.#outage.worked()
    if (script !== undefined && answer.sent !== undefined) script.noteSent(answer.sent)
    return answer
  }

  async #answered (known: KnownAttempt, request: ScriptRequest, answer: TransportOutcome): Promise<JobOutcome> {
    const { job, integration, script } = known
    const attempt = job.attempts + 1
    const { duration } = answer
    // The message before the call is posted once, also when a later process makes the call.
    if (answer.kind === 'aborted' && !(answer.status !== undefined && isSuccess(answer.status))) return { retryIn: 0, ...(job.announced === true && { job }) }
    if (answer.kind === 'refused-address') this.#reportAddress(known, answer)
    if (answer.kind !== 'answer') {
      const { status, error } = answer
      const ended = { attempt, duration, httpError: error, ...(status !== undefined && { status }) }
      // The headers said that the receiver has taken the delivery: sending it again would make it act twice.
      if (status !== undefined && isSuccess(status)) {
        return this.#over(known, { step: 'after-http-call', ...ended, notes: ['the answer broke off after its status; nothing of it was posted'] }, integration)
      }
      return this.#failed(known, { ...ended, error: error.message }, answer.retry, undefined)
    }
    const { status, text } = answer
    const ended = { attempt, duration, status, httpResult: text }
    if (script !== undefined) {
      const outcome = await this.#process(known, script, request, answer, ended)
      if (outcome !== undefined) return outcome
    }
    if (isSuccess(status)) return await this.#delivered(known, ended, { text })
    // A script may call other URLs, and their 410 says nothing of this one.
    if (status === 410 && script?.callsElsewhere !== true) return await this.#gone(known, ended)
    return this.#failed(known, { ...ended, error: `the receiver answered ${status}` }, mayPass(status), answer.retryAfter)
  }

  /** Runs the script after the answer. Undefined when the answer is to be read as without a script. */
  async #process (
    known: KnownAttempt, script: AttemptScript, request: ScriptRequest, answer: TransportAnswer, ended: AnsweredEnd
  ): Promise<JobOutcome | undefined> {
    const { calls, integration } = known
    // The time of the call of the receiver is not that of the script.
    const wish = await script.process(calls.afresh(), request, answer)
    switch (wish.kind) {
      case 'default': return undefined
      case 'nothing': return this.#over(known, { step: 'after-process-false-result', ...ended, outcome: 'delivered' }, integration)
      case 'content': return await this.#delivered(known, { ...ended, outcome: 'delivered' }, saidByScript(wish.content))
      case 'fault': return this.#over(known, { step: 'execute-script-error-running-process_outgoing_response', ...ended, error: wish.error }, integration)
      case 'busy': {
        // The status decides, as without a script.
        if (!isSuccess(answer.status)) return undefined
        const error = 'busy: the receiver took the delivery, and the sandbox had no room to read the answer'
        return this.#over(known, { step: 'execute-script-error-running-process_outgoing_response', ...ended, error }, integration)
      }
    }
  }

  async #delivered (known: KnownAttempt, ended: AnsweredEnd, said: Said): Promise<JobOutcome> {
    const { integration, job } = known
    const { message, notes } = readSaid(said, integration, this.#options.settings.maxTextLength)
    if (message === undefined) return this.#over(known, { step: 'after-http-call', ...ended, ...(notes.length > 0 && { notes }) }, integration)
    if (!this.#options.posts) {
      return this.#over(known, { step: 'after-http-call', ...ended, notes: ['the message of the answer was not posted: this server has no messenger'] }, integration)
    }
    const posted = await this.#post(known, message, notes)
    if (posted !== undefined) return this.#over(known, { ...ended, ...posted }, integration)
    const waits = said.text.length <= longestKept
    const notPosted = { step: 'after-http-call-send-message-failed', ...ended, error: 'the message of the answer could not be posted' } as const
    if (!waits) return this.#over(known, notPosted, integration)
    const retryIn = ownWait(1)
    this.#remember(known, { ...notPosted, retryIn }, integration)
    return { retryIn, job: { ...job, reply: { ...said, attempt: ended.attempt, failures: 1 } } }
  }

  /** Posts the message of an answer that could not be posted before. The receiver is not called again. */
  async #postAgain (attempt: Attempt, reply: JobReply): Promise<JobOutcome> {
    const { job } = attempt
    try {
      const known = await this.#read(attempt)
      if (known === undefined) return 'done'
      const { integration } = known
      const { message, notes } = readSaid(reply, integration, this.#options.settings.maxTextLength)
      if (message === undefined) return 'done'
      // The creator may have lost the right to speak as other users meanwhile.
      const permit = await permitFor(attempt.calls, this.#authorities, integration, job)
      if (typeof permit === 'string') return this.#denied(known, permit)
      const ended = { attempt: reply.attempt, ...(reply.byScript !== true && { httpResult: reply.text }) }
      const posted = this.#options.posts ? await this.#post(known, message, notes) : undefined
      if (posted !== undefined) return this.#over(known, { ...ended, ...posted }, integration)
      const failures = reply.failures + 1
      const notPosted = { step: 'after-http-call-send-message-failed', ...ended, error: 'the message of the answer could not be posted' } as const
      if (failures >= mostPosts) return this.#over(known, notPosted, integration)
      return { retryIn: ownWait(failures), job: { ...job, reply: { ...reply, failures } } }
    } catch (error) {
      return this.#putOff(job, error)
    }
  }

  /** What the chat made of the message; undefined when posting may succeed later. */
  async #post (
    { calls, integration, job }: KnownAttempt, message: HookMessage, notes: readonly string[]
  ): Promise<Pick<AttemptEnd, 'step' | 'messages' | 'notes' | 'error'> | undefined> {
    let posted: HistoryMessage
    try {
      // The time of the call of the receiver is not that of the chat.
      posted = await postReply(calls.afresh(), integration, job, message, 'reply')
    } catch (error) {
      this.#outage.failed(() => error)
      return undefined
    }
    const remarks = { messages: [posted], ...(notes.length > 0 && { notes }) }
    if (posted.error === undefined) return { step: 'url-response-sent-message', ...remarks }
    return { step: 'after-http-call-send-message-failed', error: posted.error, ...remarks }
  }

  /** 410: the receiver wants nothing more, for good. */
  async #gone (known: KnownAttempt, ended: Omit<AttemptEnd, 'step'>): Promise<JobOutcome> {
    const { found, integration, calls } = known
    const step = 'after-process-http-status-410'
    if (integration.urls.length > 1) return this.#over(known, { step, ...ended, error: 'the receiver answered 410: this URL is paused' }, integration)
    const isOff = await switchOff(calls.afresh(), found, integration, this.#clock(), this.#options.announce)
    const error = isOff
      ? 'the receiver answered 410: the integration was switched off'
      : 'the receiver answered 410: the integration was changed meanwhile and stays as it is'
    return this.#over(known, { step, ...ended, error }, integration)
  }

  #failed (known: KnownAttempt, ended: Omit<AttemptEnd, 'step'> & { readonly error: string }, mayPass: boolean, retryAfter: number | undefined): JobOutcome {
    const { integration, job } = known
    const attempts = job.attempts + 1
    if (!mayPass) return this.#over(known, { step: 'failed-for-good', ...ended }, integration)
    const retryIn = nextWait(integration, attempts, retryAfter)
    if (retryIn === undefined) {
      const step = integration.retryFailedCalls === true ? 'too-many-retries' : 'failed-and-not-configured-to-retry'
      return this.#over(known, { step, ...ended }, integration)
    }
    this.#remember(known, { step: 'going-to-retry', ...ended, retryIn }, integration)
    const { failures, ...rest } = job
    return { retryIn, job: { ...rest, attempts } }
  }

  /** Something of this server failed: the delivery comes again, and no attempt is used up. */
  #putOff (job: Job, error: unknown): JobOutcome {
    this.#outage.failed(() => error)
    const failures = (job.failures ?? 0) + 1
    return { retryIn: ownWait(failures), job: { ...job, failures } }
  }

  #over (attempt: EndedAttempt, end: AttemptEnd, integration?: OutgoingIntegration): 'done' {
    this.#remember(attempt, end, integration)
    return 'done'
  }

  /** Notes the end of an attempt in the history, and tells the host of it. */
  #remember ({ job, begun, script }: EndedAttempt, ended: AttemptEnd, integration: OutgoingIntegration | undefined): void {
    const { outcome, ...end } = withScript(ended, script)
    const facts = factsOf(job, begun, this.#clock(), end)
    this.#options.record(facts, integration === undefined ? [] : hiddenSecrets(integration))
    const { message_id: messageId } = job.payload
    const { status, error, duration, nextAttemptAt } = facts
    this.#options.tell({
      integration: { _id: job.integrationId, name: integration?.name ?? '' },
      url: shownUrl(job.url),
      event: job.event,
      webhookId: job.id,
      ...(job.room !== undefined && { roomId: job.room._id }),
      ...(typeof messageId === 'string' && { messageId }),
      attempt: facts.attempt ?? job.attempts + 1,
      outcome: end.retryIn !== undefined ? 'retrying' : outcome ?? (isTaken(end) ? 'delivered' : 'failed'),
      ...(status !== undefined && { status }),
      ...(error !== undefined && { error }),
      ...(duration !== undefined && { duration }),
      ...(nextAttemptAt !== undefined && { nextAttemptAt })
    })
  }

  #damaged ({ id }: QueuedJob): JobOutcome {
    this.#reportOnce('a delivery in the queue is damaged and was left out', { webhookId: typeof id === 'string' ? id.slice(0, 100) : undefined })
    return 'done'
  }

  /**
   * The operator learns which address, and how to open it. The history shows the
   * same sentence without the address. A script may make the name of a host of
   * what was said in a room, and each time another one.
   */
  #reportAddress ({ integration, script }: KnownAttempt, { error, address }: TransportFailure): void {
    const what = script?.hasPrepared === true ? addressOfScript : error.message
    this.#reportOnce(`${what} (integration ${integration._id})`, address === undefined ? {} : { address })
  }

  #reportOnce (message: string, facts: object = {}): void {
    // So many different lines are more than anybody reads.
    if (this.#reported.has(message) || this.#reported.size >= 1000) return
    this.#reported.add(message)
    this.#options.log.warn(facts, message)
  }
}

function isSuccess (status: number): boolean {
  return status >= 200 && status < 300
}

/** Adds what the script did. */
function withScript (end: AttemptEnd, script: AttemptScript | undefined): AttemptEnd {
  if (script === undefined) return end
  const { messages = [], notes = [], ...facts } = script.facts
  const all = { messages: [...messages, ...end.messages ?? []], notes: [...notes, ...end.notes ?? []] }
  return { ...facts, ...end, ...(all.messages.length > 0 && { messages: all.messages }), ...(all.notes.length > 0 && { notes: all.notes }) }
}

function isTaken ({ status }: AttemptEnd): boolean {
  return status !== undefined && isSuccess(status)
}

/** What an answer tells of the receiver. */
type AnswerEnd = CallEnd & ({ readonly outcome: 'succeeded', readonly status: number } | { readonly outcome: Exclude<CallEnd['outcome'], 'succeeded'> })

function endOf (answer: TransportOutcome, { urls }: OutgoingIntegration): AnswerEnd {
  const { kind, duration, status } = answer
  if (status !== undefined && isSuccess(status)) return { outcome: 'succeeded', duration, status }
  // An only receiver that is gone is not paused: the integration is switched off, and works at once when somebody switches it on again.
  if (status === 410) return urls.length > 1 ? { outcome: 'gone', duration } : { outcome: 'unknown' }
  // The receiver was not called.
  if (kind === 'aborted' || kind === 'refused-address' || kind === 'invalid-request') return { outcome: 'unknown' }
  return { outcome: 'failed', duration }
}
