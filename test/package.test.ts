import { existsSync, readFileSync } from 'node:fs'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import { emptyProject, typescripts } from './support/packed.ts'
import { root } from './support/root.ts'
import { run } from './support/run.ts'

const typescriptHost = `
import Fastify from 'fastify'
import chatIntegrations, { type Integration, tokenHeaders } from 'fastify-chat-integrations'
import { IncomingInputSchema, type OutgoingInput } from 'fastify-chat-integrations/schemas'

const app = Fastify()
const user = { _id: 'u', username: 'alice' }
await app.register(chatIntegrations, {
  authenticate: tokenHeaders((userId) => (userId === 'u' ? user : null)),
  hasPermission: () => true,
  directory: { findUser: () => user, findRoom: (name) => ({ _id: name }), isMember: () => true }
})
const input: OutgoingInput = {
  type: 'webhook-outgoing', name: 'n', enabled: true, username: 'alice', channel: '#general', scriptEnabled: false,
  event: 'sendMessage', urls: ['https://a.example']
}
const integration: Integration = await app.integrations.create(user, input)
if (integration.type !== 'webhook-outgoing') throw new Error('narrowed')
const { scriptError } = await app.integrations.create(user, { ...input, scriptEnabled: true, script: 'class {' })
console.log(integration.urls[0], IncomingInputSchema.$id, scriptError?.name)
`

const commonJsHost = `
const Fastify = require('fastify')
const chatIntegrations = require('fastify-chat-integrations')
const { limits } = require('fastify-chat-integrations/schemas')
const user = { _id: 'u', username: 'alice' }
const app = Fastify()
app.register(chatIntegrations, {
  authenticate: chatIntegrations.tokenHeaders(() => user),
  hasPermission: () => true,
  directory: { findUser: () => user, findRoom: () => null, isMember: () => true }
})
app.inject({
  method: 'POST', url: '/api/v1/integrations.create', headers: { 'x-user-id': 'u', 'x-auth-token': 't' },
  payload: {
    type: 'webhook-incoming', name: 'n', enabled: true, username: 'alice', channel: '@alice', scriptEnabled: true, script: 'class {'
  }
}).then((reply) => console.log(reply.statusCode, limits.urls, reply.json().integration.scriptError.name))
`

const redisHost = `
import { Redis } from 'ioredis'
import { RedisStore } from 'fastify-chat-integrations/redis'
const redis = new Redis({ lazyConnect: true })
console.log(new RedisStore({ redis, keyPrefix: 'x' }).persistent)
`

const bullmqHost = `
import { Redis } from 'ioredis'
import { BullmqQueue } from 'fastify-chat-integrations/bullmq'
const redis = new Redis({ lazyConnect: true })
console.log(new BullmqQueue({ redis, keyPrefix: 'x' }).persistent)
`

const storeAuthor = `
import { after, test } from 'node:test'
import { MemoryStore } from 'fastify-chat-integrations'
import { storeContract } from 'fastify-chat-integrations/testing'
let open = 0
storeContract({
  test,
  async create () {
    open++
    after(() => { open-- })
    return { store: new MemoryStore() }
  }
})
test('every store was closed after its case', () => {
  if (open !== 0) throw new Error(open + ' are open')
})
`

// npm and the tools that look at a package take fifteen seconds; on a busy machine several times that.
t.setTimeout(900_000)

t.test('the packed package in an empty project', async (t) => {
  const { folder: project, tarball, paths, install, compile, lastLine } = await emptyProject(t)
  await writeFile(join(project, 'host.ts'), typescriptHost)
  await writeFile(join(project, 'host.cjs'), commonJsHost)
  await writeFile(join(project, 'contract.ts'), storeAuthor)
  await writeFile(join(project, 'redis.js'), redisHost)
  await writeFile(join(project, 'bullmq.js'), bullmqHost)
  t.strictSame([...new Set(paths.map((path) => path.split('/').slice(0, path.startsWith('dist') ? 2 : 1).join('/')))].sort(),
    ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist/lib', 'dist/schemas', 'lib', 'package.json', 'schemas'], 'tests and examples stay at home')

  const written = paths.filter((path) => /^(lib|schemas)\/.*\.ts$/.test(path))
  const emitted = written.flatMap((path) => ['.js', '.d.ts'].map((ending) => `dist/${path.replace(/\.ts$/, ending)}`))
  t.strictSame(paths.filter((path) => path.startsWith('dist/')).sort(), emitted.flatMap((path) => [path, `${path}.map`]).sort(),
    'a module, its declarations and their maps for each source, and nothing stale')
  for (const path of emitted) {
    const code = readFileSync(join(root, path), 'utf8')
    if (path.endsWith('.js')) t.notMatch(code, /^(import|export) \{\} from/m, `${path} loads no module for its types only`)
    const { sources: [source = ''] } = JSON.parse(readFileSync(join(root, `${path}.map`), 'utf8'))
    t.ok(written.includes(join(dirname(path), source)), `the map of ${path} leads to a source in the package`)
  }

  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const bin = (name: string): string => join(root, 'node_modules/.bin', name)
  t.match(await run(bin('publint'), ['run', tarball, '--strict'], project), 'All good!')
  // It fails when it finds a problem.
  t.match(await run(bin('attw'), [tarball, '--profile', 'esm-only', '--no-color', '--no-emoji'], project), /node16 \(from ESM\): OK/)

  await install(`fastify@${devDependencies.fastify}`, typescripts.newest)
  const ofFastify = await installed()
  await install(tarball)
  const added = (await installed()).filter((name) => !ofFastify.includes(name))
  const sizes = await Promise.all(added.map((name) => sizeOf(join(project, 'node_modules', name))))
  const kilobytes = Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024)
  t.comment(`beside the tree of Fastify: ${added.join(', ')}; ${kilobytes} KiB`)
  // Six, and those that check scripts: a parser of JavaScript, which brings three packages with its types, and one of regular expressions. The HTTP client of the transport
  // is one more; ipaddr.js comes with Fastify already.
  const most = 6 + 5 + 1
  t.ok(added.includes('fastify-chat-integrations') && added.length <= 1 + most, `at most ${most} packages come with it`)
  t.notOk(existsSync(join(project, 'node_modules/ioredis')), 'ioredis is not needed for the memory store')
  await compile('newest', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false', '--target', 'es2023', '--module', 'nodenext',
    '--types', 'node', '--typeRoots', join(root, 'node_modules/@types'), 'host.ts', 'contract.ts')
  t.equal(await lastLine('host.js'), 'https://a.example IncomingIntegrationInput SyntaxError', 'ESM TypeScript')
  t.equal(await lastLine('host.cjs'), '200 20 SyntaxError', 'CommonJS')

  // It fails when a case fails.
  const contract = await run(process.execPath, ['--test-reporter=tap', 'contract.js'], project)
  t.ok(Number(/^# pass (\d+)$/m.exec(contract)?.[1]) > 30, 'the contract suite runs under node:test')

  await install(`ioredis@${devDependencies.ioredis}`)
  t.equal(await lastLine('redis.js'), 'true', 'RedisStore')
  t.notOk(existsSync(join(project, 'node_modules/bullmq')), 'bullmq is not needed for RedisStore')
  await install(`bullmq@${devDependencies.bullmq}`)
  t.equal(await lastLine('bullmq.js'), 'true', 'BullmqQueue')

  async function installed (): Promise<string[]> {
    const lock: { packages: Record<string, unknown> } = JSON.parse(await readFile(join(project, 'package-lock.json'), 'utf8'))
    return Object.keys(lock.packages).filter((path) => path !== '').map((path) => path.replace(/^node_modules\//, ''))
  }

  async function sizeOf (folder: string): Promise<number> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) =>
      (await stat(join(entry.parentPath, entry.name))).size))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
})
