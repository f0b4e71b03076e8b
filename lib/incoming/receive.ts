import { Buffer } from 'node:buffer'
import { nanoid } from 'nanoid'
import type { ConsoleLine } from '../../schemas/history.ts'
import type { IncomingIntegration } from '../../schemas/index.ts'
import { AdapterTimeoutError, IntegrationError } from '../errors/index.ts'
import { isPromiseLike } from '../base/is-promise-like.ts'
import { allOf } from '../base/settle.ts'
import type { Calls } from '../guard/calls.ts'
import { directory } from '../guard/tables/directory.ts'
import { Authorities } from '../model/authority.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import { askedDestinations, wantsSeparateResponses } from './asked.ts'
import { deliverOnce, deliveryKey } from './deliveries.ts'
import { type Destination, findDestinations } from './destinations.ts'
import { hookMessage } from './message.ts'
import type { ReadMessage } from '../model/message/message.ts'
import { Notes } from '../model/message/notes.ts'
import { type Answer, failedBy, type Failed, type NotPosted, type Outcome, type Posted, refused, unavailable, type Wishes } from './outcome.ts'
import { isPayload } from '../model/message/payload.ts'
import { activeScript, type ScriptRunner } from '../model/script/runner.ts'
import type { User } from '../ports/auth.ts'
import { checkPost, post, type Posting, postingOf } from './post.ts'
import { defaultProfile } from './profiles/default.ts'
import type { Profile } from './profiles/profile.ts'
import { type ReadBody, readBody } from './read-body.ts'
import type { Refusal } from './refusal.ts'
import { runHookScript, type SenderRequest } from './run-script.ts'

/** A request to a hook whose sender may post. */
export interface HookRequest {
  readonly integration: IncomingIntegration
  readonly body: Uint8Array
  /** The header, as it came. */
  readonly contentType: string | undefined
  /** The id that the sender gave this delivery. */
  readonly deliveryId: string | undefined
  /** For a script. */
  readonly sender: SenderRequest
  readonly profile: Profile
  readonly wishes: Wishes
}

/** The answer to a request to a hook, and what is to be logged of it. */
export interface HookReply {
  readonly answer: Answer
  readonly replayed: boolean
  /** Present when nothing was posted because of a failure or a refusal. */
  readonly failed: Failed | undefined
  /** More errors for the log, besides the cause of `failed`. */
  readonly causes: readonly unknown[]
}

/** The settings of reading and posting. */
export interface ReceiveSettings {
  readonly maxTextLength: number
  readonly idempotencyTtl: number
  /** Milliseconds that a request may take when its body is there. */
  readonly timeout: number
}

/** The facts of one request, for the history. */
export interface IncomingFacts {
  readonly _id: string
  readonly _createdAt: string
  readonly _updatedAt: string
  readonly type: 'incoming-webhook'
  readonly integration: { readonly _id: string }
  readonly step: Step
  readonly finished: true
  readonly data?: unknown
  readonly error?: string
  readonly status: number
  readonly duration: number
  readonly webhookId?: string
  readonly console?: readonly ConsoleLine[]
  readonly messages?: readonly Posted[]
  readonly notes?: readonly string[]
}

/** The last step that a request reached. */
type Step = 'read-body' | 'run-script' | 'make-message' | 'find-destinations' | 'check-destinations' | 'post-message' | 'sent-message' | 'sent-before'

/** Keeps the facts of a request. Neither waits nor throws. */
export type RecordFacts = (facts: IncomingFacts, secrets: readonly string[]) => void

/** The state of a request, and its facts for the history and the log. */
class Progress {
  readonly startedAt = new Date().toISOString()
  readonly #start = performance.now()
  readonly notes = new Notes()
  readonly causes: unknown[] = []
  step: Step = 'read-body'
  data: unknown
  console: readonly ConsoleLine[] = []
  /** Why the script let nothing be posted. */
  scriptError: string | undefined
  places: readonly Posted[] = []

  /** In milliseconds. */
  get duration (): number {
    return performance.now() - this.#start
  }
}

/** Posts what senders send to incoming webhooks. */
export class Receiver {
  readonly #settings: ReceiveSettings
  readonly #newCalls: () => Calls
  readonly #record: RecordFacts
  readonly #scripts: ScriptRunner
  readonly #authorities = new Authorities()

  /** @param newCalls makes the calls of one request, with the time of `settings.timeout`. */
  constructor (settings: ReceiveSettings, newCalls: () => Calls, record: RecordFacts, scripts: ScriptRunner) {
    this.#settings = settings
    this.#newCalls = newCalls
    this.#record = record
    this.#scripts = scripts
  }

  /** Answers a request whose body is there. Never throws. */
  async receive (request: HookRequest): Promise<HookReply> {
    const progress = new Progress()
    const { outcome, replayed } = await this.#deliver(request, progress)
    return this.#reply(request, progress, outcome, replayed)
  }

  /** Answers a request whose body cannot be read to its end. */
  refuse (request: Omit<HookRequest, 'body' | 'sender'>, failed: Failed): HookReply {
    return this.#reply(request, new Progress(), failed, false)
  }

  /**
   * Posts a payload of the host's own code.
   *
   * @param payload JSON data: an object, or a text.
   */
  async execute (integration: IncomingIntegration, payload: unknown): Promise<Outcome> {
    const progress = new Progress()
    const request = { integration, profile: defaultProfile, sender: { headers: {}, url: '' } }
    const isText = typeof payload === 'string'
    const read = {
      content: payload,
      contentRaw: isText ? payload : JSON.stringify(payload) ?? '',
      form: {},
      payload: isText ? { text: payload } : isPayload(payload) ? payload : undefined
    }
    let outcome: Outcome
    try {
      outcome = await this.#post(this.#newCalls(), request, read, undefined, progress)
    } catch (error) {
      outcome = unavailable(error)
    }
    this.#remember(request, progress, outcome, defaultProfile.answer(outcome, { wait: false }).status)
    return outcome
  }

  #reply (
    { integration, deliveryId, profile, wishes }: Omit<HookRequest, 'body' | 'sender'>, progress: Progress, outcome: Outcome, replayed: boolean
  ): HookReply {
    const answer = profile.answer(outcome, wishes)
    this.#remember({ integration, deliveryId }, progress, outcome, answer.status)
    return { answer, replayed, failed: outcome.kind === 'failed' ? outcome : undefined, causes: progress.causes }
  }

  #remember (
    { integration, deliveryId }: Pick<HookRequest, 'integration'> & Partial<Pick<HookRequest, 'deliveryId'>>, progress: Progress,
    outcome: Outcome, status: number
  ): void {
    const reason = outcome.kind === 'failed' ? outcome.details?.['reason'] : undefined
    // A reason is a word of this package, and not every answer tells the sender.
    if (typeof reason === 'string') progress.notes.add(`the reason is ${reason}`)
    const notes = progress.notes.list()
    const error = [outcome.kind === 'failed' ? outcome.code : undefined, progress.scriptError].filter((part) => part !== undefined).join(': ') || undefined
    this.#record({
      _id: nanoid(17),
      _createdAt: progress.startedAt,
      _updatedAt: new Date().toISOString(),
      type: 'incoming-webhook',
      integration: { _id: integration._id },
      step: progress.step,
      finished: true,
      status,
      duration: Math.round(progress.duration),
      ...(progress.data !== undefined && { data: progress.data }),
      ...(error !== undefined && { error }),
      ...(progress.console.length > 0 && { console: progress.console }),
      ...(deliveryId !== undefined && { webhookId: deliveryId }),
      ...(progress.places.length > 0 && { messages: progress.places }),
      ...(notes.length > 0 && { notes })
    }, integration.script === undefined ? [integration.token] : [integration.token, integration.script])
  }

  async #deliver (request: HookRequest, progress: Progress): Promise<{ outcome: Outcome, replayed: boolean }> {
    const { integration, body, deliveryId } = request
    const calls = this.#newCalls()
    try {
      if (deliveryId === undefined) return { outcome: await this.#postBody(calls, request, undefined, progress), replayed: false }
      const key = deliveryKey(integration._id, deliveryId, body)
      const { outcome, replayed, noteFailed } = await deliverOnce(calls, this.#settings, key, () =>
        this.#postBody(calls, request, key, progress))
      if (noteFailed !== undefined) progress.causes.push(noteFailed)
      return replayed ? { outcome: this.#again(outcome, request, progress), replayed } : { outcome, replayed }
    } catch (error) {
      return { outcome: unavailable(error), replayed: false }
    }
  }

  /** The outcome of a delivery that was posted before, with the text that a note does not hold. */
  #again (outcome: Outcome, request: HookRequest, progress: Progress): Outcome {
    progress.step = 'sent-before'
    if (outcome.kind !== 'posted' && outcome.kind !== 'separate') return outcome
    progress.places = outcome.posted
    // The script does not run again, so the text that the script made is not known.
    if (activeScript(request.integration) !== undefined) return outcome
    const read = readBody(request.body, request.contentType)
    const message = read.kind === 'read' ? this.#message(request, read) : undefined
    return message?.kind === 'message' ? { ...outcome, text: message.message.text } : outcome
  }

  #message ({ integration, profile }: Pick<HookRequest, 'integration' | 'profile'>, { payload }: Pick<ReadBody, 'payload'>): ReadMessage | Refusal {
    return hookMessage(payload, profile, integration, this.#settings.maxTextLength)
  }

  async #postBody (calls: Calls, request: HookRequest, key: string | undefined, progress: Progress): Promise<Outcome> {
    const { body, contentType } = request
    const read = readBody(body, contentType)
    if (read.kind === 'read') return await this.#post(calls, request, read, key, progress)
    progress.data = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()
    return failedBy(read)
  }

  async #post (
    calls: Calls, request: Pick<HookRequest, 'integration' | 'profile' | 'sender'>, read: Omit<ReadBody, 'kind'>,
    key: string | undefined, progress: Progress
  ): Promise<Outcome> {
    const { integration } = request
    progress.data = read.content
    const script = activeScript(integration)
    if (script === undefined) return await this.#postMessage(calls, request, read, key, progress)
    progress.step = 'run-script'
    const as = await authorOf(calls, integration)
    if (as === undefined) return refused('error-invalid-user')
    const { wish, console, error, notes } = await runHookScript(calls, this.#scripts, { integration, script, read, sender: request.sender, as })
    progress.console = console
    progress.scriptError = error
    for (const note of notes) progress.notes.add(note)
    if (wish === 'as-it-came') return await this.#postMessage(calls, { ...request, as }, read, key, progress)
    if (wish.kind !== 'payload') return wish
    // A script writes the fields of this package, whatever the sender is.
    const outcome = await this.#postMessage(calls, { integration, profile: defaultProfile, as }, wish, key, progress)
    if (wish.response === undefined || (outcome.kind !== 'posted' && outcome.kind !== 'separate')) return outcome
    return outcome.posted.some((one) => '_id' in one) ? { kind: 'script-response', response: wish.response, posted: outcome } : outcome
  }

  /** @param request its `as` is absent while the user that posts was not looked up. */
  async #postMessage (
    calls: Calls, request: Pick<HookRequest, 'integration' | 'profile'> & { readonly as?: User }, { payload: found }: Pick<ReadBody, 'payload'>,
    key: string | undefined, progress: Progress
  ): Promise<Outcome> {
    const { integration } = request
    progress.step = 'make-message'
    const message = this.#message(request, { payload: found })
    for (const note of message.notes) progress.notes.add(note)
    if (message.kind === 'refused') return failedBy(message)
    progress.step = 'find-destinations'
    const as = request.as ?? await authorOf(calls, integration)
    if (as === undefined) return refused('error-invalid-user')
    const payload = found ?? {}
    const asked = askedDestinations(payload, progress.notes)
    const places = await findDestinations(calls, { integration, postAs: as, authorities: this.#authorities, asked })
    if ('kind' in places) return places
    const posting = postingOf({ integration, as, message: message.message, deliveryKey: key })
    return await this.#postAt(calls, posting, places, wantsSeparateResponses(payload), progress)
  }

  /** Nothing is posted anywhere unless every place was found and the messenger refuses none, or each stands for itself. */
  async #postAt (
    calls: Calls, posting: Posting, places: ReadonlyArray<Destination | NotPosted>, isSeparate: boolean, progress: Progress
  ): Promise<Outcome> {
    progress.step = 'check-destinations'
    const checked = await oncePerPlace(places, (place) => checkPost(calls, posting, place))
    const wrong = checked.filter(isNotPosted)
    if (!isSeparate && wrong.length > 0) return failure(wrong, progress)
    progress.step = 'post-message'
    const posted = await oncePerPlace(checked, (place) => post(calls, posting, place))
    const notPosted = posted.filter(isNotPosted)
    if (notPosted.length === posted.length && (!isSeparate || notPosted.some(({ hasFailed }) => hasFailed))) return failure(notPosted, progress)
    if (notPosted.length < posted.length) progress.step = 'sent-message'
    progress.causes.push(...causesOf(notPosted))
    progress.places = posted.map(withoutCause)
    return {
      kind: isSeparate ? 'separate' : 'posted',
      posted: progress.places,
      text: posting.message.text,
      timestamp: progress.startedAt
    }
  }
}

/** The user that posts. Undefined when there is none: by `_id`, because somebody else may have the name by now. */
async function authorOf (calls: Calls, { userId }: IncomingIntegration): Promise<User | undefined> {
  const user = await calls.ask(directory.findUser, userId)
  return user?._id === userId ? user : undefined
}

/**
 * Does something for each place once, side by side: a place that was asked for
 * under two names gets one message. What is no place stays as it is.
 */
function oncePerPlace<T extends { readonly channel: string }, Other extends { readonly channel: string }> (
  places: ReadonlyArray<Destination | Other>, act: (place: Destination) => Awaitable<T>
): Awaitable<Array<T | Other>> {
  const results = new Map<string, Awaitable<T>>()
  return allOf(places.map((place): Awaitable<T | Other> => {
    if (!('target' in place)) return place
    const { id, channel } = place
    const earlier = results.get(id)
    if (earlier === undefined) {
      const result = act(place)
      results.set(id, result)
      return result
    }
    return isPromiseLike(earlier) ? earlier.then((result) => ({ ...result, channel })) : { ...earlier, channel }
  }))
}

function isNotPosted (one: object): one is NotPosted {
  return 'error' in one
}

function withoutCause (one: Posted | NotPosted): Posted {
  return isNotPosted(one) ? { channel: one.channel, error: one.error } : one
}

/** Each cause once. */
function causesOf (list: readonly NotPosted[]): unknown[] {
  return [...new Set(list.map(({ cause }) => cause).filter((cause) => cause !== undefined))]
}

/** Nothing was posted. A failure of the messenger goes first: then it helps to send again. */
function failure (wrong: readonly NotPosted[], progress: Progress): Failed {
  progress.places = wrong.map(withoutCause)
  const first = wrong.find(({ hasFailed }) => hasFailed) ?? wrong[0]
  progress.causes.push(...causesOf(wrong).filter((cause) => cause !== first?.cause))
  if (first?.hasFailed !== true) {
    const failed = refused(first?.error ?? 'error-invalid-channel')
    return first?.cause === undefined ? failed : { ...failed, cause: first.cause }
  }
  const mayPostLater = progress.step === 'post-message' && wrong.some(({ cause }) => isTimeout(cause))
  return { ...unavailable(first.cause), mayPostLater }
}

function isTimeout (error: unknown): boolean {
  return error instanceof IntegrationError && error.cause instanceof AdapterTimeoutError
}
