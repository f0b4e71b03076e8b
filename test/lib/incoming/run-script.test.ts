import { type Test, test } from 'tap'
import { type HistoryEntry, type IncomingIntegration, MemoryHistory, type Sandbox, ScriptFailedError, type ScriptRun } from '../../../lib/index.ts'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { hookHost, type HookHostOptions, hookPath } from '../../support/hook-host.ts'
import { hookRecord } from '../../support/ports.ts'
import { credentials, members } from '../../support/workspace.ts'

/** An incoming webhook whose method has this body. */
function scripted (body: string, changes: Partial<IncomingIntegration> = {}): IncomingIntegration {
  return hookRecord({ scriptEnabled: true, script: `class Script {\n  process_incoming_request ({ request }) {\n    ${body}\n  }\n}`, ...changes })
}

/** A host with a sandbox. */
async function host (t: Test, record: IncomingIntegration, { options, ...more }: HookHostOptions = {}) {
  const history = new MemoryHistory()
  const made = await hookHost(t, { records: [record], ...more, options: { sandbox: new ScriptSandbox(), history, ...options } })
  return {
    ...made,
    post: async (payload: object | string, headers: Readonly<Record<string, string>> = {}, more: string = '') => {
      const { statusCode, body } = await made.send(hookPath(record) + more, payload, { headers })
      return `${statusCode} ${body}`
    },
    last: async (): Promise<HistoryEntry | undefined> => (await history.list(record._id, { offset: 0, count: 1 })).entries[0],
    texts: () => made.messenger.posts.map(({ message: { text } }) => text)
  }
}

const success = '200 {"success":true,"ok":true}'

test('a push of GitHub becomes one message', async (t) => {
  const { post, messenger, last } = await host(t, scripted(`
    if (request.headers['x-github-event'] !== 'push') return { error: { success: false, message: 'ignored' } }
    const { repository, commits, pusher } = request.content
    console.log('commits', commits.length)
    return { content: { text: pusher.name + ' pushed ' + commits.length + ' to ' + repository.name, attachments: commits.map(({ message }) => ({ text: message })) } }`))
  const push = { repository: { name: 'chat' }, pusher: { name: 'ann' }, commits: [{ message: 'fix' }, { message: 'feat' }] }
  t.equal(await post(push, { 'x-github-event': 'push' }), success)
  t.match(messenger.posts, [{ message: { text: 'ann pushed 2 to chat', attachments: [{ text: 'fix' }, { text: 'feat' }] } }])
  t.match(await last(), { step: 'sent-message', status: 200, data: push, console: [{ level: 'log', text: 'commits 2' }] })
  t.equal(await post({ zen: 'a' }, { 'x-github-event': 'ping' }), '400 {"success":false,"message":"ignored","error":"ignored"}')
  t.match(await last(), { step: 'run-script', status: 400, error: /refused/ })
  t.equal(messenger.posts.length, 1)
})

test('the script sees the request as it came, without its token and without credentials', async (t) => {
  const record = scripted('return { content: { text: JSON.stringify(request) } }')
  const { post, texts } = await host(t, record)
  await post('a=1&b=two', { 'content-type': 'application/x-www-form-urlencoded', cookie: 'c', authorization: 'Basic x', 'x-odd': 'y' }, '?k=v&k=w&token=' + record.token)
  const [text = ''] = texts()
  t.notMatch(text, record.token)
  t.match(JSON.parse(text), {
    content: { a: '1', b: 'two' },
    content_raw: 'a=1&b=two',
    body: { a: '1', b: 'two' },
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-odd': 'y', cookie: undefined, authorization: undefined },
    url: { query: { k: ['v', 'w'], token: '***' }, pathname: `/hooks/${record._id}/***`, search: '?k=v&k=w&token=***', hash: '' },
    url_params: { integrationId: record._id, token: '***' },
    user: { _id: record.userId, username: record.username }
  })
  await post('', { 'content-type': 'text/plain' })
  t.match(JSON.parse(texts()[1] ?? ''), { content_raw: '', headers: { 'content-type': 'text/plain' } }, 'also without a body')
})

test('what a script may return', async (t) => {
  for (const [body, answer, posted] of [
    ['return { content: { text: "a" }, response: { id: 7 } }', '200 {"id":7,"success":true,"ok":true}', ['a']],
    ['return { content: { text: "a" }, response: "pong" }', '200 pong', ['a']],
    ['return { content: "a text" }', success, ['a text']],
    ['return { content: { text: "a" }, user: { username: "rocket.cat" } }', success, ['a']],
    ['return', success, []],
    ['return null', success, []],
    ['return false', success, []],
    ['return true', success, []],
    ['return {}', success, []],
    ['return { error: "no" }', '400 {"success":false,"error":"no"}', []],
    ['return { content: {} }', /^400 .*error-no-message/, []],
    ['return { content: [] }', /^400 .*error-no-message/, []],
    ['return 5', /^400 .*"reason":"threw"/, []],
    ['return { text: "a" }', /^400 .*"reason":"threw"/, []],
    ['return Promise.resolve({ content: { text: "later" } })', success, ['later']],
    ['return { content: { text: "a", channel: "#random" } }', /^400 .*overriding destination channel is disabled/, []]
  ] as const) {
    const { post, texts } = await host(t, scripted(body))
    const answered = await post({ text: 'as it came' })
    if (typeof answer === 'string') t.equal(answered, answer, body)
    else t.match(answered, answer, body)
    t.strictSame(texts(), posted, body)
  }
})

test('a script without the method: the payload as it came', async (t) => {
  const { post, texts, last } = await host(t, hookRecord({ scriptEnabled: true, script: 'class Script { prepare_outgoing_request () {} }' }))
  t.equal(await post({ text: '<https://a.example|b>' }, {}, '/slack'), '200 ok')
  t.strictSame(texts(), ['[b](https://a.example)'], 'as the sender means it')
  t.match(await last(), { notes: [/no process_incoming_request/] })
})

test('a script chooses a room only where the payload may', async (t) => {
  const { post, messenger } = await host(t, scripted('return { content: { text: "a", channel: "#team" } }', { overrideDestinationChannelEnabled: true }))
  t.equal(await post({}), success)
  t.match(messenger.posts, [{ to: { room: { _id: 'teamId' } } }])
})

test('a script that fails posts nothing, and only the history has its words', async (t) => {
  for (const [script, reason, error, status] of [
    ['class Script { x( }', 'does-not-compile', /^error-running-script: syntax: SyntaxError: .*\(line 1, column \d+\)$/, 400],
    ['let a', 'does-not-compile', /no-class/, 400],
    ['class Script { process_incoming_request () { console.warn("w"); throw new TypeError("secret words") } }', 'threw', /threw: TypeError: secret words \(line 1, column \d+\)$/, 400],
    ['class Script { process_incoming_request () { return new Promise(() => {}) } }', 'threw', /pending/, 400],
    ['class Script { process_incoming_request () { for (;;); } }', 'late', /late/, 400],
    ['class Script { process_incoming_request () { return { content: { text: "x".repeat(300000) } } } }', 'too-large', /output-too-large/, 400],
    ['class Script { process_incoming_request () { const a = []; for (;;) a.push("x".repeat(1e5) + a.length) } }', 'too-large', /memory/, 400]
  ] as const) {
    const { post, messenger, last } = await host(t, hookRecord({ scriptEnabled: true, script }))
    t.equal(await post({ text: 'a' }), `${status} {"success":false,"error":"The script of this integration could not be run [error-running-script]","errorType":"error-running-script","details":{"reason":"${reason}"}}`, script)
    t.equal(messenger.posts.length, 0)
    t.match(await last(), { step: 'run-script', status, error, notes: [`the reason is ${reason}`] }, script)
  }
})

test('without a sandbox nothing is posted', async (t) => {
  const { post, last } = await host(t, scripted('return { content: { text: "a" } }'), { options: { sandbox: null } })
  t.match(await post({ text: 'a' }), /^400 .*"details":\{"reason":"no-sandbox"\}/)
  t.match(await last(), { error: /this server runs no scripts/ })
})

/** A sandbox that fails each run. */
function failing (fail: (run: ScriptRun) => unknown): Sandbox {
  return { run: async (run) => { throw fail(run) }, load () {}, close () {} }
}

test('a busy sandbox, and one that breaks: 503, and to be sent again', async (t) => {
  for (const [thrown, error] of [
    [new ScriptFailedError('busy'), /busy/],
    [new Error('engine lost'), /error-service-unavailable/]
  ] as const) {
    const { send, messenger, last } = await host(t, scripted('return'), { options: { sandbox: failing(() => thrown) } })
    const { statusCode, headers, body } = await send(hookPath(scripted('return')), { text: 'a' })
    t.equal(statusCode, 503)
    t.match(headers, { 'retry-after': /^\d+$/ })
    t.notMatch(body, /engine/)
    t.equal(messenger.posts.length, 0)
    t.match(await last(), { status: 503, error })
  }
})

test('the same delivery again: posted once, and the script runs once', async (t) => {
  const { post, texts } = await host(t, scripted('const n = (Store.get("n") ?? 0) + 1\nStore.set("n", n)\nreturn { content: { text: "run " + n }, response: { n } }'))
  const headers = { 'x-github-delivery': 'd1' }
  t.equal(await post({ a: 1 }, headers), '200 {"n":1,"success":true,"ok":true}')
  t.match(await post({ a: 1 }, headers), '200 {"success":true,"ok":true}', 'a note holds no response of a script')
  t.equal(await post({ a: 2 }, headers), '200 {"n":2,"success":true,"ok":true}', 'another body is another delivery')
  t.strictSame(texts(), ['run 1', 'run 2'])
})

test('Store is kept for an integration while its script stays the same', async (t) => {
  const body = 'Store.set("n", (Store.get("n") ?? 0) + 1)\nreturn { content: { text: String(Store.get("n")) } }'
  const record = scripted(body)
  const made = await host(t, record)
  await made.post({})
  await made.post({})
  const changed = scripted(`${body}\n// changed`)
  const { app } = made
  const update = async (integration: IncomingIntegration) => await app.inject({
    method: 'PUT',
    url: '/api/v1/integrations.update',
    headers: credentials(members.admin),
    payload: { type: 'webhook-incoming', integrationId: record._id, script: integration.script, scriptEnabled: true }
  })
  t.match((await update(changed)).json(), { success: true })
  await made.post({})
  t.strictSame(made.texts(), ['1', '2', '1'])
})

test("the host's own code runs the script, too", async (t) => {
  const record = scripted('return { content: { text: request.content.text + "!" }, response: { a: 1 } }')
  const { app, texts } = await host(t, record)
  t.match(await app.integrations.execute(record._id, { text: 'hi' }), { messages: [{ _id: String }] })
  t.strictSame(texts(), ['hi!'])
})
