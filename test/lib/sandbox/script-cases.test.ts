import { Buffer } from 'node:buffer'
import { t as suite, type Test, test } from 'tap'
import { askedDestinations } from '../../../lib/incoming/asked.ts'
import { hookMessage } from '../../../lib/incoming/message.ts'
import { failedBy, type Outcome, scriptFailed } from '../../../lib/incoming/outcome.ts'
import { defaultProfile } from '../../../lib/incoming/profiles/default.ts'
import { type ReadBody, readBody } from '../../../lib/incoming/read-body.ts'
import { ScriptFailedError } from '../../../lib/errors/refusals.ts'
import { isPayload, type Payload } from '../../../lib/model/message/payload.ts'
import { Notes } from '../../../lib/model/message/notes.ts'
import { incomingArgument, incomingWish } from '../../../lib/model/script/incoming.ts'
import type { ScriptFailure, ScriptMethod, ScriptResult } from '../../../lib/ports/sandbox.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import type { HookMessage } from '../../../schemas/hooks/message.ts'
import type { ConsoleLine } from '../../../schemas/history.ts'
import { accepted, type IncomingCall, type IncomingCase, type SenderAnswer, scriptText } from '../../support/script-cases/case.ts'
import { incomingFamilies } from '../../support/script-cases/families.ts'

// Longer than a busy machine needs: no script is to be late.
const sandbox = new ScriptSandbox({ time: 10_000 })
suite.teardown(() => sandbox.close())

const maxTextLength = 40_000

/** The end of a run, whether it succeeded or not. */
type Run = ScriptResult | { readonly failure: ScriptFailure, readonly console: readonly ConsoleLine[], readonly error: unknown }

let count = 0

/** An integration with a script, and the values of its `Store`. */
class Integration {
  readonly id = `id${count++}`
  readonly #script: string
  readonly #store = new Map<string, unknown>()

  constructor (script: string) {
    this.#script = script
  }

  async run (method: ScriptMethod, argument: unknown): Promise<Run> {
    const run = { integrationId: this.id, script: this.#script, method, argument, store: this.#store }
    try {
      return await sandbox.run(run, { signal: new AbortController().signal })
    } catch (error) {
      if (error instanceof ScriptFailedError) return { failure: error.reason, console: error.console, error: error.thrown }
      throw error
    }
  }
}

for (const [family, cases] of Object.entries(incomingFamilies)) {
  for (const one of cases) {
    test(`${family}: ${one.name}`, async (t) => {
      const integration = new Integration(scriptText(one.script))
      for (const [index, call] of one.calls.entries()) assertIncoming(t, call, await receive(integration, one, call), `call ${index + 1}`)
    })
  }
}

/** What came of a request of a sender. */
interface Received {
  readonly message: HookMessage | undefined
  readonly to: readonly string[]
  readonly answer: SenderAnswer
  readonly console: readonly ConsoleLine[]
  /** For the report of a test that fails. */
  readonly error?: unknown
}

/** A request on its way from the bytes to the answer, as the receiver leads it. */
async function receive (integration: Integration, { integration: fields = {} }: IncomingCase, call: IncomingCall): Promise<Received> {
  const { headers = {}, body = '', query } = call
  const read = readBody(Buffer.from(body), headers['content-type'])
  if (read.kind === 'refused') return nothing(failedBy(read), [])
  const run = await integration.run('process_incoming_request', incomingArgument({
    content: read.content,
    contentRaw: read.contentRaw,
    form: read.form,
    headers,
    url: `/hooks/${integration.id}/hunter2${query === undefined ? '' : `?${query}`}`,
    integrationId: integration.id,
    token: 'hunter2',
    user: { _id: 'rocket.cat', username: 'rocket.cat' }
  }))
  if ('failure' in run) return { ...nothing(scriptFailed(run.failure), run.console), error: run.error }
  if (!run.hasMethod) return posted(read.payload, undefined, fields, run.console)
  const wish = incomingWish(run.result)
  switch (wish.kind) {
    case 'nothing': return nothing({ kind: 'nothing' }, run.console)
    case 'wrong': return nothing(scriptFailed('result'), run.console)
    case 'error': return nothing({ kind: 'script-error', error: wish.error }, run.console)
    case 'content': return posted(isPayload(wish.content) ? wish.content : undefined, wish.response, fields, run.console)
  }
}

function nothing (outcome: Outcome, console: readonly ConsoleLine[]): Received {
  return { message: undefined, to: [], answer: answerOf(outcome), console }
}

function posted (payload: ReadBody['payload'], response: unknown, fields: NonNullable<IncomingCase['integration']>, console: readonly ConsoleLine[]): Received {
  const message = hookMessage(payload, defaultProfile, fields, maxTextLength)
  if (message.kind === 'refused') return nothing(failedBy(message), console)
  const to = askedDestinations(payload ?? {}, new Notes())
  const { text } = message.message
  const outcome: Outcome = response === undefined
    ? { kind: 'posted', posted: [{ channel: '#general', _id: 'm1' }], text, timestamp: '2026-07-16T09:30:00.000Z' }
    : { kind: 'script-response', response }
  return { message: message.message, to, answer: answerOf(outcome), console }
}

function answerOf (outcome: Outcome): SenderAnswer {
  const { status, contentType, body } = defaultProfile.answer(outcome, { wait: false })
  return { status, body: contentType?.startsWith('application/json') === true ? jsonOf(body) : body }
}

function jsonOf (text: string): Payload {
  const value: unknown = JSON.parse(text)
  if (isPayload(value)) return value
  throw new Error(`${text} is no object`)
}

function assertIncoming (t: Test, call: IncomingCall, received: Received, name: string): void {
  t.strictSame(received.message, call.message, `${name}: the message`, received.error === undefined ? {} : { thrown: received.error })
  t.strictSame(received.to, call.to ?? [], `${name}: the destinations`)
  t.strictSame(received.answer, call.answer ?? accepted, `${name}: the answer`)
  t.strictSame(received.console, call.console ?? [], `${name}: the console`)
}
