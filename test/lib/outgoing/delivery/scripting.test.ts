import { type Test, test } from 'tap'
import { type Job, type JobOutcome, type OutgoingIntegration, PostRefusedError, type Sandbox, ScriptFailedError } from '../../../../lib/index.ts'
import type { SentRequest, TransportAnswer, TransportRequest } from '../../../../lib/ports/transport.ts'
import { ScriptSandbox } from '../../../../lib/scripts.ts'
import { type Behaviours, chatMessenger } from '../../../support/chat-messenger.ts'
import { answered, type DelivererChoice, delivererOf, jobOf, triggerRecord, unanswered, url, waitOf } from '../../../support/deliverer.ts'

/** An outgoing webhook with these methods. */
function scripted (methods: string, changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return triggerRecord({ scriptEnabled: true, script: `class Script {\n${methods}\n}`, ...changes })
}

/** An answer to a request that was sent as it was asked for. */
function answerTo (request: TransportRequest, status: number, text: string, headers: TransportAnswer['headers'] = {}): TransportAnswer {
  const { method = 'POST', data } = request
  const sent: SentRequest = {
    method: String(method), url: request.url, headers: { 'user-agent': 'test' }, body: typeof data === 'string' ? data : JSON.stringify(data ?? null), notes: []
  }
  return answered(status, text, { sent, headers })
}

/** A deliverer with a sandbox for one integration. */
async function scripting (t: Test, integration: OutgoingIntegration, { sandbox, behaviours, ...choice }: DelivererChoice & { readonly sandbox?: Sandbox, readonly behaviours?: Behaviours } = {}) {
  const own = sandbox ?? new ScriptSandbox()
  t.teardown(() => own.close({ signal: new AbortController().signal }))
  const messenger = chatMessenger(behaviours)
  const made = await delivererOf({ integrations: [integration], messenger, receiver: (request) => answerTo(request, 200, ''), ...choice, ports: { sandbox: own } })
  return { ...made, messenger, texts: () => messenger.posts.map(({ message: { text } }) => text) }
}

test('a script sends another request, and posts a line of the answer', async (t) => {
  const integration = scripted(`
    prepare_outgoing_request ({ request }) {
      console.log('prepares', request.data.text)
      return { url: request.url + '/v2', method: 'PUT', headers: { 'X-Api': 'k' }, data: { q: request.data.text, token: request.data.token }, params: { lang: 'en' }, auth: 'a:b', timeout: 50, mine: 7 }
    }
    process_outgoing_response ({ request, response }) {
      console.info('answer', response.status_code)
      return { content: { text: [request.mine, request.method, request.data.q, response.content.line, response.headers['x-a'], JSON.parse(response.content).line].join(' ') } }
    }`)
  const { handle, requests, entries, reports, texts } = await scripting(t, integration, {
    receiver: (request) => answerTo(request, 200, '{"line":"ok"}', { 'content-type': 'application/json', 'x-a': 'y' })
  })
  t.equal(await handle(jobOf(integration)), 'done')
  t.match(requests, [{
    url: `${url}/v2`,
    method: 'PUT',
    headers: { 'X-Api': 'k' },
    data: { q: 'deploy now', token: integration.token },
    params: { lang: 'en' },
    auth: 'a:b',
    timeout: 50,
    signature: { id: 'msg_1' }
  }])
  t.strictSame(texts(), ['7 PUT deploy now ok y ok'])
  t.match(entries, [{
    step: 'url-response-sent-message',
    url: `${url}/v2`,
    ranPrepareScript: true,
    httpCallData: /deploy now/,
    console: [{ level: 'log', text: 'prepares deploy now' }, { level: 'info', text: 'answer 200' }],
    messages: [{ _id: 'message-1' }]
  }])
  t.match(reports, [{ outcome: 'delivered', status: 200 }])
})

test('the request that a script is given', async (t) => {
  const integration = scripted('prepare_outgoing_request (all) { return { message: JSON.stringify(all) } }')
  const { handle, requests, entries, texts, reports } = await scripting(t, integration)
  t.equal(await handle(jobOf(integration)), 'done')
  t.strictSame(JSON.parse(texts()[0] ?? ''), {
    request: { params: {}, method: 'POST', url, headers: {}, data: { token: integration.token, ...jobOf(integration).payload } }
  })
  t.strictSame(requests, [], 'a message alone sends nothing')
  t.match(entries, [{ step: 'after-prepare-send-message', finished: true, error: undefined, messages: [{ _id: 'message-1' }] }])
  t.match(reports, [{ outcome: 'skipped' }])
})

test('a script that wants no call ends the delivery', async (t) => {
  for (const [returned, step] of [
    ['undefined', 'after-prepare-no-opts'],
    ['null', 'after-prepare-no-opts'],
    ['{}', 'after-prepare-no-opts'],
    ['"text"', 'after-prepare-no-opts'],
    ['{ url: "https://a.example" }', 'after-prepare-no-url_or_method'],
    ['{ method: "GET" }', 'after-prepare-no-url_or_method']
  ] as const) {
    const integration = scripted(`prepare_outgoing_request () { return ${returned} }`)
    const { handle, requests, entries, reports } = await scripting(t, integration)
    t.equal(await handle(jobOf(integration)), 'done')
    t.strictSame(requests, [], returned)
    t.match([entries[0], reports[0]], [{ step, finished: true, error: undefined, ranPrepareScript: true }, { outcome: 'skipped' }], returned)
  }
})

test('methods that are missing mean the plain delivery', async (t) => {
  const integration = scripted('process_incoming_request () {}')
  const { handle, requests, entries, texts } = await scripting(t, integration, { receiver: (request) => answerTo(request, 200, '{"text":"plain"}') })
  t.equal(await handle(jobOf(integration)), 'done')
  t.match(requests, [{ url, method: 'POST', data: { text: 'deploy now', token: integration.token } }])
  t.strictSame(texts(), ['plain'])
  t.match(entries, [{ step: 'url-response-sent-message', ranPrepareScript: undefined, httpCallData: undefined }])
})

test('what a script may make of an answer, whatever its status', async (t) => {
  for (const [returned, status, step, outcome, posted] of [
    ['{ content: "a text" }', 500, 'url-response-sent-message', 'delivered', ['a text']],
    ['{ content: { text: "gone" } }', 410, 'url-response-sent-message', 'delivered', ['gone']],
    ['{ content: { nothing: 1 } }', 200, 'after-http-call', 'delivered', []],
    ['false', 500, 'after-process-false-result', 'delivered', []],
    ['undefined', 200, 'url-response-sent-message', 'delivered', ['plain']],
    ['undefined', 404, 'failed-for-good', 'failed', []],
    ['{}', 500, 'failed-and-not-configured-to-retry', 'failed', []]
  ] as const) {
    const integration = scripted(`process_outgoing_response () { return ${returned} }`, { retryFailedCalls: false })
    const { handle, entries, reports, texts } = await scripting(t, integration, { receiver: (request) => answerTo(request, status, '{"text":"plain"}') })
    t.equal(await handle(jobOf(integration)), 'done')
    t.match([entries[0], reports[0]], [{ step, status }, { outcome }], `${returned} ${status}`)
    t.strictSame(texts(), posted, `${returned} ${status}`)
  }
})

test('a script that fails before the call: nothing is sent or posted', async (t) => {
  for (const [method, error] of [
    ['prepare_outgoing_request () { console.log("was here"); throw new Error("boom") }', /^threw: Error: boom \(line 2, column \d+\); nothing was sent$/],
    ['prepare_outgoing_request () { return fetch("https://a.example") }', /^threw: ReferenceError: .*cannot call other servers/],
    ['prepare_outgoing_request () { for (;;); }', /^late/],
    ['x(', /^syntax: SyntaxError/]
  ] as const) {
    const integration = scripted(method, { retryFailedCalls: true })
    const { handle, requests, entries, reports, messenger } = await scripting(t, integration)
    t.equal(await handle(jobOf(integration)), 'done', 'it is not tried again')
    t.strictSame([requests, messenger.posts], [[], []])
    t.match([entries[0], reports[0]], [{ step: 'execute-script-error-running-prepare_outgoing_request', error, attempt: 1, finished: true }, { outcome: 'failed' }])
  }
})

test('a script that fails after the answer: nothing is posted, and the receiver is not called again', async (t) => {
  for (const [status, outcome] of [[200, 'delivered'], [500, 'failed']] as const) {
    const integration = scripted('process_outgoing_response () { throw new Error("boom") }', { retryFailedCalls: true })
    const { handle, entries, reports, messenger } = await scripting(t, integration, { receiver: (request) => answerTo(request, status, '{"text":"plain"}') })
    t.equal(await handle(jobOf(integration)), 'done')
    t.equal(messenger.posts.length, 0)
    t.match([entries[0], reports[0]], [{ step: 'execute-script-error-running-process_outgoing_response', error: /^threw: Error: boom/, status }, { outcome }])
  }
})

test('the message before the call is posted with the first attempt only', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, message: "soon" } }', { retryFailedCalls: true, retryCount: 3 })
  const { handle, texts, requests, messenger, entries } = await scripting(t, integration, { receiver: () => unanswered('connect', true) })
  await handle(again(await handle(jobOf(integration))))
  t.equal(requests.length, 2)
  t.strictSame(texts(), ['soon'])
  t.match(entries, [{ messages: [{ _id: 'message-1' }] }, { messages: undefined }])
  t.match(messenger.posts, [{ message: { bot: { i: integration._id } } }])
})

test('a URL that the script chose says nothing of the integration', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, url: "https://other.example/" } }')
  const { handle, changes, entries } = await scripting(t, integration, { receiver: (request) => answerTo(request, 410, '') })
  t.equal(await handle(jobOf(integration)), 'done')
  t.strictSame(changes, [], 'it is not switched off')
  t.match(entries, [{ step: 'failed-for-good', status: 410 }])
})

test('a message without a call that the chat refuses has failed', async (t) => {
  const integration = scripted('prepare_outgoing_request () { return { message: "soon" } }')
  const { handle, entries, reports } = await scripting(t, integration, { behaviours: { post: { '#GENERAL': { fail: new PostRefusedError('room_is_blocked') } } } })
  t.equal(await handle(jobOf(integration)), 'done')
  t.match([entries[0], reports[0]], [{ step: 'after-prepare-send-message', error: 'room_is_blocked' }, { outcome: 'failed' }])
})

test('a call that the server gives up when it closes comes again, and its message is not posted twice', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, message: "soon" } }')
  const { handle, texts } = await scripting(t, integration, { receiver: () => unanswered('aborted', true) })
  const job = again(await handle(jobOf(integration)))
  t.match(job, { attempts: 0, announced: true })
  await handle(job)
  t.strictSame(texts(), ['soon'])
})

test('a message that is refused holds no call up; a chat that is away does, and no attempt is used', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, message: "soon" } }')
  const refused = await scripting(t, integration, { behaviours: { post: { '#GENERAL': { fail: new PostRefusedError('room_is_blocked') } } } })
  t.equal(await refused.handle(jobOf(integration)), 'done')
  t.equal(refused.requests.length, 1)
  t.match(refused.entries, [{ messages: [{ error: 'room_is_blocked' }] }])
  const away = await scripting(t, integration, { behaviours: { post: { '#GENERAL': { fail: new Error('away') } } } })
  t.match(await away.handle(jobOf(integration)), { job: { attempts: 0, failures: 1, announced: undefined } })
  t.equal(away.requests.length, 0)
})

/** The job as it goes back to the queue. */
function again (outcome: JobOutcome): Job {
  if (outcome === 'done' || outcome.job === undefined) throw new Error('the job does not come again')
  return outcome.job
}

/** A sandbox that is busy for so many runs, and then wants the plain request and this content. */
function busyFor (runs: number, content: string): Sandbox {
  let left = runs
  return {
    run ({ method }) {
      if (method === 'prepare_outgoing_request') return { hasMethod: false, result: undefined, console: [] }
      if (left-- > 0) throw new ScriptFailedError('busy')
      return { hasMethod: true, result: { content }, console: [] }
    },
    load () {},
    close () {}
  }
}

test('a busy sandbox: before the call the delivery comes again; after the answer the script waits', async (t) => {
  const integration = scripted('')
  const before: Sandbox = { run () { throw new ScriptFailedError('busy') }, load () {}, close () {} }
  const first = await scripting(t, integration, { sandbox: before })
  const outcome = await first.handle(jobOf(integration))
  t.ok(waitOf(outcome) > 0)
  t.match(outcome, { job: { attempts: 0, failures: 1 } })
  t.strictSame([first.requests, first.entries], [[], []])

  const soon = await scripting(t, integration, { sandbox: busyFor(2, 'at last') })
  t.equal(await soon.handle(jobOf(integration)), 'done')
  t.strictSame([soon.texts(), soon.requests.length], [['at last'], 1])

  const taken = await scripting(t, integration, { sandbox: busyFor(99, 'never') })
  t.equal(await taken.handle(jobOf(integration)), 'done', 'the receiver has taken it')
  t.match(taken.entries, [{ step: 'execute-script-error-running-process_outgoing_response', status: 200, error: /busy/ }])
  const failed = await scripting(t, scripted('', { retryFailedCalls: true, retryCount: 3, retryDelay: 'powers-of-two' }), { sandbox: busyFor(99, 'never'), receiver: (request) => answerTo(request, 500, '') })
  t.match(await failed.handle(jobOf(integration)), { job: { attempts: 1 } }, 'the status decides')
})

test('content that could not be posted is posted later, without a call', async (t) => {
  const integration = scripted('process_outgoing_response () { return { content: { msg: "later" } } }')
  const away = await scripting(t, integration, { behaviours: { post: { '#GENERAL': { fail: new Error('away') } } }, receiver: (request) => answerTo(request, 503, 'not JSON') })
  const job = again(await away.handle(jobOf(integration)))
  t.match(job.reply, { text: '{"msg":"later"}', byScript: true, attempt: 1, failures: 1 })
  const back = await scripting(t, integration)
  t.equal(await back.handle(job), 'done')
  t.strictSame([back.texts(), back.requests], [['later'], []])
  t.match(back.entries, [{ step: 'url-response-sent-message' }])
  const damaged: Job = { ...job, reply: { text: '{broken', byScript: true, attempt: 1, failures: 1 } }
  t.equal(await back.handle(damaged), 'done', 'a damaged one is left out')
})

test('no secret, and nothing of the script, reaches a history or a log', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, url: "https://ann:pw@other.example/x?y=1" } }')
  const { handle, entries, secrets, log } = await scripting(t, integration, { receiver: () => unanswered('connect', false) })
  await handle(jobOf(integration))
  t.match(entries, [{ url: 'https://other.example/x?y=1' }])
  t.match(secrets[0], [integration.token, integration.secret, integration.script])
  t.notMatch(JSON.stringify([entries.map(({ data, ...rest }) => rest), log]), /pw@|class Script/)
})

test('a call that the end of the server breaks off: its message is not posted again', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, message: "soon" } }')
  const ending = await scripting(t, integration, { receiver: () => unanswered('aborted', true) })
  const outcome = await ending.handle(jobOf(integration))
  t.match(outcome, { retryIn: 0, job: { announced: true, attempts: 0 } })
  t.strictSame(ending.texts(), ['soon'])
  const next = await scripting(t, integration)
  t.equal(await next.handle(again(outcome)), 'done')
  t.strictSame([next.texts(), next.requests.length], [[], 1])
  const plain = triggerRecord()
  t.strictSame(await (await scripting(t, plain, { receiver: () => unanswered('aborted', true) })).handle(jobOf(plain)), { retryIn: 0 }, 'nothing is to be written')
})

test('a receiver whose answers a script makes something of has not failed', async (t) => {
  for (const status of [404, 410, 500]) {
    for (const [returned, isPaused] of [['{ content: "no such ticket" }', false], ['false', false], ['undefined', true]] as const) {
      const integration = scripted(`process_outgoing_response () { return ${returned} }`, { retryFailedCalls: false, urls: [url, `${url}/other`] })
      const { handle, deliverer } = await scripting(t, integration, { receiver: (request) => answerTo(request, status, '') })
      const job = jobOf(integration)
      for (let number = 0; number < 10; number++) await handle({ ...job, id: `msg_${number}` })
      t.equal(deliverer.pausedSince(job.lane) !== undefined, isPaused, `${status}, ${returned}`)
    }
  }
})

test('a sandbox that is away when the receiver has taken the delivery: the history tells what the script did before', async (t) => {
  const integration = scripted('')
  const sandbox: Sandbox = {
    run ({ method }) {
      if (method === 'process_outgoing_response') throw new Error('away')
      return { hasMethod: true, result: { url, method: 'PUT', message: 'soon' }, console: [{ level: 'log', text: 'a line' }] }
    },
    load () {},
    close () {}
  }
  const { handle, entries, reports, secrets } = await scripting(t, integration, { sandbox })
  t.equal(await handle(jobOf(integration)), 'done')
  t.match(entries, [{
    step: 'after-http-call', status: 200, ranPrepareScript: true, messages: [{ _id: 'message-1' }], console: [{ text: 'a line' }], notes: [/the log says why/]
  }])
  t.match(reports, [{ integration: { name: integration.name }, outcome: 'delivered' }])
  t.match(secrets[0], [integration.token])
})

test('a script that makes the names of hosts writes neither texts nor many lines into the log', async (t) => {
  const integration = scripted('prepare_outgoing_request ({ request }) { return { ...request, url: "http://" + request.data.text + ".localhost/" } }')
  const { handle, log } = await scripting(t, integration, {
    receiver: (request) => unanswered('refused-address', false, {
      error: { code: 'refused-address', message: `the address of ${new URL(request.url).host} is not public` }, address: '127.0.0.1'
    })
  })
  for (const text of ['private-words', 'more-words']) await handle(jobOf(integration, { payload: { text } }))
  t.equal(log.lines.length, 1)
  t.match(JSON.stringify(log.lines), new RegExp(`outgoing\\.allow.*${integration._id}`))
  t.notMatch(JSON.stringify(log.lines), /words/)
})
