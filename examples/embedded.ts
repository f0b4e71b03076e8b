import { createHash, randomUUID } from 'node:crypto'
import fastifyRedis from '@fastify/redis'
import chatIntegrations, { type OutboundMessage, PostRefusedError, type PostTarget, type User } from 'fastify-chat-integrations'
import { BullmqQueue } from 'fastify-chat-integrations/bullmq'
import { RedisHistory, RedisStore } from 'fastify-chat-integrations/redis'
import { ScriptSandbox } from 'fastify-chat-integrations/scripts'
import Fastify, { type FastifyError, type FastifyRequest } from 'fastify'

const { HOST: host = '127.0.0.1', PORT: port = '3000', REDIS_URL: url = 'redis://127.0.0.1:6379' } = process.env
// Without a time-out, a client may take as long as it likes to send a request.
const app = Fastify({ logger: true, requestTimeout: 30_000, connectionTimeout: 60_000 })

// The parts that this server has already: roles, accounts, rooms …
const roles: Record<string, readonly string[]> = {
  admin: ['manage-incoming-integrations', 'manage-outgoing-integrations'],
  developer: ['manage-own-incoming-integrations', 'manage-own-outgoing-integrations'],
  bot: ['message-impersonate']
}
interface Account extends User { readonly role: string }
const accounts: readonly Account[] = [
  { _id: 'u1', username: 'alice', role: 'admin' },
  { _id: 'u2', username: 'bob', role: 'developer' },
  { _id: 'u3', username: 'deploy.bot', role: 'bot' }
]
const rooms = [
  { _id: 'r1', name: 'general', members: ['u1', 'u2', 'u3'] },
  { _id: 'r2', name: 'board', members: ['u1'] }
]

// … a Redis. The start waits for it and fails after Fastify's pluginTimeout (10 s). Later, a
// command fails soon while Redis is away, and not after ioredis' default of 20 attempts to reconnect.
await app.register(fastifyRedis, { url, maxRetriesPerRequest: 1 })
// One line per outage: without a listener, ioredis prints a stack at every attempt.
let away = false
app.redis.on('ready', () => { away = false }).on('error', ({ message }) => {
  if (!away) app.log.error(`Redis is away: ${message}`)
  away = true
})

// … sessions in that Redis, session:<sha256 of the bearer token> -> account. To try it as alice:
//   redis-cli SET session:$(printf %s my-token | sha256sum | cut -d' ' -f1) u1
async function logIn ({ headers }: FastifyRequest): Promise<Account> {
  const token = /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1]
  const id = token && await app.redis.get(`session:${createHash('sha256').update(token).digest('hex')}`)
  const account = accounts.find(({ _id }) => _id === id)
  if (account === undefined) throw Object.assign(new Error('Log in first'), { statusCode: 401 })
  return account
}

// … messages in that Redis, the last 1,000 of each room. Members write; there are no direct conversations.
async function say (author: User, to: PostTarget, message: Partial<OutboundMessage>): Promise<{ _id: string }> {
  const room = 'room' in to ? rooms.find(({ _id }) => _id === to.room._id) : undefined
  if (!room?.members.includes(author._id)) throw new PostRefusedError('error-not-allowed')
  const posted = { _id: randomUUID(), author: author.username, ...message }
  await app.redis.multi().rpush(`messages:${room._id}`, JSON.stringify(posted)).ltrim(`messages:${room._id}`, -1000, -1).exec()
  // Added for the plugin: outgoing webhooks are told of each message.
  const { _id, text = '', bot } = posted
  app.integrations.emit('sendMessage', { room: { ...room, type: 'p' }, user: author, message: { _id, text, timestamp: new Date(), bot } })
  return posted
}

// … its own way to report errors, and its own routes.
app.setErrorHandler<FastifyError>((error, request, reply) => {
  const status = error.statusCode ?? 500
  if (status >= 500) request.log.error(error)
  return reply.code(status).send({ problem: status >= 500 ? 'Something went wrong' : error.message })
})
app.get('/rooms', async (request) => {
  const { _id } = await logIn(request)
  return rooms.filter(({ members }) => members.includes(_id)).map(({ name }) => name)
})
interface InRoom { Params: { name: string } }
async function enter (request: FastifyRequest<InRoom>): Promise<{ account: Account, room: typeof rooms[number] }> {
  const account = await logIn(request)
  const room = rooms.find(({ name, members }) => name === request.params.name && members.includes(account._id))
  if (room === undefined) throw Object.assign(new Error('No such room'), { statusCode: 404 })
  return { account, room }
}
app.post<InRoom & { Body: { text: string } }>('/rooms/:name', async (request) => {
  const { account, room } = await enter(request)
  return await say(account, { room }, { text: String(request.body.text) })
})
app.get<InRoom>('/rooms/:name', async (request) => {
  const { room } = await enter(request)
  return (await app.redis.lrange(`messages:${room._id}`, 0, -1)).map((json): unknown => JSON.parse(json))
})

// The parts that the plugin adds: /api/v1/integrations.create and the routes beside it, for its users, in its rooms, kept in
// its Redis; with the messenger /hooks, where other programs post messages; and with the queue outgoing webhooks, whose
// deliveries outlive the process. Scripts of integrations run in the sandbox.
await app.register(chatIntegrations, {
  authenticate: logIn,
  hasPermission: ({ _id }, permission) => accounts.some((user) => user._id === _id && roles[user.role]?.includes(permission)),
  directory: {
    findUser: (key) => accounts.find(({ _id }) => _id === key) ?? accounts.find(({ username }) => username === key),
    findRoom: (key) => rooms.find(({ _id }) => _id === key) ?? rooms.find(({ name }) => name === key),
    isMember: (userId, roomId) => rooms.some(({ _id, members }) => _id === roomId && members.includes(userId))
  },
  messenger: { post: ({ as, to, message }) => say(as, to, message) },
  store: new RedisStore({ redis: app.redis }),
  history: new RedisHistory({ redis: app.redis }),
  queue: new BullmqQueue({ redis: app.redis }),
  sandbox: new ScriptSandbox()
})

await app.listen({ host, port: Number(port) })
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => app.close())
