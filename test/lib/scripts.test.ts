import { readdirSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Value } from '@sinclair/typebox/value'
import { t as suite, type Test, test } from 'tap'
import type { PostRequest } from '../../lib/index.ts'
import { ScriptSandbox } from '../../lib/scripts.ts'
import { type HistoryEntryView, HistoryReplySchema, type IncomingInput, type IntegrationView, type OutgoingInput } from '../../schemas/index.ts'
import { HookMessageSchema } from '../../schemas/hooks/message.ts'
import { nameOf } from '../support/chat-messenger.ts'
import { httpReceiver, outgoingHost, type Received } from '../support/outgoing-host.ts'
import { integrationOf } from '../support/integrations.ts'
import { root } from '../support/root.ts'
import { send, type Sent } from '../support/send.ts'
import {
  accepted, brokenBy, chat, chosenHeaders, type Failure, type IncomingCall, type IncomingCase, type OutgoingCall, type OutgoingCase, type ReceivedRequest,
  receiver, type ReceiverAnswer, type SenderAnswer, scriptText
} from '../support/script-cases/case.ts'
import { incomingFamilies } from '../support/script-cases/families.ts'
import { outgoing } from '../support/script-cases/outgoing.ts'
import { until } from '../support/until.ts'
import { credentials, members } from '../support/workspace.ts'

// Scripts as people write them, over HTTP: one server, and one receiver, for all of them.

/** Longer than a busy machine needs, in milliseconds: nothing is to be late. */
const ample = 10_000

/** Fields of every integration. */
const common = { enabled: true, username: members.bot.username, channel: '#general', scriptEnabled: true } as const

/** Destinations by the names that scripts use. */
const places: Readonly<Record<string, string>> = { '#general': '#GENERAL', '@guest': '@guestId' }

/** The answers of the receiver to the next calls. */
const answers: ReceiverAnswer[] = []
/** How many messages were posted when the last call of the receiver arrived. */
let postsAtCall = 0

function respond (_request: Received, response: ServerResponse): void {
  const { status = 200, headers = {}, body = '' } = answers.shift() ?? { status: 599, body: 'no call was expected' }
  postsAtCall = host.messenger.posts.length
  response.writeHead(status, headers).end(body)
}

const real = await httpReceiver(suite, respond)
const host = await outgoingHost(suite, [], {
  sandbox: new ScriptSandbox({ time: ample }),
  adapterTimeout: 6 * ample,
  incoming: { timeout: 6 * ample },
  outgoing: { allow: [real.place], siteUrl: chat.siteUrl, timeout: 6 * ample }
})
const address = await host.app.listen({ host: '127.0.0.1', port: 0 })

for (const [family, cases] of Object.entries(incomingFamilies)) {
  for (const one of cases) {
    test(`${family}: ${one.name}`, { timeout: 600_000 }, async (t) => {
      const integration = await create(t, one, {
        ...common, type: 'webhook-incoming', name: one.name, script: scriptText(one.script), ...one.integration
      })
      for (const [index, call] of one.calls.entries()) await receive(t, integration, call, index + 1)
    })
  }
}

for (const one of outgoing) {
  test(`outgoing: ${one.name}`, { timeout: 600_000 }, async (t) => {
    const { triggerWords, ...fields } = { event: 'sendMessage' as const, ...one.integration }
    const integration = await create(t, one, {
      ...common,
      type: 'webhook-outgoing',
      name: one.name,
      urls: [`${real.url}/hook`],
      script: scriptText(one.script).replaceAll(receiver, real.url),
      ...fields,
      ...(triggerWords !== undefined && { triggerWords: [...triggerWords] })
    })
    for (const [index, call] of one.calls.entries()) await deliver(t, integration, call, index + 1)
    const removed = await callApi('remove', { type: integration.type, integrationId: integration._id })
    t.equal(removed.status, 200, 'the next event is not for this integration')
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

async function callApi (name: 'create' | 'remove', body: object): Promise<Sent> {
  const headers = { ...credentials(members.admin), 'content-type': 'application/json' }
  return await send(`${address}/api/v1/integrations.${name}`, { headers, body: JSON.stringify(body) })
}

/** Creates the integration of a case by the route. */
async function create (t: Test, { scriptError }: IncomingCase | OutgoingCase, input: IncomingInput | OutgoingInput): Promise<IntegrationView> {
  const { status, body } = await callApi('create', input)
  t.equal(status, 200, body)
  const integration = integrationOf(JSON.parse(body))
  if (scriptError === undefined) t.equal(integration.scriptError, undefined, 'the script loads')
  else t.match(integration.scriptError, scriptError, 'the script does not load')
  return integration
}

/** Sends a request to the hook, and compares what comes of it. */
async function receive (t: Test, integration: IntegrationView, call: IncomingCall, number: number): Promise<void> {
  const { headers = {}, body = '', query, message, to = ['#general'], failed } = call
  if (integration.type !== 'webhook-incoming') throw new Error(`another type: ${integration.type}`)
  const before = host.messenger.posts.length
  const answer = await send(`${address}${integration.hookPath}${query === undefined ? '' : `?${query}`}`, { headers, body })
  const entry = await entryOf(t, integration, number)
  const name = `call ${number}`
  const shown = { history: entry, answer }

  t.strictSame(answerOf(answer), call.answer ?? (failed === undefined ? accepted : brokenBy(failed)), `${name}: the answer`, shown)
  const posts = message === undefined ? [] : to.map((place) => ({ message, to: places[place] }))
  t.strictSame(postsSince(t, integration, before), posts, `${name}: the messages`, shown)
  t.equal(entry.step, call.step ?? (message === undefined ? 'run-script' : 'sent-message'), `${name}: the step`, shown)
  t.strictSame(entry.console ?? [], call.console ?? [], `${name}: the console`, shown)
  if (failed !== undefined) assertFailure(t, entry, failed, name)
  else if (message !== undefined) t.equal(entry.error, undefined, `${name}: no error`)
}

/** Tells of an event, and compares what comes of it. */
async function deliver (t: Test, integration: IntegrationView, call: OutgoingCall, number: number): Promise<void> {
  const { event, first, sent, reply, failed } = call
  const reports = host.reports.length
  const [before, requests] = [host.messenger.posts.length, real.received.length]
  answers.splice(0, answers.length, ...(sent === undefined ? [] : [call.answer ?? {}]))
  t.strictSame(await host.app.integrations.emit(event.name, event.data), { deliveries: 1, dropped: 0 }, `call ${number}: the event fits`)
  await until(`the attempt of call ${number} ends`, () => host.reports.length > reports, 120)
  const entry = await entryOf(t, integration, number)
  const name = `call ${number}`
  const shown = { history: entry }

  t.strictSame(real.received.slice(requests).map(requestOf), sent === undefined ? [] : [inPlace(integration, sent)], `${name}: the request`, shown)
  const messages = [first, reply].filter((message) => message !== undefined)
  t.strictSame(postsSince(t, integration, before), messages.map((message) => inPlace(integration, { message, to: places['#general'] })), `${name}: the messages`, shown)
  if (sent !== undefined) t.equal(postsAtCall - before, first === undefined ? 0 : 1, `${name}: the first message is posted before the request`)
  const usual = failed !== undefined ? `execute-script-error-running-${failed.method}` : reply !== undefined ? 'url-response-sent-message' : 'after-http-call'
  t.equal(entry.step, call.step ?? usual, `${name}: the step`, shown)
  t.equal(entry.triggerWord, call.triggerWord, `${name}: the trigger word`)
  t.strictSame(entry.console ?? [], inPlace(integration, call.console ?? []), `${name}: the console`, shown)
  if (failed !== undefined) assertFailure(t, entry, failed, name)
  else if (call.step !== 'failed-and-not-configured-to-retry') t.equal(entry.error, undefined, `${name}: no error`)
}

/** The newest entry of the history, by the route. */
async function entryOf (t: Test, { _id }: IntegrationView, number: number): Promise<HistoryEntryView> {
  const { body } = await send(`${address}/api/v1/integrations.history?id=${_id}&count=1`, { method: 'GET', headers: credentials(members.admin) })
  const reply: unknown = JSON.parse(body)
  Value.Assert(HistoryReplySchema, reply)
  t.equal(reply.total, number, 'each call has one entry in the history')
  const [entry] = reply.history
  if (entry === undefined) throw new Error('the history is empty')
  return entry
}

/** A message as the messenger got it. */
interface Post {
  readonly message: Omit<PostRequest['message'], 'bot'>
  /** As {@link nameOf} tells. */
  readonly to: string
}

/** The messages since there were so many, each with its account and the mark of the integration. */
function postsSince (t: Test, { _id }: IntegrationView, before: number): Post[] {
  return host.messenger.posts.slice(before).map(({ as, message: { bot, ...message }, to }: PostRequest) => {
    t.equal(as._id, members.bot._id, 'the account of the integration posts')
    t.strictSame(bot, { i: _id }, 'the message names the integration')
    return { message, to: nameOf(to) }
  })
}

function answerOf ({ status, contentType, body }: Sent): SenderAnswer {
  return { status, body: contentType?.startsWith('application/json') === true ? JSON.parse(body) : body }
}

/** A JSON body is compared by its value. */
function requestOf ({ method, path, headers, body }: Received): ReceivedRequest {
  return { method, url: real.url + path, headers: chosenHeaders(headers), body: body === '' ? null : body.startsWith('{') ? JSON.parse(body) : body }
}

/** An expectation with the address of the receiver and the token of the integration. */
function inPlace<T> ({ token }: IntegrationView, expected: T): T {
  return JSON.parse(JSON.stringify(expected).replaceAll(receiver, real.url).replaceAll(chat.token, token))
}

function assertFailure (t: Test, { error }: HistoryEntryView, { reason, error: pattern = /./ }: Failure, name: string): void {
  // A hook tells the code of its answer first.
  t.ok(error?.replace('error-running-script: ', '').startsWith(`${reason}: `), `${name}: the reason is ${reason}: ${error}`)
  t.match(error, pattern, `${name}: the error`)
}
