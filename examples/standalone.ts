/**
 * A small chat server. Its users and first rooms are in a JSON file. Messages
 * are kept in memory and shown at /. Incoming webhooks post below /hooks, and
 * outgoing webhooks are told of everything that happens in the chat. Scripts of
 * integrations run in worker threads.
 *
 * Environment: PORT (3000), HOST (127.0.0.1), WORKSPACE (the file; default
 * examples/workspace.json), REDIS_URL (without it, integrations and deliveries
 * are kept in memory), OUTGOING_ALLOW (addresses that outgoing webhooks may call
 * although they are not public, separated by commas: localhost:4000). Prints its address and the address of the documentation of its
 * routes on stdout when it is ready; logs on stderr. An address that fails to
 * log in too often is answered 429.
 */
import { fileURLToPath } from 'node:url'
import chatIntegrations, { type IntegrationsOptions } from 'fastify-chat-integrations'
import { BullmqQueue } from 'fastify-chat-integrations/bullmq'
import { RedisHistory, RedisStore } from 'fastify-chat-integrations/redis'
import { ScriptSandbox } from 'fastify-chat-integrations/scripts'
import Fastify, { type FastifyInstance } from 'fastify'
import { Redis } from 'ioredis'
import { adaptersOf } from './adapters.ts'
import { Chat } from './chat/chat.ts'
import { Fates } from './chat/page/fates.ts'
import { servePage } from './chat/page/index.ts'
import { serveChat } from './chat/routes/index.ts'
import { tellIntegrations } from './chat/tell-integrations.ts'
import { documentedRoutes, serveDocumentation } from './documentation.ts'
import { limitFailedLogIns } from './failed-log-ins.ts'
import { readWorkspace } from './workspace.ts'

/** After this many milliseconds, a shutdown no longer waits for clients that do not finish: `docker stop` kills after 10,000. */
const grace = 8000

/** In milliseconds: until a request is here, and until a connection with nothing on it ends. Fastify sets neither. */
const timeouts = { requestTimeout: 30_000, connectionTimeout: 60_000 }

// An empty variable counts as absent.
const { PORT, HOST, REDIS_URL, WORKSPACE, OUTGOING_ALLOW } = process.env
// Seen from dist/examples, where this file is compiled to.
const shippedWorkspace = fileURLToPath(new URL('../../examples/workspace.json', import.meta.url))

try {
  const workspace = await readWorkspace(WORKSPACE || shippedWorkspace)
  const chat = new Chat(workspace)
  const adapters = adaptersOf(workspace, chat)
  const app = Fastify({ logger: { level: 'warn', stream: process.stderr }, ...timeouts })
  const shutDown = gracefulShutdown(app)
  await serveDocumentation(app)
  await limitFailedLogIns(app)
  const fates = new Fates()
  await servePage(app, chat, fates)
  await serveChat(app, { chat, authenticate: adapters.authenticate })
  await app.register(chatIntegrations, {
    ...adapters,
    routeOptions: documentedRoutes,
    onDelivery: fates.note,
    sandbox: new ScriptSandbox(),
    outgoing: { allow: OUTGOING_ALLOW ? OUTGOING_ALLOW.split(',').map((entry) => entry.trim()) : [] },
    ...(REDIS_URL && keptIn(connect(REDIS_URL, app)))
  })
  tellIntegrations(chat, app.integrations)
  const address = await app.listen({ host: HOST || '127.0.0.1', port: Number(PORT || 3000) })
  process.on('SIGTERM', shutDown).on('SIGINT', shutDown)
  console.log(`fastify-chat-integrations example: ${address}`)
  console.log(`documentation of its routes: ${address}/documentation`)
} catch (error) {
  // An error that an operator can cause (a wrong file, a port in use) is printed in one line, without a stack.
  console.error(String(error))
  process.exit(1)
}

/** Opens a connection that closes with the server. While it is away, at the start too, requests are answered 503. */
function connect (url: string, app: FastifyInstance): Redis {
  const redis = new Redis(url)
  // One line when Redis goes away and one when it is back, however often ioredis tries in between.
  let away = false
  // Parts of the error only: after a refused login, it holds the command and with it the password.
  redis.on('error', ({ message, code }: NodeJS.ErrnoException) => {
    if (!away) app.log.error({ code }, `Redis is not available: ${message}`)
    away = true
  })
  redis.on('ready', () => {
    if (away) app.log.warn('Redis is available again')
    away = false
  })
  // Every request has its answer by now, and `quit` would wait for a Redis that is away.
  app.addHook('onClose', async () => redis.disconnect())
  return redis
}

/** What outlives the process: integrations, their history, and the deliveries that are not done. */
function keptIn (redis: Redis): Pick<IntegrationsOptions, 'store' | 'history' | 'queue'> {
  return { store: new RedisStore({ redis }), history: new RedisHistory({ redis }), queue: new BullmqQueue({ redis }) }
}

/** Makes a function that lets the requests under way finish and then ends the process. */
function gracefulShutdown (app: FastifyInstance): () => void {
  let closing = false
  // Without this, a client that keeps its connection open keeps the server open.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  return () => {
    // npm passes on the Ctrl-C that the terminal sent to us already.
    if (closing) return
    closing = true
    setTimeout(() => app.server.closeAllConnections(), grace).unref()
    // If closing fails, the rejection ends the process with its stack and exit code 1.
    app.close()
  }
}
