import { Buffer } from 'node:buffer'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from '@sinclair/typebox/value'
import { t as suite, type Test, test } from 'tap'
import { askedDestinations } from '../../../lib/incoming/asked.ts'
import { hookMessage } from '../../../lib/incoming/message.ts'
import { failedBy, type Outcome, type PostedOutcome, scriptFailed } from '../../../lib/incoming/outcome.ts'
import { defaultProfile } from '../../../lib/incoming/profiles/default.ts'
import { type ReadBody, readBody } from '../../../lib/incoming/read-body.ts'
import { ScriptFailedError } from '../../../lib/errors/refusals.ts'
import { isPayload, type Payload } from '../../../lib/model/message/payload.ts'
import { Notes } from '../../../lib/model/message/notes.ts'
import { messageOf } from '../../../lib/model/message/message.ts'
import { present } from '../../../lib/model/present.ts'
import { incomingArgument, incomingWish } from '../../../lib/model/script/incoming.ts'
import { type PlannedRequest, prepareArgument, type PrepareWish, prepareWish } from '../../../lib/model/script/prepare.ts'
import { processArgument, type ProcessWish, processWish } from '../../../lib/model/script/process.ts'
import { replyOf } from '../../../lib/outgoing/delivery/reply.ts'
import { readEvent } from '../../../lib/outgoing/event-facts.ts'
import { payloadOf } from '../../../lib/outgoing/payload.ts'
import type { SentRequest } from '../../../lib/ports/transport.ts'
import type { ScriptFailure, ScriptMethod, ScriptResult } from '../../../lib/ports/sandbox.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { prepare } from '../../../lib/transport/prepare.ts'
import { type HookMessage, HookMessageSchema } from '../../../schemas/hooks/message.ts'
import type { ConsoleLine } from '../../../schemas/history.ts'
import { triggerRecord } from '../../support/deliverer.ts'
import { root } from '../../support/root.ts'
import {
  accepted, chat, chosenHeaders, type IncomingCall, type IncomingCase, type OutgoingCall, type OutgoingCase, type ReceivedRequest, receiver,
  type SenderAnswer, scriptText
} from '../../support/script-cases/case.ts'
import { incomingFamilies } from '../../support/script-cases/families.ts'
import { outgoing } from '../../support/script-cases/outgoing.ts'

// Longer than a busy machine needs: no script is to be late.
const sandbox = new ScriptSandbox({ time: 10_000 })
suite.teardown(() => sandbox.close())

const maxTextLength = 40_000

interface FailedRun {
  readonly failure: ScriptFailure
  readonly console: readonly ConsoleLine[]
  readonly error: unknown
}

/** The end of a run, whether it succeeded or not. */
type Run = ScriptResult | FailedRun

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

for (const one of outgoing) {
  test(`outgoing: ${one.name}`, async (t) => {
    const integration = new Integration(scriptText(one.script))
    for (const [index, call] of one.calls.entries()) assertOutgoing(t, call, await deliver(integration, one, call), `call ${index + 1}`)
  })
}

test('every script belongs to one case, and every message that is expected is one', (t) => {
  const incoming = Object.values(incomingFamilies).flat()
  const cases = [...incoming, ...outgoing]
  t.strictSame(cases.map(({ script }) => `${script}.js`).sort(), readdirSync(join(root, 'test/support/script-cases/scripts')).sort())
  t.equal(new Set(cases.map(({ name }) => name)).size, cases.length)
  const messages = [...incoming.flatMap(({ calls }) => calls.map((call) => call.message)), ...outgoing.flatMap(({ calls }) => calls.flatMap((call) => [call.first, call.reply]))]
    .filter((one) => one !== undefined)
  for (const one of messages) t.ok(Value.Check(HookMessageSchema, one), JSON.stringify(one))
  t.ok(messages.length > 80, `${messages.length}`)
  t.end()
})

/** What came of a request of a sender. */
interface Received {
  readonly message: HookMessage | undefined
  readonly to: readonly string[]
  readonly answer: SenderAnswer
  readonly console: readonly ConsoleLine[]
  /** For the report of a test that fails. */
  readonly error?: unknown
}

/** What came of an event. */
type Delivered = Pick<OutgoingCall, 'first' | 'sent' | 'step' | 'reply' | 'failed'> & {
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

/** An event on its way to the receiver and back, as the deliverer leads it. */
async function deliver (integration: Integration, { integration: fields = {} }: OutgoingCase, call: OutgoingCall): Promise<Delivered> {
  const payload = payloadOf(readEvent(call.event.name, call.event.data), { siteUrl: chat.siteUrl, now: 0 })
  const word = call.triggerWord === undefined ? {} : { trigger_word: call.triggerWord }
  const planned: PlannedRequest = { url: `${receiver}/hook`, data: { token: chat.token, ...payload, ...word } }
  const { request: plain } = prepareArgument(planned)
  const before = await integration.run('prepare_outgoing_request', { request: plain })
  if ('failure' in before) return failedIn('prepare_outgoing_request', before, [])
  const wish: PrepareWish = before.hasMethod ? prepareWish(before.result) : { send: { ...planned, method: 'POST' }, step: 'before-http-call', request: plain }
  const first = messageIn(wish.message, fields)
  const begun = { ...(first !== undefined && { first }), console: before.console }
  if (wish.send === undefined) return { ...begun, step: wish.step }

  const { sent } = prepare({ ...wish.send, mayUseAllowed: true }, 0)
  const { status = 200, headers = {}, body = '' } = call.answer ?? {}
  const ended: Delivered = { ...begun, sent: receivedOf(sent) }
  const after = await integration.run('process_outgoing_response', processArgument({ request: wish.request, sent, answer: { status, headers, text: body } }))
  const console = [...before.console, ...after.console]
  if ('failure' in after) return { ...ended, ...failedIn('process_outgoing_response', after, before.console) }
  const wished: ProcessWish = after.hasMethod ? processWish(after.result) : { kind: 'default' }
  const isTaken = status >= 200 && status < 300
  const reply = wished.kind === 'content' ? messageIn(wished.content, fields) : wished.kind === 'default' && isTaken ? usualReply(body, fields) : undefined
  return { ...ended, ...(reply !== undefined && { reply }), console }
}

function failedIn (method: NonNullable<OutgoingCall['failed']>['method'], run: FailedRun, earlier: readonly ConsoleLine[]): Delivered {
  return { failed: { method, reason: run.failure }, console: [...earlier, ...run.console], error: run.error }
}

function messageIn (value: unknown, fields: NonNullable<OutgoingCase['integration']>): HookMessage | undefined {
  const read = isPayload(value) ? messageOf(value, fields, { maxTextLength }) : undefined
  return read?.kind === 'message' ? read.message : undefined
}

function usualReply (text: string, { alias, avatar, emoji }: NonNullable<OutgoingCase['integration']>): HookMessage | undefined {
  return replyOf(text, { ...triggerRecord(), ...present({ alias, avatar, emoji }) }, maxTextLength).message
}

/** A JSON body is compared by its value. */
function receivedOf ({ method, url, headers, body }: SentRequest): ReceivedRequest {
  return { method, url, headers: chosenHeaders(headers), body: body?.startsWith('{') === true ? jsonOf(body) : body }
}

function nothing (outcome: Outcome, console: readonly ConsoleLine[]): Received {
  return { message: undefined, to: [], answer: answerOf(outcome), console }
}

function posted (payload: ReadBody['payload'], response: unknown, fields: NonNullable<IncomingCase['integration']>, console: readonly ConsoleLine[]): Received {
  const message = hookMessage(payload, defaultProfile, fields, maxTextLength)
  if (message.kind === 'refused') return nothing(failedBy(message), console)
  const to = askedDestinations(payload ?? {}, new Notes())
  const { text } = message.message
  const made: PostedOutcome = { kind: 'posted', posted: [{ channel: '#general', _id: 'm1' }], text, timestamp: '2026-07-16T09:30:00.000Z' }
  const outcome: Outcome = response === undefined ? made : { kind: 'script-response', response, posted: made }
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

function assertOutgoing (t: Test, call: OutgoingCall, delivered: Delivered, name: string): void {
  const thrown = delivered.error === undefined ? {} : { thrown: delivered.error }
  t.strictSame(delivered.failed, call.failed, `${name}: the failure`, thrown)
  t.strictSame(delivered.first, call.first, `${name}: the message before`)
  t.strictSame(delivered.sent, call.sent, `${name}: the request`)
  t.equal(delivered.step, call.step, `${name}: the step`)
  t.strictSame(delivered.reply, call.reply, `${name}: the message after`)
  t.strictSame(delivered.console, call.console ?? [], `${name}: the console`)
}
