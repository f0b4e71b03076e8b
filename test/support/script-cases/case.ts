import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConsoleLine } from '../../../schemas/history.ts'
import type { HookMessage } from '../../../schemas/hooks/message.ts'
import type { EventData } from '../../../schemas/events/data.ts'
import type { EventName } from '../../../schemas/index.ts'
import type { ScriptFailure } from '../../../lib/ports/sandbox.ts'
import { root } from '../root.ts'

/** A script as people write them, and what becomes of calls. */
interface ScriptCase<Call> {
  /** The service or the purpose, and the variation behind a comma. */
  readonly name: string
  /** The habits of script authors that this script shows. */
  readonly shows: readonly string[]
  /** A file in `scripts/`, without its ending. */
  readonly script: string
  /** The error of a script that does not load, as the answer that stores it tells. Absent: the script loads. */
  readonly scriptError?: { readonly name: string, readonly message: RegExp }
  /** In order, of one integration: `Store` keeps its values from call to call. */
  readonly calls: readonly Call[]
}

/** A script of an incoming webhook. */
export interface IncomingCase extends ScriptCase<IncomingCall> {
  readonly direction: 'incoming'
  /** Fields of the integration. The channel of the integration is `#general`. */
  readonly integration?: {
    readonly alias?: string
    readonly avatar?: string
    readonly emoji?: string
    readonly overrideDestinationChannelEnabled?: true
  }
}

/** One request of a sender, and what comes of it. */
export interface IncomingCall {
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** Empty when left out. */
  readonly body?: string
  /** Without the question mark. */
  readonly query?: string
  /** The whole message. Absent: nothing is posted. */
  readonly message?: HookMessage
  /** The destinations that the script chooses. Absent: the channel of the integration. */
  readonly to?: readonly string[]
  /** The whole answer; a body that is an object is sent as JSON. Absent: {@link accepted}, or {@link brokenBy} where the script fails. */
  readonly answer?: SenderAnswer
  /** Why the script fails. Nothing is posted then. */
  readonly failed?: Failure
  /** The last step in the history. Absent: `sent-message` with a message, else `run-script`. */
  readonly step?: 'make-message'
  /** The lines in the history. Absent: none. */
  readonly console?: readonly ConsoleLine[]
}

/** The reasons that are no fault of the server. */
type FailureOfScript = Exclude<ScriptFailure, 'busy'>

/** A failure of a script as the history tells it. */
export interface Failure {
  readonly reason: FailureOfScript
  /** A part of the error, besides the reason. */
  readonly error?: RegExp
}

/** The answer to a sender. */
export interface SenderAnswer {
  readonly status: number
  readonly body: string | Readonly<Record<string, unknown>>
}

/** A script of an outgoing webhook. */
export interface OutgoingCase extends ScriptCase<OutgoingCall> {
  readonly direction: 'outgoing'
  /** Fields of the integration, whose URL is {@link receiver} with the path `/hook`. */
  readonly integration?: {
    readonly alias?: string
    readonly avatar?: string
    readonly emoji?: string
    readonly event?: EventName
    readonly triggerWords?: readonly string[]
  }
}

/** One event, and what comes of it. */
export interface OutgoingCall {
  readonly event: HostEvent
  /** The word of the integration that the message fits. */
  readonly triggerWord?: string
  /** The whole message that is posted before anything is sent. */
  readonly first?: HookMessage
  /** The request. Absent: none is sent. */
  readonly sent?: ReceivedRequest
  /**
   * The last step in the history. Absent: `url-response-sent-message` with a
   * reply, the step of the method that fails, else `after-http-call`.
   */
  readonly step?:
  | 'after-prepare-no-opts' | 'after-prepare-no-url_or_method' | 'after-prepare-send-message'
  | 'after-process-false-result' | 'failed-and-not-configured-to-retry'
  /** The answer of the receiver. Absent: 200 without a body. */
  readonly answer?: ReceiverAnswer
  /** The whole message that is posted after the answer. */
  readonly reply?: HookMessage
  /** The method that fails. Nothing is sent after the first one, and nothing is posted after the second one. */
  readonly failed?: Failure & { readonly method: 'prepare_outgoing_request' | 'process_outgoing_response' }
  /** The lines in the history. Absent: none. */
  readonly console?: readonly ConsoleLine[]
}

/** The arguments of `emit`. */
export type HostEvent = { readonly [E in EventName]: { readonly name: E, readonly data: EventData[E] } }[EventName]

/** A request as the receiver gets it. */
export interface ReceivedRequest {
  readonly method: string
  readonly url: string
  /** Those of {@link chosenHeaders}, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** A text as it stands; an object, which is compared with the JSON; null: no body. */
  readonly body: unknown
}

/** The answer of a receiver. */
export interface ReceiverAnswer {
  readonly status?: number
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * The address of the receiver in the scripts and in the requests that are
 * expected. A receiver of the test takes its place in both.
 */
export const receiver = 'https://receiver.example'

/**
 * Settings that the payloads of outgoing webhooks show. The token that the
 * integration gets when it is created takes the place of this one.
 */
export const chat = { siteUrl: 'https://chat.example', token: 'token-of-the-integration' }

/** The answer when a message was posted, and when a script wanted none. */
export const accepted: SenderAnswer = { status: 200, body: { success: true, ok: true } }

/** The answer when a script returned an error with a message, as a sender and the author of the script see it. */
export function refusedWith (message: string): SenderAnswer {
  return { status: 400, body: { success: false, error: message, message } }
}

/** The words for a failure that a sender may read. They tell nothing of the script. */
const told: Readonly<Record<FailureOfScript, string>> = {
  syntax: 'does-not-compile',
  'no-class': 'does-not-compile',
  threw: 'threw',
  pending: 'threw',
  result: 'threw',
  late: 'late',
  paused: 'late',
  memory: 'too-large',
  'input-too-large': 'too-large',
  'output-too-large': 'too-large',
  'no-sandbox': 'no-sandbox'
}

/** The answer when a script fails. */
export function brokenBy ({ reason }: Failure): SenderAnswer {
  return {
    status: 400,
    body: {
      success: false,
      error: 'The script of this integration could not be run [error-running-script]',
      errorType: 'error-running-script',
      details: { reason: told[reason] }
    }
  }
}

/** A whole message. What is not named has its default. */
export function message (parts: Partial<HookMessage>): HookMessage {
  return { text: '', parseUrls: parts.attachments === undefined, groupable: false, ...parts }
}

/** JSON with its content type. */
export function json (value: unknown, headers: Readonly<Record<string, string>> = {}): Required<Pick<ReceiverAnswer, 'headers' | 'body'>> {
  return { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}

/** Lines of `console.log`. */
export function logged (...texts: readonly string[]): ConsoleLine[] {
  return texts.map((text) => ({ level: 'log', text }))
}

/** A message of the user `guest` in `#general`. */
export function said (text: string, changes: { readonly _id?: string, readonly bot?: boolean, readonly tmid?: string } = {}): HostEvent & { readonly name: 'sendMessage' } {
  return {
    name: 'sendMessage',
    data: {
      room: { _id: 'GENERAL', name: 'general', type: 'c' },
      user: { _id: 'guestId', username: 'guest' },
      message: { _id: 'm1', text, timestamp: '2026-07-16T09:30:00.000Z', ...changes }
    }
  }
}

/** The payload of {@link said} as receivers get it without a script. */
export function saidPayload (text: string): Record<string, unknown> {
  return {
    token: chat.token,
    bot: false,
    channel_id: 'GENERAL',
    channel_name: 'general',
    message_id: 'm1',
    timestamp: '2026-07-16T09:30:00.000Z',
    user_id: 'guestId',
    user_name: 'guest',
    text,
    siteUrl: chat.siteUrl
  }
}

/** Headers of the connection and of the signature. */
const everyRequest = /^(?:host|connection|content-length|transfer-encoding|x-hub-signature-256|webhook-.*)$/

/** The headers of a request without those that every request has, unless a script has set them. */
export function chosenHeaders (headers: Readonly<Record<string, string | readonly string[] | undefined>>): Record<string, string> {
  const chosen: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const text = [value].flat().join(', ')
    const isUsual = (name === 'accept' && text === '*/*') || (name === 'user-agent' && text.startsWith('fastify-chat-integrations/'))
    if (value !== undefined && !isUsual && !everyRequest.test(name)) chosen[name] = text
  }
  return chosen
}

/** The text of a script. */
export function scriptText (name: string): string {
  return readFileSync(join(root, 'test/support/script-cases/scripts', `${name}.js`), 'utf8')
}
