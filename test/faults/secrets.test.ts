import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import type { Redis, RedisOptions } from 'ioredis'
import { test } from 'tap'
import type { IntegrationsOptions } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import type { IncomingInput, OutgoingInput } from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { startClient } from '../support/client.ts'
import { integrationOf } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { freePort, type RedisServer, type RedisServerOptions } from '../support/redis-server.ts'
import { unavailable } from '../support/unavailable.ts'
import { until } from '../support/until.ts'
import { credentials, members, workspace } from '../support/workspace.ts'
import { storeWith } from '../support/store-with.ts'

/** Stands in everything that a client sends and that no log may show. */
const secret = 'SECRET'

const incoming = {
  ...incomingBody,
  name: `${secret} name`,
  alias: `${secret} alias`,
  avatar: `http://${secret}/avatar`,
  emoji: `:${secret}:`,
  script: `const secret = '${secret}'`
} satisfies IncomingInput

const outgoing = {
  ...outgoingBody,
  name: `${secret} name`,
  alias: `${secret} alias`,
  script: `const secret = '${secret}'`,
  token: `${secret} token`,
  urls: [`http://user:${secret}@host/${secret}`],
  triggerWords: [secret]
} satisfies OutgoingInput

/** What nobody may find in a log. */
const forbidden: Record<string, RegExp> = {
  'what the client sent': new RegExp(secret),
  'what the client logged in with': new RegExp(credentials(members.admin)['x-auth-token']),
  'a record': /1\.1\||webhook-(?:in|out)going"|"token"|\\"token\\"/,
  'the arguments of a command': /\b(?:command|args|previousErrors)["']?:/
}

/** The most talkative host: it logs everything that hangs on an error, and on its causes. */
const everything = {
  err: (error: unknown) => ({ type: 'Error', message: inspect(error, { depth: 10, showHidden: true }), stack: '' })
}

/** Who takes part when Redis refuses something. */
interface Cast {
  readonly server: RedisServer
  /** Another client of the same server. */
  readonly admin: Redis
}

/** A way in which Redis refuses to do what it is asked. */
interface Refusal {
  readonly server?: RedisServerOptions
  readonly client?: Omit<RedisOptions, 'replyMapping'>
  /** Brings it about. */
  readonly begin?: (cast: Cast) => unknown
  /** Brings it about when the command is on its way. */
  readonly whenSent?: (cast: Cast) => unknown
  /** What the log must still say, so that somebody can mend it. */
  readonly logged: RegExp
}

const refusals: Record<string, Refusal> = {
  'out of memory': { begin: ({ admin }) => admin.config('SET', 'maxmemory', '1'), logged: /OOM command not allowed/ },
  'a replica': { begin: async ({ admin }) => admin.replicaof('127.0.0.1', await freePort()), logged: /READONLY/ },
  'too few replicas': { begin: ({ admin }) => admin.config('SET', 'min-replicas-to-write', '1'), logged: /NOREPLICAS/ },
  'a disk that cannot be written': {
    server: { args: ['--enable-protected-configs', 'yes'] },
    begin: async ({ admin }) => {
      const dir = await mkdtemp(join(tmpdir(), 'gone-'))
      await admin.config('SET', 'dir', dir)
      await admin.config('SET', 'save', '3600 1')
      await rmdir(dir)
      await admin.bgsave()
      await until('it has failed', async () => (await admin.info('persistence')).includes('rdb_last_bgsave_status:err'))
    },
    logged: /MISCONF/
  },
  'another kind of value in the way': {
    begin: async ({ admin }) => {
      for (const { type } of [incoming, outgoing]) await admin.set(`{chat-integrations}:type:${type}:by-creation`, 'x')
    },
    logged: /WRONGTYPE/
  },
  'commands that the host may not use': {
    begin: ({ admin }) => admin.acl('SETUSER', 'default', '-eval', '-evalsha'),
    logged: /NOPERM/
  },
  'commands that are switched off': {
    server: { args: ['--rename-command', 'EVALSHA', '', '--rename-command', 'EVAL', ''] },
    logged: /unknown command/
  },
  'a script that does not end': {
    server: { args: ['--lua-time-limit', '10'] },
    begin: async ({ admin }) => {
      const other = admin.duplicate()
      other.on('error', () => {})
      other.eval('while true do end', 0).catch(() => {})
      await until('Redis is busy', () => admin.ping().then(() => false, (error: unknown) => /BUSY/.test(String(error))))
      other.disconnect()
    },
    logged: /BUSY/
  },
  'no answer': { begin: ({ server }) => server.pause(), logged: /store\.insert did not answer within adapterTimeout/ },
  'no answer, which the client notices': {
    client: { commandTimeout: 500 },
    begin: ({ server }) => server.pause(),
    logged: /Command timed out/
  },
  'no connection': { begin: ({ server }) => server.kill(), logged: /store\.insert/ },
  'a connection that breaks': {
    client: { maxRetriesPerRequest: 0 },
    begin: ({ server }) => server.pause(),
    whenSent: ({ server }) => server.kill(),
    logged: /Reached the max retries per request limit/
  }
}

for (const [what, refusal] of Object.entries(refusals)) {
  test(`no secret is logged when Redis answers with ${what}`, async (t) => {
    const server = await redisServer(t, refusal.server)
    const redis = redisClient(t, server, refusal.client)
    const cast = { server, admin: redisClient(t, server) }
    const store = new RedisStore({ redis })
    const log = captureLog()
    const client = await startClient(t, {
      adapterTimeout: 500,
      store: storeWith({
        insert (integration, conditions, call) {
          const inserted = store.insert(integration, conditions, call)
          refusal.whenSent?.(cast)
          return inserted
        }
      })
    }, { logger: { ...log.logger, serializers: everything } })
    await redis.ping()
    await refusal.begin?.(cast)
    for (const body of [incoming, outgoing]) unavailable(t, await client.create(body), `${body.type}: the documented answer`)

    t.match(log.text(), refusal.logged, 'the cause is logged')
    t.match(log.text(), /store\.insert/, 'and the adapter')
    for (const [name, pattern] of Object.entries(forbidden)) t.notMatch(log.text(), pattern, `without ${name}`)
  })
}

test('no secret is logged when all is well, nor when a request is refused', async (t) => {
  const redis = redisClient(t, await redisServer(t))
  const log = captureLog()
  const client = await startClient(t, { store: new RedisStore({ redis }) }, { logger: log.logger })
  const tokens: string[] = []
  for (const body of [incoming, outgoing]) tokens.push(integrationOf((await client.create(body)).body).token)
  const headers = { ...credentials(members.admin), 'content-type': 'application/json' }
  const refused = [
    await client.create({ ...incoming, channel: `#${secret}` }),
    await client.create({ ...incoming, username: secret }),
    await client.create({ ...incoming, [secret]: secret }),
    await client.create({ ...outgoing, event: secret }),
    await client.create({ ...outgoing, retryCount: secret }),
    await client.create({ ...outgoing, script: secret.repeat(20_000) }),
    await client.create(incoming, members.guest),
    await client.post(`{"token":"${secret}`, headers),
    await client.post(JSON.stringify(incoming), { ...headers, 'x-auth-token': secret }),
    await client.post(JSON.stringify(incoming), { ...headers, 'content-type': 'text/plain' })
  ]
  for (const { status } of refused) t.ok(status >= 400 && status < 500)
  await until('the last answer is logged', () => log.text().split('request completed').length > 12)
  for (const [name, pattern] of Object.entries(forbidden)) t.notMatch(log.text(), pattern, `without ${name}`)
  for (const token of tokens) t.notOk(log.text().includes(token), 'without the token')
})

test('no secret is logged that the host hung on an error', async (t) => {
  const attached = { config: { headers: { authorization: secret } }, query: `INSERT ${secret}`, [secret]: 1, token: secret }
  const fail = (): never => {
    throw Object.assign(new Error('the database is away', {
      cause: Object.assign(new AggregateError([new Error(secret)], 'all hosts failed'), attached)
    }), attached)
  }
  const { directory } = workspace()
  const broken: Array<Partial<IntegrationsOptions>> = [
    { authenticate: fail },
    { hasPermission: fail },
    { directory: { ...directory, findUser: fail } },
    { directory: { ...directory, findRoom: fail } },
    { directory: { ...directory, isMember: fail } },
    { store: storeWith({ insert: fail }) }
  ]
  for (const [options, serializers] of broken.flatMap((options) => [[options, {}], [options, everything]] as const)) {
    const log = captureLog()
    const client = await startClient(t, options, { logger: { ...log.logger, serializers } })
    unavailable(t, await client.create({ ...outgoing, username: members.owner.username }, members.owner), 'the documented answer')
    t.match(log.text(), /the database is away.*all hosts failed/s, 'messages are logged')
    for (const [name, pattern] of Object.entries(forbidden)) t.notMatch(log.text(), pattern, `without ${name}`)
  }
})
