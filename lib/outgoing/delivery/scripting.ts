import type { ConsoleLine, HistoryMessage } from '../../../schemas/history.ts'
import type { OutgoingIntegration } from '../../../schemas/index.ts'
import type { Calls } from '../../guard/calls.ts'
import {
  type ChosenRequest, type PlannedRequest, prepareArgument, type PrepareWish, prepareWish, type ScriptRequest
} from '../../model/script/prepare.ts'
import { processArgument, type ProcessWish, processWish } from '../../model/script/process.ts'
import { activeScript, type ScriptEnd, type ScriptRunner } from '../../model/script/runner.ts'
import type { ScriptMethod } from '../../ports/sandbox.ts'
import type { SentRequest, TransportAnswer } from '../../ports/transport.ts'
import { type OutgoingFacts, shownUrl } from './facts.ts'

/** The sandbox has no room for a script: that is no fault of the script, and the delivery comes again. */
export type BusyEnd = Extract<ScriptEnd, { kind: 'busy' }>

/** A script did not run to its end. */
export type FaultEnd = Extract<ScriptEnd, { kind: 'fault' }>

/** The request of an attempt, as a script or the plain delivery wants it. */
export type Prepared = PrepareWish & { readonly kind: 'prepared' }

/** So often a script waits for a busy sandbox when its receiver has answered, in milliseconds. The receiver must not be called again. */
const pauses = [250, 500, 1000]

/** The script of one attempt: runs it, and gathers what the history tells of it. */
export class AttemptScript {
  readonly #runner: ScriptRunner
  readonly #integration: OutgoingIntegration
  readonly #script: string
  readonly #console: ConsoleLine[] = []
  readonly #messages: HistoryMessage[] = []
  readonly #notes: string[] = []
  #hasPrepared = false
  #tookAnswer = false
  #url: string | undefined
  #callsElsewhere = false
  #body: unknown

  private constructor (runner: ScriptRunner, integration: OutgoingIntegration, script: string) {
    this.#runner = runner
    this.#integration = integration
    this.#script = script
  }

  /** Undefined when the integration has no script that is to be run. */
  static of (runner: ScriptRunner, integration: OutgoingIntegration): AttemptScript | undefined {
    const script = activeScript(integration)
    return script === undefined ? undefined : new AttemptScript(runner, integration, script)
  }

  /**
   * Runs `prepare_outgoing_request`. Without this method, the plain request is sent.
   *
   * @throws IntegrationError `error-service-unavailable` when the sandbox is away or does not answer in time.
   */
  async prepare (calls: Calls, planned: PlannedRequest): Promise<Prepared | BusyEnd | FaultEnd> {
    const argument = prepareArgument(planned)
    const end = await this.#run(calls, 'prepare_outgoing_request', argument)
    if (end.kind !== 'ran') return end
    this.#hasPrepared = end.hasMethod
    if (!end.hasMethod) return { kind: 'prepared', send: plainRequest(planned), step: 'before-http-call', request: argument.request }
    const wish = prepareWish(end.result)
    if (wish.send !== undefined) {
      this.#url = shownUrl(wish.send.url)
      this.#callsElsewhere = wish.send.url !== planned.url
    }
    return { kind: 'prepared', ...wish }
  }

  /**
   * Runs `process_outgoing_response`. Waits some time for a busy sandbox.
   *
   * @throws IntegrationError `error-service-unavailable` when the sandbox is away or does not answer in time.
   */
  async process (calls: Calls, request: ScriptRequest, answer: TransportAnswer): Promise<ProcessWish | BusyEnd | FaultEnd> {
    const argument = processArgument({ request, sent: answer.sent, answer })
    for (let round = 0; ; round++) {
      const end = await this.#run(calls, 'process_outgoing_response', argument)
      if (end.kind === 'fault') return end
      if (end.kind === 'ran') {
        const wish = processWish(end.result)
        this.#tookAnswer = wish.kind !== 'default'
        return wish
      }
      const pause = pauses[round]
      if (pause === undefined || !await calls.pause(pause)) return end
    }
  }

  /** Whether the script chose another URL than that of the delivery. */
  get callsElsewhere (): boolean {
    return this.#callsElsewhere
  }

  /** Why the chat refused a message of the script; undefined when it refused none. */
  get refusal (): string | undefined {
    return this.#messages.find(({ error }) => error !== undefined)?.error
  }

  /** Notes the request as it was sent. */
  noteSent ({ url, body, notes }: SentRequest): void {
    this.#notes.push(...notes)
    if (!this.#hasPrepared) return
    this.#url = url
    this.#body = body
  }

  /** Notes a message that the script wanted, and its fate. */
  noteMessage (message: HistoryMessage): void {
    this.#messages.push(message)
  }

  /** Adds a remark for the history. */
  note (note: string): void {
    this.#notes.push(note)
  }

  /** Whether the script has made the request. */
  get hasPrepared (): boolean {
    return this.#hasPrepared
  }

  /** Whether the script has decided what comes of the answer. */
  get tookAnswer (): boolean {
    return this.#tookAnswer
  }

  /** The facts for the history. */
  get facts (): Pick<OutgoingFacts, 'console' | 'messages' | 'notes' | 'ranPrepareScript' | 'httpCallData'> & { readonly url?: string } {
    return {
      ...(this.#hasPrepared && { ranPrepareScript: true }),
      ...(this.#url !== undefined && { url: this.#url }),
      ...(this.#body != null && { httpCallData: this.#body }),
      ...(this.#console.length > 0 && { console: this.#console }),
      ...(this.#messages.length > 0 && { messages: this.#messages }),
      ...(this.#notes.length > 0 && { notes: this.#notes })
    }
  }

  async #run (calls: Calls, method: ScriptMethod, argument: unknown): Promise<ScriptEnd> {
    const end = await this.#runner.run(calls, { integrationId: this.#integration._id, script: this.#script, method, argument })
    this.#console.push(...end.console)
    return end
  }
}

/** The plain request, without a script. */
export function plainRequest (planned: PlannedRequest): ChosenRequest {
  return { ...planned, method: 'POST' }
}
