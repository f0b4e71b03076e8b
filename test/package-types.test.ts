import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { emptyProject } from './support/packed.ts'
import { root } from './support/root.ts'
import { run } from './support/run.ts'

/** Uses what a host uses, and narrows what must be narrowed. */
const host = `
import Fastify from 'fastify'
import chatIntegrations, {
  AdapterAnswerError, type Change, type FailureCode, IdTakenError, IntegrationError, type IntegrationsOptions, type IntegrationView,
  InvalidOptionError, type PublicIntegration, tokenHeaders
} from 'fastify-chat-integrations'
import { RedisStore } from 'fastify-chat-integrations/redis'
import { IncomingInputSchema, type OutgoingInput } from 'fastify-chat-integrations/schemas'
import { authContract, directoryContract, followContract, storeContract } from 'fastify-chat-integrations/testing'
import { test } from 'node:test'
import { Redis } from 'ioredis'

const user = { _id: 'u', username: 'alice' }
const options: IntegrationsOptions = {
  authenticate: tokenHeaders((userId) => (userId === 'u' ? user : null)),
  hasPermission: () => true,
  directory: { findUser: () => user, findRoom: (name) => ({ _id: name }), isMember: () => true },
  store: new RedisStore({ redis: new Redis({ lazyConnect: true }) }),
  onChange: ({ action, integration }: Change) => {
    const shown: PublicIntegration = integration
    console.log(action, shown.name)
  }
}
const app = Fastify()
await app.register(chatIntegrations, options)
for (const contract of [storeContract, followContract]) contract({ test, create: () => ({ store: new RedisStore({ redis: new Redis() }) }) })
directoryContract({ test, create: () => ({ directory: options.directory, room: { _id: 'r', name: 'general' }, member: user, stranger: user }) })
const account = { user, headers: { 'x-user-id': 'u', 'x-auth-token': 't' } }
authContract({ test, create: () => ({ app: Fastify({ logger: true }), authenticate: options.authenticate, accounts: [account, account] }) })
const input: OutgoingInput = {
  type: 'webhook-outgoing', name: 'n', enabled: true, username: 'alice', channel: '#general', scriptEnabled: false,
  event: 'sendMessage', urls: ['https://a.example']
}
try {
  const integration: IntegrationView = await app.integrations.create(user, input)
  if (integration.type === 'webhook-outgoing') console.log(integration.urls[0], IncomingInputSchema.$id)
} catch (error) {
  if (error instanceof InvalidOptionError) {
    const code: 'FCI_ERR_INVALID_OPTION' = error.code
    console.log(code)
  } else if (error instanceof IdTakenError) {
    const code: 'FCI_ERR_ID_TAKEN' = error.code
    console.log(code, error.message)
  } else if (error instanceof AdapterAnswerError) {
    console.log(error.stack)
  } else if (error instanceof IntegrationError) {
    const code: FailureCode = error.code
    console.log(code, error.details?.field)
  }
}
`

/** Exact versions: a TypeScript that comes out tomorrow cannot make this test fail. */
const [oldest, newest] = ['5.4.5', '7.0.2']

const modes = { nodenext: 'nodenext', node16: 'node16', esnext: 'bundler' }

// A compiler that checks every declaration takes seven seconds; on a busy machine several times that.
t.setTimeout(900_000)

t.test('the types of the packed package compile as ESM in every mode, with the oldest and the newest TypeScript', async (t) => {
  const { folder, tarball, install } = await emptyProject(t)
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  await install(...['fastify', 'ioredis', '@types/node'].map((name) => `${name}@${devDependencies[name]}`), tarball)
  await writeFile(join(folder, 'host.ts'), host)
  await writeFile(join(folder, 'wrong.ts'), host.replace("'FCI_ERR_ID_TAKEN'", "'FCI_ERR_ANYTHING'"))
  for (const version of [oldest, newest]) {
    const compiler = join(folder, `typescript-${version}`)
    await mkdir(compiler)
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--prefix', compiler, `typescript@${version}`], compiler)
    const compile = (file: string, module: string, moduleResolution: string): Promise<string> => run('env', [
      // What tap loads into every process of Node, the launcher of TypeScript 7 does not bear.
      '-u', 'NODE_OPTIONS', process.execPath, join(compiler, 'node_modules/typescript/bin/tsc'), '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false',
      '--target', 'es2022', '--lib', 'es2022', '--types', 'node', '--module', module, '--moduleResolution', moduleResolution, file
    ], folder)
    for (const [module, resolution] of Object.entries(modes)) {
      await t.resolves(compile('host.ts', module, resolution), `TypeScript ${version}, ${module}, ${resolution}`)
    }
    if (version === newest) await t.rejects(compile('wrong.ts', 'esnext', 'bundler'), { message: /FCI_ERR_ID_TAKEN/ }, 'and a mistake is found')
  }
})
