import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { hookPath } from '../support/hook-host.ts'
import { chatOf, countsOf, HookServer } from '../support/hook-server.ts'
import { patient } from '../support/integrations.ts'
import { hookRecord } from '../support/ports.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { type Sent, send } from '../support/send.ts'
import { often } from '../support/soak.ts'
import { until } from '../support/until.ts'

const posts = 200
const clients = 80
const success = '{"success":true,"ok":true}'

/** The times of a messenger, in milliseconds, and a time of a request that a busy machine does not use up. */
const times = { fastest: 50, slowest: 200, timeout: 60_000 }

/** The answers of a server until it was gone, by the id of the delivery. */
interface Seen {
  readonly answers: Map<string, Sent>
  /** The ids of requests that got no answer, or only a part of one. */
  readonly unanswered: string[]
}

/** Clients that send all deliveries of a round, one after the other on connections that they keep. */
function sendAll (server: HookServer, ids: readonly string[]): { readonly seen: Seen, readonly sent: Promise<unknown> } {
  const agent = new Agent({ keepAlive: true })
  const seen: Seen = { answers: new Map(), unanswered: [] }
  const left = ids.values()
  const sent: Promise<unknown> = Promise.all(Array.from({ length: clients }, async () => {
    // All clients take their ids from one iterator.
    for (const id of left) {
      try {
        seen.answers.set(id, await deliver(server, id, agent))
      } catch {
        seen.unanswered.push(id)
      }
    }
  })).finally(() => {
    // A connection that its client keeps open holds the end of a server up, for as long as keepAliveTimeout.
    agent.destroy()
  })
  return { seen, sent }
}

/** Sends a delivery whose id is the text of its message. */
async function deliver ({ url }: HookServer, id: string, agent: Agent): Promise<Sent> {
  return await send(url, { agent, headers: { 'webhook-id': id }, body: JSON.stringify({ text: id }) })
}

/** A request whose head is sent but for its end. */
async function beginHead ({ port }: HookServer, id: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`POST ${hookPath()} HTTP/1.1\r\nHost: chat.example\r\nwebhook-id: ${id}\r\nContent-Length: 2\r\n`)
  return socket
}

test('the process is told to end amid posts: each request has its answer, and each answer its message', { timeout: 600_000 }, async (t) => {
  const redisProcess = await redisServer(t)
  const redis = redisClient(t, redisProcess)
  await new RedisStore({ redis }).insert(hookRecord(), {}, patient)
  const start = async (): Promise<HookServer> => await HookServer.start(t, { redisPort: redisProcess.port, ...times })
  let server = await start()
  for (let round = 0; round < often(2, 20); round++) {
    const ids = Array.from({ length: posts }, (_, number) => `post ${round}-${number}`)
    const { seen: { answers, unanswered }, sent } = sendAll(server, ids)
    await until('the server is at it', () => answers.size >= posts / 5)
    const ended = server.terminate()
    await sent
    const { accepted, code } = await ended
    t.equal(code, 0, 'the process ended by itself')

    const posted = [...answers].filter(([, { status }]) => status === 200)
    const refused = [...answers].filter(([, { status }]) => status !== 200)
    t.comment(`${posted.length} answered with 200, ${refused.length} with 503, ${unanswered.length} not accepted`)
    t.ok(posted.length < posts, 'the end came amid the posts')
    t.strictSame(accepted.filter((id) => ids.includes(id) && !answers.has(id)), [], 'every request that the server accepted has a whole answer')
    t.strictSame(posted.filter(([, { body, headers }]) => body !== success || headers['idempotent-replayed'] !== undefined), [])
    t.strictSame(refused.filter(([, answer]) => !isClosing(answer)), [], 'the only other answer is that the server is closing')
    const chat = countsOf((await chatOf(redis)).filter((text) => ids.includes(text)))
    t.strictSame([...chat.keys()].toSorted(), posted.map(([id]) => id).toSorted(), 'the chat has the messages that were answered with 200, and no others')
    t.strictSame([...chat].filter(([, count]) => count !== 1), [], 'each once')

    // As senders do: the same deliveries again, to the process that comes after.
    server = await start()
    const { seen: again, sent: sentAgain } = sendAll(server, ids)
    await sentAgain
    t.strictSame(again.unanswered, [])
    const replayed = [...again.answers].filter(([, { headers }]) => headers['idempotent-replayed'] === 'true').map(([id]) => id)
    t.strictSame([...again.answers].filter(([, { status, body }]) => status !== 200 || body !== success), [])
    t.strictSame(replayed.toSorted(), posted.map(([id]) => id).toSorted(), 'what was posted before the end is known')
    const whole = (await chatOf(redis)).filter((text) => ids.includes(text))
    t.strictSame(whole.toSorted(), ids.toSorted(), 'each delivery is in the chat once')
  }
})

test('a request whose head ends after the server began to close is answered with 503 and posts nothing', async (t) => {
  const redisProcess = await redisServer(t)
  const redis = redisClient(t, redisProcess)
  await new RedisStore({ redis }).insert(hookRecord(), {}, patient)
  const server = await HookServer.start(t, { redisPort: redisProcess.port, ...times })
  const late = await Promise.all(Array.from({ length: 5 }, async (_, number) => await beginHead(server, `late ${number}`)))
  const { seen: { answers }, sent } = sendAll(server, ['early'])
  await sent
  t.equal(answers.get('early')?.status, 200)
  const ended = server.terminate()
  await until('new connections are refused', async () => await isRefused(server))
  const replies = await Promise.all(late.map(async (socket) => {
    socket.write('\r\n{}')
    return await textOf(socket)
  }))
  for (const reply of replies) t.match(reply, /^HTTP\/1\.1 503 .*\r\nconnection: close\r\n/is)
  const { accepted, code } = await ended
  t.equal(code, 0)
  t.strictSame(accepted.toSorted(), ['early', ...late.map((_, number) => `late ${number}`)])
  t.strictSame(await chatOf(redis), ['early'])
})

/** Whether this is the answer of Fastify to a request that comes while the server is closing. */
function isClosing ({ status, headers, body }: Sent): boolean {
  return status === 503 && headers.connection === 'close' && body.includes('"Service Unavailable"')
}

async function isRefused ({ port }: HookServer): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return false
  } catch {
    return true
  } finally {
    socket.destroy()
  }
}
