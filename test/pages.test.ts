import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { REST } from '@discordjs/rest'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import type { Redis } from 'ioredis'
import { type Test, test } from 'tap'
import ts from 'typescript'
import chatIntegrations, * as doors from '../lib/index.ts'
import type { IntegrationScope } from '../lib/ports/store.ts'
import { RedisHistory, RedisStore } from '../lib/redis.ts'
import { QueueKeys } from '../lib/queues/bullmq/keys.ts'
import { checkedQueueOptions, queueOptionNames } from '../lib/queues/options.ts'
import { checkedBounds } from '../lib/stores/history/bounds.ts'
import { RedisKeys } from '../lib/stores/redis/keys.ts'
import { entryOf } from './support/history.ts'
import { headersOf } from './support/chat.ts'
import { incomingRecord, outgoingRecord, patient } from './support/integrations.ts'
import { type Created, sendCall } from './support/page-call.ts'
import { anchorsOf, linksOf, pageAt, pages, receivers, rowsOf, sectionOf, sentencesOf, type Snippet, snippetsOf } from './support/pages.ts'
import { redisClient, redisServer } from './support/redis-client.ts'
import { freePort } from './support/redis-server.ts'
import { root } from './support/root.ts'
import { run } from './support/run.ts'
import { send } from './support/send.ts'
import { unchecked } from './support/unchecked.ts'

const readme = pageAt('README.md')
const managing = pageAt('lib/management/README.md')
const incoming = pageAt('lib/incoming/README.md')
const stores = pageAt('lib/stores/README.md')
const queues = pageAt('lib/queues/README.md')
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
// The page for receivers, which is in several languages, has a test of its own.
const snippets = pages.filter(({ path }) => path !== receivers).flatMap(snippetsOf)
  .concat(snippetsOf(pageAt(receivers)).filter(({ language }) => language === 'ts'))

/** Where the snippets are written and compiled: below dist, so that the package is found by its own name. */
const folder = join(root, 'dist/pages')
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })

function inLanguage (language: string, among: readonly Snippet[] = snippets): string[] {
  return among.filter((snippet) => snippet.language === language).map(({ code }) => code)
}

test('the README can be read in a hurry', (t) => {
  t.ok(readme.text.split('\n').length - 1 <= 250, 'at most 250 lines')
  for (const [, heading = ''] of readme.text.matchAll(/^## (.*)$/gm)) t.ok(readme.text.includes(`[${heading}](#`), `a link to ${heading}`)
  t.end()
})

test('the pages are written in short sentences', (t) => {
  for (const page of pages) {
    const sentences = sentencesOf(page)
    t.ok(sentences.length > 10, page.path)
    t.strictSame(sentences.filter((sentence) => sentence.split(/\s+/).length > 45), [], page.path)
  }
  t.end()
})

test('every link leads to a file, and every anchor to a heading', (t) => {
  const links = pages.flatMap((page) => linksOf(page).map((link) => ({ ...link, from: page.path })))
  t.ok(links.length > 50)
  t.strictSame(links.filter(({ path, anchor }) =>
    !existsSync(join(root, path)) || (anchor !== '' && !anchorsOf(pageAt(path)).has(anchor))), [])
  t.end()
})

test('the TypeScript of the pages', async (t) => {
  const files = inLanguage('ts').map((code) => ({ code, name: /^\/\/ ([a-z-]+)\.ts\n/.exec(code)?.[1] ?? '' }))
  t.strictSame(files.map(({ name }) => name).sort(), [
    'adapter-contracts', 'authenticate', 'cluster-store', 'dashboard', 'decline-upgrades', 'directory', 'discord-paths', 'emit', 'encrypted-store', 'has-permission',
    'history', 'messenger', 'openapi', 'queue', 'queue-contract', 'rate-limit', 'sandbox', 'sandbox-contract', 'store', 'store-contract', 'url-for-logs', 'workspaces'
  ], 'each has a name of its own')
  for (const { name, code } of files) await writeFile(join(folder, `${name}.ts`), code)
  const { options } = ts.parseJsonConfigFileContent(
    { ...ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, include: [] }, ts.sys, root)
  const program = ts.createProgram(files.map(({ name }) => join(folder, `${name}.ts`)),
    { ...options, rootDir: folder, outDir: folder, declaration: false, declarationMap: false })
  program.emit()
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  t.strictSame(problems, [], 'fits the types')

  const server = await redisServer(t)
  // Read when the modules are loaded.
  const keys = [randomBytes(32), randomBytes(32)]
  process.env['REDIS_URL'] = server.url
  process.env['INTEGRATION_KEYS'] = keys.map((key) => key.toString('base64')).join(',')
  t.teardown(() => {
    delete process.env['REDIS_URL']
    delete process.env['INTEGRATION_KEYS']
  })
  const load = async (name: string): Promise<object> => import(pathToFileURL(join(folder, `${name}.js`)).href)
  const { authenticate, hasPermission, directory, store, redis } = unchecked<doors.IntegrationsOptions & { redis: Redis }>(Object.assign({},
    await load('authenticate'), await load('has-permission'), await load('directory'), await load('store')))
  t.teardown(() => redis.disconnect())
  const adapters = { authenticate, hasPermission, directory }
  const input = { type: 'webhook-incoming', name: 'Deploys', enabled: true, username: 'deploy.bot', channel: '#general', scriptEnabled: false } as const
  const create = async (app: FastifyInstance, token: string, path = '/api/v1'): Promise<LightMyRequestResponse> => app.inject({
    method: 'POST', url: `${path}/integrations.create`, headers: { 'x-user-id': 'u1', 'x-auth-token': token }, payload: input
  })
  const token = 'a-long-random-token'
  const serverOf = (t: Test): FastifyInstance => {
    const app = Fastify()
    t.teardown(() => app.close())
    return app
  }

  await t.test('the adapters, put together, are a working host', async (t) => {
    const app = serverOf(t)
    const { messenger, messagesOf } = unchecked<{ messenger: doors.Messenger, messagesOf: Map<string, object[]> }>(await load('messenger'))
    await app.register(chatIntegrations, { ...adapters, store, messenger })
    const reply = await create(app, token)
    t.equal(reply.statusCode, 200, reply.body)
    const { integration: { hookPath, ...integration } } = reply.json()
    t.match(await store?.find(integration._id, patient), { integration })
    const posted = await app.inject({ method: 'POST', url: hookPath, payload: 'Hello' })
    t.strictSame([posted.statusCode, posted.body], [200, '{"success":true,"ok":true}'])
    t.match(messagesOf.get('r1'), [{ text: 'Hello', author: { username: 'deploy.bot' }, bot: { i: integration._id } }])
    t.equal((await create(app, 'a-guess')).statusCode, 401)
    const user = { _id: 'u1', username: 'alice' }
    const { _id: integrationId, type } = integration
    t.match(await app.integrations.update(user, { type, integrationId, name: 'Releases' }), { name: 'Releases' })
    t.match(await app.integrations.list(user, { name: 'releas', sort: '{"name":1}' }), { total: 1 })
    t.match(await app.integrations.remove(user, { type, integrationId }), { name: 'Releases' })
    const members = rowsOf(sectionOf(managing, '`fastify.integrations`'), /./).flatMap(([cell = '']) => cell.match(/^\w+$|\w+(?=\()/g) ?? [])
    t.strictSame(members.filter((name) => name !== 'member').sort(), Object.keys(app.integrations).sort(), 'the table of fastify.integrations')
  })

  for (const [name, cases] of [['adapter-contracts', 15], ['store-contract', 55], ['queue-contract', 20]] as const) {
    await t.test(name, async (t) => {
      // It fails when a case fails.
      const report = await run(process.execPath, ['--test-reporter=tap', join(folder, `${name}.js`)], root)
      t.ok(Number(/^# pass (\d+)$/m.exec(report)?.[1]) >= cases, `the ${cases} cases pass under node:test`)
    })
  }

  await t.test('a server with WebSockets gives other offers to the routes', async (t) => {
    const { declineUpgrades } = unchecked<{ declineUpgrades: (app: FastifyInstance) => void }>(await load('decline-upgrades'))
    const app = serverOf(t)
    app.post('/', async ({ body, headers }) => ({ body, upgrade: headers.upgrade }))
    app.server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'))
    declineUpgrades(app)
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.teardown(() => agent.destroy())
    const headers = { 'content-type': 'text/plain', connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' }
    const sendings = [
      { headers, body: 'Hello' },
      { headers: { ...headers, 'transfer-encoding': 'chunked' }, body: ['x'.repeat(100_000), 'y'.repeat(100_000), 'z'] },
      { headers: { ...headers, expect: '100-continue' }, body: 'Hello' },
      { headers: { 'content-type': 'text/plain' }, body: 'Hello' },
      // More of them than an event may have listeners without a warning.
      ...Array.from({ length: 20 }, () => ({ headers, body: 'Hello' }))
    ]
    for (const sending of sendings) {
      const { status, body } = await send(url, { ...sending, agent })
      t.strictSame([status, JSON.parse(body)], [200, { body: [sending.body].flat().join('') }])
    }
    const upgraded = request(url, { headers: { connection: 'Upgrade', upgrade: 'websocket' } }).end()
    const [{ statusCode }, socket]: [{ statusCode: number }, Duplex] = unchecked(await once(upgraded, 'upgrade'))
    t.equal(statusCode, 101, 'a WebSocket is one as before')
    socket.destroy()
  })

  await t.test('a client of Discord that makes the path itself', async (t) => {
    const { serverForDiscordJs } = unchecked<{ serverForDiscordJs: () => FastifyInstance }>(await load('discord-paths'))
    const app = serverForDiscordJs()
    t.teardown(() => app.close())
    const { messenger } = unchecked<{ messenger: doors.Messenger }>(await load('messenger'))
    await app.register(chatIntegrations, { ...adapters, messenger })
    const { integration } = (await create(app, token)).json()
    const rest = new REST({ api: `${await app.listen({ port: 0, host: '127.0.0.1' })}/discord`, retries: 0 })
    t.teardown(() => {
      rest.clearHashSweeper()
      rest.clearHandlerSweeper()
    })
    // The path that WebhookClient of discord.js calls.
    t.match(await rest.post(`/webhooks/${integration._id}/${integration.token}`, { auth: false, query: new URLSearchParams({ wait: 'true' }), body: { content: 'Hello' } }), { id: /./, content: 'Hello' })
    await t.rejects(rest.post(`/webhooks/${integration._id}/wrong`, { auth: false, body: { content: 'Hello' } }), { message: 'Unknown Webhook' })
  })

  await t.test('addresses in logs', async (t) => {
    const { urlForLogs } = unchecked<{ urlForLogs: (url: string) => string }>(await load('url-for-logs'))
    for (const rest of ['/secret', '/secret/slack', '/x/secret', '/secret?wait=true', '?secret', '/secret\nsecret', '//secret']) {
      t.equal(urlForLogs(`/hooks/id${rest}`), '/hooks/id/***')
    }
    for (const url of ['/', '/hooks', '/hooks/id', '/api/v1/integrations.list?name=a']) t.equal(urlForLogs(url), url)
  })

  await t.test('several workspaces', async (t) => {
    const { serveWorkspaces } = unchecked<{
      serveWorkspaces: (app: FastifyInstance, workspaces: Record<string, doors.IntegrationsOptions>) => Promise<void>
    }>(await load('workspaces'))
    const app = serverOf(t)
    await serveWorkspaces(app, { one: adapters, two: adapters })
    for (const path of ['/one/api/v1', '/two/api/v1']) t.equal((await create(app, token, path)).statusCode, 200)
  })

  await t.test('a rate limit that counts what is not logged in', async (t) => {
    const { limited } = unchecked<{ limited: (app: FastifyInstance, options: doors.IntegrationsOptions) => Promise<void> }>(await load('rate-limit'))
    const app = serverOf(t)
    await limited(app, adapters)
    t.equal((await create(app, 'a-guess')).headers['x-ratelimit-remaining'], '299')
    t.equal((await create(app, 'a-guess')).headers['x-ratelimit-remaining'], '298')
  })

  await t.test('a documented server', async (t) => {
    const { documentRoutes, routeOptions } = unchecked<{
      documentRoutes: (app: FastifyInstance) => Promise<void>, routeOptions: doors.IntegrationRouteOptions
    }>(await load('openapi'))
    const app = serverOf(t)
    await documentRoutes(app)
    await app.register(chatIntegrations, { ...adapters, routeOptions })
    await app.ready()
    t.match(app.swagger(), { openapi: '3.1.0', paths: { '/api/v1/integrations.create': { post: { tags: ['integrations'] } } } })
  })

  await t.test('encryption, switched on and a key rotated', async (t) => {
    const redis = redisClient(t, server)
    const plain = new RedisStore({ redis })
    const { encryptedStore, encryptAnew } = unchecked<{
      encryptedStore: (redis: Redis, acceptPlaintext?: boolean) => doors.IntegrationStore
      encryptAnew: (store: doors.IntegrationStore) => Promise<void>
    }>(await load('encrypted-store'))
    const [first, second] = keys.map((key) => new doors.EncryptedStore(plain, { keys: [key] }))
    t.equal(encryptedStore(redis).workspace, 'chat-integrations')
    const ids = Array.from({ length: 250 }, (_, index) => `id${index}`)
    const recordOf = (_id: string, index: number): doors.Integration => index % 2 === 0 ? incomingRecord({ _id }) : outgoingRecord({ _id })
    for (const [index, _id] of ids.entries()) await (index % 3 === 0 ? plain : second)?.insert(recordOf(_id, index), {}, patient)
    await encryptAnew(encryptedStore(redis, true))
    for (const [index, _id] of ids.entries()) {
      const record = recordOf(_id, index)
      t.strictSame((await first?.find(_id, patient))?.integration, record)
      t.not((await plain.find(_id, patient))?.integration.token, record.token)
    }
  })
})

test('the smallest host', async (t) => {
  const section = snippetsOf(sectionOf(readme, 'The smallest host'))
  const [code = '', ...otherCode] = inLanguage('js')
  const [call = '', post = '', ...otherCalls] = inLanguage('sh', section)
  t.strictSame([...otherCode, ...otherCalls], [], 'one host and two calls')
  t.match(section[0], { language: 'js', code })
  const port = await freePort()
  t.ok(code.includes('port: 3000') && call.includes('localhost:3000'))
  await writeFile(join(folder, 'server.mjs'), code.replace('port: 3000', `port: ${port}`))
  const lines = await start(t, 'dist/pages/server.mjs', port)
  const created = await sendCall(call, `http://127.0.0.1:${port}`)
  t.match(created, { success: true, integration: { name: 'Deploys', channel: ['#general'] } })
  t.match(await sendCall(post, `http://127.0.0.1:${port}`, created.integration), { success: true })
  t.match(await lines.next(), { value: 'alice: Hello' }, 'the message is printed')
})

test('the commands', async (t) => {
  const commands = inLanguage('sh')
  const calls = commands.filter((command) => command.startsWith('curl '))
  t.strictSame([...new Set(commands.filter((command) => !calls.includes(command)))].sort(), [
    'npm ci\nnpm start\n',
    'npm ci\nnpm test\n',
    'npm install fastify-chat-integrations fastify\n',
    'npm run build\nnpx tap run --disable-coverage dist/test/lib/plugin.test.js\n'
  ])
  t.ok(existsSync(join(root, 'dist/test/lib/plugin.test.js')))
  t.equal(packageJson.scripts.start, 'tsc -b examples/tsconfig.start.json && exec node dist/examples/standalone.js')
  for (const { path, text } of pages) {
    for (const [, script = ''] of text.matchAll(/npm run ([\w:]+)/g)) t.ok(script in packageJson.scripts, `${path}: ${script}`)
  }

  const port = await freePort()
  await start(t, 'dist/examples/standalone.js', port)
  const [first, posting, managed] = [sectionOf(readme, 'The example server'), incoming, managing].map((page) =>
    inLanguage('sh', snippetsOf(page)).filter((command) => calls.includes(command)))
  if (first === undefined || posting === undefined || managed === undefined) throw new Error('three pages')
  t.equal(calls.length, 2 + first.length + posting.length + managed.length, 'all of them are sent, two to the smallest host')
  let last: Created | undefined
  const answers: unknown[] = []
  // The last call is the one that can be sent again.
  for (const call of [...first, ...posting, ...managed, ...managed.slice(-1)]) {
    const answer = await sendCall(call, `http://127.0.0.1:${port}`, last)
    last = answer.integration ?? last
    answers.push(answer)
  }
  const integration = { channel: ['#general'], username: 'rocket.cat' }
  t.match(answers, [
    { success: true, integration },
    { success: true, ok: true },
    { success: true, ok: true },
    { success: true, ok: true },
    { success: true, ok: true, messages: [{ channel: '#general', _id: /./ }] },
    { success: true, integration },
    { success: true, total: 1 },
    { success: true, integration },
    { success: true, integration: { enabled: true } },
    { success: true, integration: { enabled: true } },
    { success: true, history: [], total: 0 },
    { success: true },
    { success: true, integration: { enabled: true } },
    { success: true, explanation: { step: 'sent-message', messages: [{ message: { text: 'Build 7 is green' } }] } },
    { success: true, integration: { name: 'sent twice' } },
    { success: true, integration: { name: 'sent twice' } }
  ])
  t.equal(answers.length, 16)
  t.strictSame(answers.at(-1), answers.at(-2), 'the first answer again')
  const reply = await fetch(`http://127.0.0.1:${port}/api/v1/channels.messages?roomName=general`, { headers: headersOf.admin })
  t.match(await reply.json(), {
    messages: [
      { msg: 'Disk is full', alias: 'db-1', emoji: ':fire:', attachments: [{ title: '/var', color: 'danger' }] },
      { msg: 'load=5, 100% & more' },
      { msg: 'Backup of db-1 is done: 100% & verified' },
      { msg: 'Version 4.2 is live', alias: 'Deploys', emoji: ':rocket:', attachments: [{ title: 'Changes', fields: [{ title: 'Took', value: '3 min', short: true }] }] }
    ]
  })
})

/** Starts a server and waits until it prints its address; the test ends it. Returns the lines that it prints later. */
async function start (t: Test, file: string, port: number): Promise<AsyncIterator<string>> {
  const server = spawn(process.execPath, [file], { cwd: root, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => end(server))
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]()
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${file} ended before it listened`)
    if (String(value).includes(`:${port}`)) return lines
  }
}

async function end (server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}

test('every snippet is of a kind that is tested here', (t) => {
  // A script of an integration is javascript: test/lib/sandbox runs it.
  t.strictSame(snippets.filter(({ language }) => !['js', 'javascript', 'sh', 'ts'].includes(language)), [])
  t.end()
})

test('the tables of errors are the tables in the code', (t) => {
  const errors = sectionOf(managing, 'Errors')
  t.strictSame(
    rowsOf(errors, /^(?:error-|invalid-params|not[_-]authorized|integration-|history-)/).map(([code, status, reason]) => [code, Number(status), reason]),
    Object.entries(doors.failures).map(([code, { status, reason }]) => [code, status, reason]))
  const plain = rowsOf(errors, /^(?:error-|not[_-]authorized)/).filter(([, , , when = '']) => when.startsWith('†')).map(([code]) => code)
  t.strictSame(plain, Object.entries(doors.failures).flatMap(([code, failure]) => 'form' in failure && failure.form === 'plain' ? [code] : []))
  const classes = rowsOf(errors, /Error$/).map(([name, code]) => [name, code])
  const exported = Object.keys(doors).filter((name) => name.endsWith('Error'))
  t.strictSame(classes.map(([name]) => name).sort(), exported.sort())
  for (const [name = '', code] of classes) {
    if (name === 'IntegrationError') continue
    const ErrorClass: unknown = Reflect.get(doors, name)
    t.match(typeof ErrorClass === 'function' ? Reflect.construct(ErrorClass, ['a', 'b']) : undefined, { code }, name)
  }
  t.end()
})

test('the table of options names every option with its default', async (t) => {
  const { resolveOptions } = await import('../lib/options/options.ts')
  const unused = (): never => { throw new Error('not called') }
  const settings = resolveOptions(
    { authenticate: unused, hasPermission: unused, directory: { findUser: unused, findRoom: unused, isMember: unused }, messenger: { post: unused } },
    { store: () => new doors.MemoryStore(), history: () => new doors.MemoryHistory(), queue: () => new doors.InProcessQueue() })
  const table = rowsOf(sectionOf(readme, 'Options'), /^[a-z]\w+$/i).filter(([name]) => name !== 'option')
  t.strictSame(table.map(([name]) => name), Object.keys(settings))
  for (const [name = '', , standard = ''] of table) {
    const value: unknown = Reflect.get(settings, name)
    if (typeof value === 'string') t.equal(standard, `'${value}'`, name)
    if (typeof value === 'boolean' || value === null) t.equal(standard, String(value), name)
    if (typeof value === 'number') t.equal(Number(standard), value, name)
  }
})

test('the tables about incoming webhooks are the tables in the code', async (t) => {
  const [{ readIncoming }, { profiles }, { deliveryIdOf }] = await Promise.all([
    import('../lib/options/incoming.ts'), import('../lib/incoming/profiles/index.ts'), import('../lib/incoming/deliveries.ts')
  ])
  const options = rowsOf(sectionOf(incoming, 'Options'), /^[a-z]\w+$/i).filter(([name]) => name !== 'option')
  t.strictSame(options.map(([name, , standard = '']) => [name, standard.startsWith("'") ? standard.slice(1, -1) : JSON.parse(standard)]),
    Object.entries(readIncoming({})))
  const answers = rowsOf(sectionOf(incoming, 'Answers'), /^(?:the hook|\/\w+)$/).map(([path = '']) => path.replace(/^(?:the hook|\/)/, ''))
  t.strictSame(answers, profiles.map(({ name }) => name))
  const headers = /^- These headers name a delivery: (.*)\.$/m.exec(incoming.text)?.[1]?.match(/[\w-]+/g) ?? []
  t.equal(headers.length, 8)
  for (const header of headers) t.equal(deliveryIdOf({ [header.toLowerCase()]: 'id' }), 'id', header)
})

test('the table of versions begins with the oldest that package.json allows', (t) => {
  const versions = new Map(rowsOf(sectionOf(readme, 'Compatibility'), /./).map(([name = '', range = '']) => [name, range]))
  const { engines, peerDependencies } = packageJson
  t.ok(versions.get('Node.js')?.includes(`from ${engines.node.slice('>='.length)}`))
  t.ok(versions.get('Fastify')?.startsWith(`${peerDependencies.fastify.slice(1)} `))
  t.ok(versions.get('ioredis')?.startsWith(`${peerDependencies.ioredis.split(' ')[0].slice(1)} `))
  t.end()
})

test('the table of Redis keys names every key', (t) => {
  const keys = new RedisKeys('prefix')
  const scopes: IntegrationScope[] = [unchecked({ type: '<type>' }), unchecked({ type: '<type>', creatorId: '<userId>' })]
  t.strictSame(rowsOf(sectionOf(stores, 'Redis'), /^\{prefix\}:/).map(([key]) => key), [
    keys.record('<_id>'),
    ...scopes.flatMap((scope) => (['creation', 'name'] as const).map((order) => keys.index(scope, order))),
    keys.targetUrls,
    keys.removed('<_id>'),
    keys.idempotency('<hash>'),
    keys.changes
  ])
  t.strictSame(rowsOf(sectionOf(stores, 'History'), /^\{prefix\}:/).map(([key]) => key), [keys.history('<_id>'), keys.historyPlaces('<_id>')])
  t.end()
})

test('the table of the methods of a store names every method', (t) => {
  const methods = rowsOf(sectionOf(stores, 'Writing your own store'), /\(/).map(([name = '']) => name.replace(/\(.*/, ''))
  const ofMemoryStore = Object.getOwnPropertyNames(doors.MemoryStore.prototype).filter((name) => name !== 'constructor')
  // MemoryStore has nothing to open or to close.
  t.strictSame(methods.sort(), [...ofMemoryStore, 'start', 'close'].sort())
  t.end()
})

test('the tables of histories name every method and every option with its default', (t) => {
  const section = sectionOf(stores, 'History')
  const methods = rowsOf(section, /\(/).map(([name = '']) => name.replace(/\(.*/, ''))
  const ofMemoryHistory = Object.getOwnPropertyNames(doors.MemoryHistory.prototype).filter((name) => name !== 'constructor')
  t.strictSame(methods.sort(), ofMemoryHistory.sort())
  const bounds = rowsOf(section, /^max/).map(([name = '', standard]) => [name, Number(standard)] as const)
  t.strictSame(Object.fromEntries(bounds), { ...checkedBounds({}, 'the page'), maxTotalBytes: 64 * 1024 * 1024 })
  t.end()
})

test('the tables of queues name every method, every option with its default, and every key', (t) => {
  const methods = rowsOf(sectionOf(queues, 'Writing your own queue'), /\(/).map(([name = '']) => name.replace(/\(.*/, ''))
  const ofQueue = Object.getOwnPropertyNames(doors.InProcessQueue.prototype).filter((name) => name !== 'constructor')
  t.strictSame(methods.sort(), ofQueue.sort())
  const table = rowsOf(sectionOf(queues, 'Options'), /^[a-z]\w+$/i).filter(([name]) => name !== 'option')
  t.strictSame(table.map(([name]) => name), [...queueOptionNames, 'maxWaiting', 'redis', 'lockDuration', 'onError'])
  const { keyPrefix, ...numbers } = checkedQueueOptions({}, 'the page')
  const defaults = new Map(table.map(([name = '', standard = '']) => [name, standard]))
  t.equal(defaults.get('keyPrefix'), `'${keyPrefix}'`)
  for (const [name, value] of Object.entries(numbers)) t.equal(defaults.get(name), String(value), name)
  const keys = new QueueKeys('prefix', '')
  t.strictSame(rowsOf(sectionOf(queues, 'Redis'), /^\{prefix\}:/).map(([key]) => key), [`${keys.jobPrefix}…`, keys.lane('<lane>')])
  t.end()
})

test('RedisHistory needs the commands that the page names, and no others', async (t) => {
  const sentences = sectionOf(stores, 'History').text.match(/^The user of the client needs .*$/m)?.[0] ?? ''
  const commands = [...sentences.matchAll(/`([A-Z]+)`/g)].map(([, command = '']) => command.toLowerCase())
  t.equal(commands.length, 14)
  const server = await redisServer(t)
  const admin = redisClient(t, server)
  const use = async (allowed: readonly string[]): Promise<void> => {
    await admin.acl('SETUSER', 'host', 'reset', 'on', '>secret', '~{chat-integrations}:history*', '+@connection', '+info', ...allowed.map((command) => `+${command}`))
    // So that the scripts are sent in full.
    await admin.script('FLUSH')
    const history = new RedisHistory({ redis: redisClient(t, server, { username: 'host', password: 'secret' }), maxEntries: 1 })
    for (const _id of ['1', '2', '2']) await history.append(entryOf('a', _id), patient)
    t.equal((await history.list('a', { offset: 0, count: 1 }, patient)).total, 1)
    t.equal((await history.get('a', '2', patient))?._id, '2')
    await history.clear('a', patient)
  }
  await use(commands)
  for (const denied of commands) await t.rejects(use(commands.filter((command) => command !== denied)), /NOPERM|can't run this command/, denied)
})

test('the map of the code names every room', (t) => {
  const mapped = rowsOf(sectionOf(pageAt('CONTRIBUTING.md'), 'Map of the code'), /^lib\//).flatMap(([cell = '']) => cell.split(', '))
  const rooms = readdirSync(join(root, 'lib'), { withFileTypes: true }).map((entry) => `lib/${entry.name}${entry.isDirectory() ? '/' : ''}`)
  t.strictSame(mapped.sort(), rooms.filter((room) => room !== 'lib/augment.ts').sort())
  t.end()
})
