import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import { BullmqQueue } from '../../lib/bullmq.ts'
import chatIntegrations, { type DeliveryReport, InProcessQueue } from '../../lib/index.ts'
import { RedisHistory, RedisStore } from '../../lib/redis.ts'
import type { DeliveryCommand, DeliveryNote, DeliverySettings, DeliveryState, EmittedEvent, Emitting } from './delivery-server.ts'
import { Notes } from './notes.ts'
import { said } from './outgoing-host.ts'
import { unchecked } from './unchecked.ts'
import { workspace } from './workspace.ts'

/**
 * A server with outgoing webhooks, in a process of its own:
 * `delivery-worker.js <settings as JSON>`. It tells what happens, and does
 * what it is told.
 */
async function main ({
  redisPort, keyPrefix = 'chat-integrations', inProcess = false, lockDuration = 30_000, maxWaitingPerLane = 1000, maxEntries = 100, timeout = 10_000, clock
}: DeliverySettings): Promise<void> {
  if (clock !== undefined) {
    const { since, speed } = clock
    const now = Date.now
    Date.now = () => Math.round(since + (now() - since) * speed)
  }
  const complaints: string[] = []
  process.on('unhandledRejection', (reason) => complaints.push(String(reason)))
  process.on('warning', (warning) => complaints.push(String(warning)))
  const tell = (note: DeliveryNote): void => { process.send?.(note) }
  const redis = new Redis({ port: redisPort, host: '127.0.0.1', retryStrategy: () => 50 })
  redis.on('error', () => {})
  const app = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => { tell({ kind: 'log', line }) } } } })
  const reports = new Notes<DeliveryReport>((told) => { tell({ kind: 'reports', reports: told }) })
  await app.register(chatIntegrations, {
    ...workspace(),
    store: new RedisStore({ redis, keyPrefix }),
    queue: inProcess ? new InProcessQueue({ keyPrefix, maxWaitingPerLane }) : new BullmqQueue({ redis, keyPrefix, lockDuration, maxWaitingPerLane }),
    history: new RedisHistory({ redis, keyPrefix, maxEntries, maxBytes: 16 * 1024 * 1024 }),
    onDelivery: (report) => { reports.add(report) },
    outgoing: { allow: ['127.0.0.1:*'], timeout }
  })
  const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  let longestEmit = 0
  const emitted = new Notes<EmittedEvent>((results) => { tell({ kind: 'emitted', results }) })

  const emit = async (messageId: string): Promise<void> => {
    const at = Date.now()
    const data = said(String(at), messageId)
    const begin = performance.now()
    const promise = app.integrations.emit('sendMessage', data)
    longestEmit = Math.max(longestEmit, performance.now() - begin)
    const result = await promise
    emitted.add({ messageId, at, ...result })
  }
  const emitAll = async ({ name, count, atOnce, every }: Emitting): Promise<void> => {
    const all: Array<Promise<void>> = []
    for (let number = 0; number < count; number++) {
      all.push(emit(`${name}-${number}`))
      if ((number + 1) % atOnce === 0) await (every === 0 ? turn() : sleep(every))
    }
    await Promise.all(all)
    emitted.flush()
    tell({ kind: 'done', name })
  }
  const state = (): DeliveryState => {
    const [held, heldP99] = [delay.max / 1e6, delay.percentile(99) / 1e6]
    // Twice: what the first collection finalizes, the second one frees.
    globalThis.gc?.()
    globalThis.gc?.()
    delay.reset()
    return {
      longestEmit, held, heldP99, heap: process.memoryUsage().heapUsed, mostMemory: process.resourceUsage().maxRSS * 1024, complaints
    }
  }
  process.on('message', async (command: DeliveryCommand) => {
    if (command.kind === 'emit') await emitAll(command.emitting)
    else if (command.kind === 'state') tell({ kind: 'state', state: state() })
    else {
      await app.close()
      redis.disconnect()
      reports.flush()
      emitted.flush()
      process.disconnect()
    }
  })
  process.once('disconnect', () => process.exit())
  tell({ kind: 'ready', port: Number(address.port) })
}

// Only a process with settings is a server.
const [, , settings] = process.argv
if (process.send !== undefined && settings !== undefined) await main(unchecked<DeliverySettings>(JSON.parse(settings)))
