import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { emptyProject, typescripts } from './support/packed.ts'
import { root } from './support/root.ts'
import { soaking } from './support/soak.ts'

/** Uses what a host uses, and narrows what must be narrowed. */
const host = `
import Fastify from 'fastify'
import chatIntegrations, {
  AdapterAnswerError, type Change, type FailureCode, IdTakenError, IntegrationError, type IntegrationsOptions, type IntegrationView,
  InProcessQueue, InvalidOptionError, type PublicIntegration, tokenHeaders
} from 'fastify-chat-integrations'
import { BullmqQueue } from 'fastify-chat-integrations/bullmq'
import { RedisStore } from 'fastify-chat-integrations/redis'
import { ScriptSandbox } from 'fastify-chat-integrations/scripts'
import { IncomingInputSchema, type OutgoingInput } from 'fastify-chat-integrations/schemas'
import { authContract, directoryContract, followContract, queueContract, sandboxContract, storeContract } from 'fastify-chat-integrations/testing'
import { test } from 'node:test'
import { Redis } from 'ioredis'

const user = { _id: 'u', username: 'alice' }
const options: IntegrationsOptions = {
  authenticate: tokenHeaders((userId) => (userId === 'u' ? user : null)),
  hasPermission: () => true,
  directory: { findUser: () => user, findRoom: (name) => ({ _id: name }), isMember: () => true },
  store: new RedisStore({ redis: new Redis({ lazyConnect: true }) }),
  outgoing: {},
  sandbox: new ScriptSandbox({ workers: 1 }),
  onChange: ({ action, integration }: Change) => {
    const shown: PublicIntegration = integration
    console.log(action, shown.name)
  }
}
const app = Fastify()
await app.register(chatIntegrations, options)
queueContract({ test, create: () => ({ queue: new BullmqQueue({ redis: new Redis(), keyPrefix: 'x' }), reopen: () => new InProcessQueue({ maxWaiting: 5 }) }) })
for (const contract of [storeContract, followContract]) contract({ test, create: () => ({ store: new RedisStore({ redis: new Redis() }) }) })
sandboxContract({ test, create: () => new ScriptSandbox() })
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

/** Values of `--module`, each with the `--moduleResolution` that belongs to it. */
const resolutions = { nodenext: 'nodenext', node16: 'node16', esnext: 'bundler' } as const

type Mode = keyof typeof resolutions

const everyMode: readonly Mode[] = ['nodenext', 'node16', 'esnext']

/** The newest TypeScript is the fastest by far, so it tries every mode. In a long run, every TypeScript does. */
const tried: ReadonlyMap<keyof typeof typescripts, readonly Mode[]> = new Map(soaking
  ? [['oldest', everyMode], ['middle', everyMode], ['newest', everyMode]]
  : [['oldest', ['nodenext']], ['newest', everyMode]])

// A compiler that checks every declaration takes seven seconds; on a busy machine several times that.
t.setTimeout(900_000)

t.test('the types of the packed package compile as ESM in every mode, with the oldest and the newest TypeScript', async (t) => {
  const { folder, tarball, install, compile } = await emptyProject(t)
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  await install(tarball, ...['fastify', 'ioredis', '@types/node'].map((name) => `${name}@${devDependencies[name]}`), ...[...tried.keys()].map((name) => typescripts[name]))
  await writeFile(join(folder, 'host.ts'), host)
  await writeFile(join(folder, 'wrong.ts'), host.replace("'FCI_ERR_ID_TAKEN'", "'FCI_ERR_ANYTHING'"))
  const check = (typescript: keyof typeof typescripts, mode: Mode, file: string): Promise<string> => compile(
    typescript, '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false',
    '--target', 'es2022', '--lib', 'es2022', '--types', 'node', '--module', mode, '--moduleResolution', resolutions[mode], file)
  for (const [typescript, modes] of tried) {
    for (const mode of modes) await t.resolves(check(typescript, mode, 'host.ts'), `the ${typescript} TypeScript, ${mode}, ${resolutions[mode]}`)
  }
  await t.rejects(check('newest', 'esnext', 'wrong.ts'), { message: /FCI_ERR_ID_TAKEN/ }, 'and a mistake is found')
})
