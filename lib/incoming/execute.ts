import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import { ExecutionFailedError } from '../errors/refusals.ts'
import { asOne, disabledHook, type Failed, type Outcome, type Posted, refused, scriptSentence, unavailable } from './outcome.ts'
import type { Receiver } from './receive.ts'

/** The end of an execution. */
export interface Execution {
  /** The messages, in the order of their destinations; empty when a script wanted none. */
  readonly messages: readonly Posted[]
}

/** The method for the host's own code that posts through an incoming webhook. */
export interface Executions {
  /**
   * Posts a payload through an incoming webhook, under the rules of its hook,
   * without a token and without a rate limit. Messages whose destinations stand
   * for themselves (`separateResponse`) may be posted in part: see `messages`.
   *
   * @param integrationId the `_id` of the integration.
   * @param payload the fields that a sender would send as JSON, or a text.
   * @throws ExecutionFailedError when nothing was posted.
   * @throws TypeError when the payload is no JSON data.
   */
  execute (integrationId: string, payload: unknown): Promise<Execution>
}

/**
 * Binds the method to the ports.
 *
 * @param receiver null when the host gave no messenger, or switched incoming webhooks off.
 * @param newCalls makes the calls of one execution.
 */
export function bindExecutions (receiver: Receiver | null, newCalls: () => Calls): Executions {
  return {
    async execute (integrationId, payload) {
      if (receiver === null) throw failed({ ...refused('error-no-messenger'), error: 'Incoming webhooks are off: give the plugin a messenger' })
      // A copy as JSON would carry it: no getter of the host runs later, and no object is shared.
      const json: string | undefined = JSON.stringify(payload)
      const copy: unknown = json === undefined ? undefined : JSON.parse(json)
      const answered = await execute(receiver, newCalls(), integrationId, copy)
      const posted = answered.kind === 'script-response' ? answered.posted : answered
      const outcome = posted.kind === 'separate' ? asOne(posted) : posted
      switch (outcome.kind) {
        case 'posted': return { messages: outcome.posted }
        case 'failed': throw failed(outcome)
        case 'script-error': throw failed(refused('error-running-script', scriptSentence(outcome.error)))
        default: return { messages: [] }
      }
    }
  }
}

async function execute (receiver: Receiver, calls: Calls, integrationId: string, payload: unknown): Promise<Outcome> {
  let integration
  try {
    integration = (await calls.ask(store.find, integrationId))?.integration
  } catch (error) {
    return unavailable(error)
  }
  if (integration?.type !== 'webhook-incoming') {
    return { ...refused('error-integration-not-found', 'No integration found.'), status: 404 }
  }
  return integration.enabled ? await receiver.execute(integration, payload) : disabledHook()
}

function failed ({ code, status, error, details, cause }: Failed): ExecutionFailedError {
  return new ExecutionFailedError(code, { statusCode: status, message: error, details, cause })
}
