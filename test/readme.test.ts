import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import Fastify, { type LightMyRequestResponse } from 'fastify'
import type { Redis } from 'ioredis'
import { test } from 'tap'
import ts from 'typescript'
import chatIntegrations, * as doors from '../lib/index.ts'
import type { IntegrationScope } from '../lib/ports/store.ts'
import { RedisStore } from '../lib/redis.ts'
import { RedisKeys } from '../lib/stores/redis/keys.ts'
import { incomingRecord, outgoingRecord, patient } from './support/integrations.ts'
import { redisClient, redisServer } from './support/redis-client.ts'
import { freePort } from './support/redis-server.ts'
import { root } from './support/root.ts'
import { run } from './support/run.ts'
import { unchecked } from './support/unchecked.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** The fenced blocks of a language. */
function blocks (language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code)
}

/** The rows of the table under a heading whose first cell matches, as cells without backticks. */
function rows (heading: string, first: RegExp): string[][] {
  const section = readme.split(/^(?=## )/m).find((part) => part.startsWith(`## ${heading}\n`)) ?? ''
  return section.split('\n').filter((line) => line.startsWith('|'))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('`', '')))
    .filter(([cell = '']) => first.test(cell))
}

test('the usage example is examples/embedded.ts', (t) => {
  const embedded = readFileSync(join(root, 'examples/embedded.ts'), 'utf8')
  t.ok(blocks('ts').includes(embedded), 'word for word')
  t.end()
})

test('the adapters, put together, are a working host', async (t) => {
  // Below dist, so that the package is found by its own name.
  const folder = join(root, 'dist/readme')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const files: string[] = []
  for (const code of blocks('ts')) {
    const name = /^\/\/ ([a-z-]+)\.ts$/m.exec(code.split('\n')[0] ?? '')?.[1]
    if (name === undefined) continue
    files.push(join(folder, `${name}.ts`))
    await writeFile(join(folder, `${name}.ts`), code)
  }
  t.equal(files.length, 9)
  const { options } = ts.parseJsonConfigFileContent(
    { ...ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile).config, include: [] }, ts.sys, root)
  const program = ts.createProgram(files, { ...options, rootDir: folder, outDir: folder, declaration: false, declarationMap: false })
  program.emit()
  const problems = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
  t.strictSame(problems, [], 'they fit the types')

  const load = async (name: string): Promise<object> => import(pathToFileURL(join(folder, `${name}.js`)).href)
  const { authenticate, hasPermission, directory, store }: doors.IntegrationsOptions = Object.assign({},
    await load('authenticate'), await load('has-permission'), await load('directory'), await load('store'))
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { authenticate, hasPermission, directory, ...(store && { store }) })
  const send = async (token: string): Promise<LightMyRequestResponse> => app.inject({
    method: 'POST',
    url: '/api/v1/integrations.create',
    headers: { 'x-user-id': 'u1', 'x-auth-token': token },
    payload: { type: 'webhook-incoming', name: 'Deploys', enabled: true, username: 'deploy.bot', channel: '#general', scriptEnabled: false }
  })
  const reply = await send('a-long-random-token')
  t.equal(reply.statusCode, 200, reply.body)
  const { integration } = reply.json()
  t.match(await store?.find(integration._id, { signal: new AbortController().signal }), { integration })
  t.equal((await send('a-guess')).statusCode, 401)
  const user = { _id: 'u1', username: 'alice' }
  const { _id: integrationId, type } = integration
  t.match(await app.integrations.update(user, { type, integrationId, name: 'Releases' }), { name: 'Releases' })
  t.match(await app.integrations.list(user, { name: 'releas', sort: '{"name":1}' }), { total: 1 })
  t.match(await app.integrations.remove(user, { type, integrationId }), { name: 'Releases' })

  await t.test('encryption, switched on and a key rotated', async (t) => {
    const redis = redisClient(t, await redisServer(t))
    const plain = new RedisStore({ redis })
    const keys = [randomBytes(32), randomBytes(32)]
    process.env['INTEGRATION_KEYS'] = keys.map((key) => key.toString('base64')).join(',')
    t.teardown(() => delete process.env['INTEGRATION_KEYS'])
    const { encryptedStore, encryptAnew } = unchecked<{
      encryptedStore: (redis: Redis, acceptPlaintext?: boolean) => doors.IntegrationStore
      encryptAnew: (store: doors.IntegrationStore) => Promise<void>
    }>(await load('encrypted-store'))
    const [first, second] = keys.map((key) => new doors.EncryptedStore(plain, { keys: [key] }))
    t.equal(encryptedStore(redis).workspace, 'chat-integrations')
    const ids = Array.from({ length: 250 }, (_, index) => `id${index}`)
    for (const [index, _id] of ids.entries()) {
      const record = index % 2 === 0 ? incomingRecord({ _id }) : outgoingRecord({ _id })
      await (index % 3 === 0 ? plain : second)?.insert(record, {}, patient)
    }
    await encryptAnew(encryptedStore(redis, true))
    for (const [index, _id] of ids.entries()) {
      const record = index % 2 === 0 ? incomingRecord({ _id }) : outgoingRecord({ _id })
      t.strictSame((await first?.find(_id, patient))?.integration, record)
      t.not((await plain.find(_id, patient))?.integration.token, record.token)
    }
  })
})

test('the commands', async (t) => {
  const commands = blocks('sh')
  t.ok(commands.includes('npm ci\nnpm start\n') && commands.includes('npm ci\nnpm test\n'))
  t.equal(packageJson.scripts.start, 'tsc -b examples/tsconfig.start.json && exec node dist/examples/standalone.js')
  for (const [, script = ''] of readme.matchAll(/npm run (\w+)/g)) t.ok(script in packageJson.scripts, script)

  const port = await freePort()
  const server = spawn(process.execPath, ['dist/examples/standalone.js'], {
    cwd: root, env: { ...process.env, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit']
  })
  t.teardown(() => end(server))
  for await (const line of createInterface({ input: server.stdout })) if (line.includes(`:${port}`)) break
  const calls = commands.filter((command) => command.startsWith('curl '))
  t.equal(calls.length, 8)
  let lastId = ''
  const answers: unknown[] = []
  // The last call is the one that can be sent again.
  for (const call of [...calls, calls.at(-1) ?? '']) {
    t.match(call, 'http://localhost:3000/', 'the port of npm start')
    const command = call.replace('curl ', 'curl -sS ').replace('localhost:3000', `127.0.0.1:${port}`).replace(/\bID\b/, lastId)
    const answer: { integration?: { _id: string } } = JSON.parse(await run('sh', ['-c', command], root))
    lastId = answer.integration?._id ?? lastId
    answers.push(answer)
  }
  const integration = { channel: ['#general'], username: 'rocket.cat' }
  t.match(answers, [
    { success: true, integration },
    { success: true, integration },
    { success: true, total: 1 },
    { success: true, integration },
    { success: true, integration: { enabled: true } },
    { success: true, integration: { enabled: true } },
    { success: true, integration: { enabled: true } },
    { success: true, integration: { name: 'sent twice' } },
    { success: true, integration: { name: 'sent twice' } }
  ])
  t.strictSame(answers.at(-1), answers.at(-2), 'the first answer again')
})

async function end (server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  server.kill('SIGTERM')
  await once(server, 'exit')
}

test('the table of errors is the table in the code', (t) => {
  t.strictSame(
    rows('Errors', /^(?:error-|invalid-params|not[_-]authorized)/).map(([code, status, reason]) => [code, Number(status), reason]),
    Object.entries(doors.failures).map(([code, { status, reason }]) => [code, status, reason]))
  const classes = rows('Errors', /Error$/).map(([name, code]) => [name, code])
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
    { authenticate: unused, hasPermission: unused, directory: { findUser: unused, findRoom: unused, isMember: unused } },
    () => new doors.MemoryStore())
  const table = rows('Options', /^[a-z]\w+$/i).filter(([name]) => name !== 'option')
  t.strictSame(table.map(([name]) => name), Object.keys(settings))
  for (const [name = '', , standard = ''] of table) {
    const value: unknown = Reflect.get(settings, name)
    if (typeof value === 'string') t.equal(standard, `'${value}'`, name)
    if (typeof value === 'boolean' || value === null) t.equal(standard, String(value), name)
    if (typeof value === 'number') t.equal(Number(standard), value, name)
  }
})

test('the table of Redis keys names every key', (t) => {
  const keys = new RedisKeys('prefix')
  const scopes: IntegrationScope[] = [unchecked({ type: '<type>' }), unchecked({ type: '<type>', creatorId: '<userId>' })]
  t.strictSame(rows('Redis', /^\{prefix\}:/).map(([key]) => key), [
    keys.record('<_id>'),
    ...scopes.flatMap((scope) => (['creation', 'name'] as const).map((order) => keys.index(scope, order))),
    keys.targetUrls,
    keys.removed('<_id>'),
    keys.idempotency('<hash>'),
    keys.changes
  ])
  t.end()
})
