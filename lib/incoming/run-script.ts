import type { ConsoleLine } from '../../schemas/history.ts'
import type { IncomingIntegration } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { isPayload, type Payload } from '../model/message/payload.ts'
import { incomingArgument, incomingWish } from '../model/script/incoming.ts'
import type { ScriptRunner } from '../model/script/runner.ts'
import type { User } from '../ports/auth.ts'
import { type Failed, type Outcome, scriptFailed, unavailable } from './outcome.ts'
import type { ReadBody } from './read-body.ts'

/** The parts of a request that its script may see, besides the body. */
export interface SenderRequest {
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Path and query, as they came. */
  readonly url: string
}

/** One run of the script of an incoming webhook. */
export interface HookScript {
  readonly integration: IncomingIntegration
  readonly script: string
  readonly read: Pick<ReadBody, 'content' | 'contentRaw' | 'form'>
  readonly sender: SenderRequest
  /** The user that posts. */
  readonly as: User
}

/** The end of a run. */
export interface HookScriptEnd {
  /**
   * The payload of which the message is made; or the outcome of the request,
   * when nothing is to be posted; or `as-it-came`, when the script has no method
   * for incoming requests.
   */
  readonly wish: ScriptPayload | Extract<Outcome, { kind: 'nothing' | 'script-error' }> | Failed | 'as-it-came'
  readonly console: readonly ConsoleLine[]
  /** Why the request failed, for the history. */
  readonly error?: string
  /** Remarks for the history. */
  readonly notes: readonly string[]
}

/** A script chose the payload. */
export interface ScriptPayload {
  readonly kind: 'payload'
  /** Undefined when no message can be made of it. */
  readonly payload: Payload | undefined
  /** The answer to the sender; absent when the script leaves it to this package. */
  readonly response?: unknown
}

/**
 * Runs `process_incoming_request` and reads its result.
 *
 * @throws IntegrationError `error-service-unavailable` when the sandbox is away or does not answer in time.
 */
export async function runHookScript (calls: Calls, runner: ScriptRunner, { integration, script, read, sender, as }: HookScript): Promise<HookScriptEnd> {
  const { _id: integrationId, token } = integration
  const argument = incomingArgument({ ...sender, content: read.content, contentRaw: read.contentRaw, form: read.form, integrationId, token, user: as })
  const end = await runner.run(calls, { integrationId, script, method: 'process_incoming_request', argument })
  const { console } = end
  if (end.kind === 'busy') return { wish: { ...unavailable(end.cause), details: { reason: 'busy' } }, console, error: 'busy: too many scripts wait', notes: [] }
  if (end.kind === 'fault') return { wish: scriptFailed(end.told), console, error: end.error, notes: [] }
  if (!end.hasMethod) return { wish: 'as-it-came', console, notes: ['the script has no process_incoming_request: the payload is used as it came'] }
  const wish = incomingWish(end.result)
  switch (wish.kind) {
    case 'nothing': return { wish: { kind: 'nothing' }, console, notes: ['the script wanted nothing to be posted'] }
    case 'error': return { wish: { kind: 'script-error', error: wish.error }, console, error: 'the script refused the request', notes: [] }
    case 'wrong': return { wish: scriptFailed('threw'), console, error: 'result: the script returned neither content nor error', notes: [] }
    case 'content': {
      const { content, response, notes } = wish
      return { wish: { kind: 'payload', payload: payloadOf(content), ...(response !== undefined && { response }) }, console, notes }
    }
  }
}

/** A text is the text of the message, as in a body. */
function payloadOf (content: unknown): Payload | undefined {
  if (typeof content === 'string') return { text: content }
  return isPayload(content) ? content : undefined
}
