import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { RedisStore } from '../../lib/redis.ts'
import { chatMessenger } from '../support/chat-messenger.ts'
import { startClient } from '../support/client.ts'
import { hookPath } from '../support/hook-host.ts'
import { patient } from '../support/integrations.ts'
import { captureLog } from '../support/log.ts'
import { hookRecord } from '../support/ports.ts'
import { redisClient, redisServer } from '../support/redis-client.ts'
import { send } from '../support/send.ts'
import { often, soaking } from '../support/soak.ts'

const connections = often(50, 200)
/** How many requests with a wrong token `npm test` sends. */
const requests = 2000
/** How long the soak sends them, in milliseconds. */
const duration = 30_000
/** The default of `incoming.wrongTokenLimit`, in a minute. */
const limit = 30
/** By how many bytes the heap may differ before and after the soak. */
const heapMargin = 16 * 1024 * 1024

/** The bytes of the heap that are in use after a collection. */
function heapInUse (): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect()
  return process.memoryUsage().heapUsed
}

test('a flood of wrong tokens from one address harms neither the server nor a right sender at the same address', async (t) => {
  const redis = await redisServer(t)
  const store = new RedisStore({ redis: redisClient(t, redis) })
  const record = hookRecord()
  await store.insert(record, {}, patient)
  const messenger = chatMessenger()
  const log = captureLog()
  // Only warnings: a log of every request would be the memory that is measured.
  const { url } = await startClient(t, { store, messenger, incoming: { rateLimit: false, timeout: 30_000 }, adapterTimeout: 20_000 },
    { logger: { ...log.logger, level: soaking ? 'warn' : 'trace' } })

  const counts = new Map<number, number>()
  const others = new Set<string>()
  let sent = 0
  const flood = async (isOver: () => boolean): Promise<void> => {
    await Promise.all(Array.from({ length: connections }, async () => {
      while (!isOver()) {
        const number = sent++
        const { status, headers, body } = await send(`${url}/hooks/${record._id}/wrongToken${number}`, {})
        counts.set(status, (counts.get(status) ?? 0) + 1)
        const isDocumented = status === 404
          ? body === '{"success":false,"error":"Invalid integration id or token provided."}'
          : status === 429 && Number(headers['retry-after']) >= 1
        if (!isDocumented) others.add(`${status} ${headers['retry-after']} ${body}`)
      }
    }))
  }

  const started = performance.now()
  // What is loaded or compiled at first is in memory by then.
  await flood(() => sent >= requests / 4)
  const before = heapInUse()

  const flooding = new AbortController()
  const right: number[] = []
  const rightSender = (async (): Promise<void> => {
    while (!flooding.signal.aborted) {
      right.push((await send(url + hookPath(record), { body: JSON.stringify({ text: `right ${right.length}` }) })).status)
      await sleep(5)
    }
  })()
  const end = performance.now() + duration
  await flood(() => soaking ? performance.now() > end : sent >= requests)
  flooding.abort()
  await rightSender
  const after = heapInUse()
  const seconds = (performance.now() - started) / 1000

  t.comment(`${sent} wrong tokens in ${seconds.toFixed(1)} s: ${[...counts].map(([status, count]) => `${count} × ${status}`).join(', ')}; ` +
    `${right.length} right ones; heap ${before} bytes before, ${after} after`)
  t.strictSame([...others], [], 'every wrong token is answered 404, or 429 with Retry-After')
  const notFound = counts.get(404) ?? 0
  t.ok(notFound >= limit && notFound <= limit + 1 + seconds * limit / 60, `404 as often as the limit allows: ${notFound}`)
  t.equal(counts.get(429), sent - notFound, '429 from then on')

  t.ok(right.length > 0 && right.every((status) => status === 200), 'the right sender is always answered 200')
  t.strictSame(messenger.posts.map(({ message }) => message.text), right.map((_, index) => `right ${index}`), 'and loses nothing')

  const warnings = log.lines().filter(({ msg }) => msg === 'an address has sent many wrong tokens to hooks; further ones are answered 429')
  t.ok(warnings.length >= 1 && warnings.length <= 1 + Math.floor(seconds / 60), `one line in the log a minute: ${warnings.length}`)
  t.notOk(log.text().includes('wrongToken'), 'no wrong token is in the log')
  t.notOk(log.text().includes(record.token), 'nor the right one')
  if (soaking) t.ok(after < before + heapMargin, 'memory is back at its level')
})
