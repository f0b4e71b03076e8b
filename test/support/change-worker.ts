import { once } from 'node:events'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import chatIntegrations, { type Integration, IntegrationError } from '../../lib/index.ts'
import { RedisStore } from '../../lib/redis.ts'
import { incomingBody, outgoingBody } from './bodies.ts'
import { members, workspace } from './workspace.ts'

/** The field that each process alone writes in the integrations that all of them share. */
export const sharedFields = ['name', 'alias', 'emoji', 'avatar'] as const

/** What a process did. */
export interface ChangeReport {
  /** The last value of its own field that was acknowledged, by `_id`. */
  readonly last: Record<string, string>
  /** What it created and did not remove itself. */
  readonly created: string[]
  /** What it removed, whoever created it. */
  readonly removed: string[]
  /** How many changes were refused because the integration was gone or contended. */
  readonly refused: number
}

/**
 * A process that changes integrations at random, for a test that needs
 * several: `change-worker.js <port of Redis> <number of the process> <how many>
 * <_id> …`. It says "ready", waits for any message and sends a ChangeReport.
 */
async function main (port: number, number: number, count: number, shared: readonly string[]): Promise<void> {
  const redis = new Redis(port, '127.0.0.1')
  const app = Fastify()
  await app.register(chatIntegrations, { ...workspace(), store: new RedisStore({ redis }) })
  await app.ready()
  await redis.ping()
  process.send?.('ready')
  await once(process, 'message')

  const { integrations } = app
  const { admin } = members
  const random = randomOf(number + 1)
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
  const field = sharedFields[number] ?? 'name'
  const last: Record<string, string> = {}
  const created = new Set<string>()
  const removed: string[] = []
  const busy = new Set<string>()
  let refused = 0
  let next = 0

  const anything = async (): Promise<Integration | undefined> =>
    pick((await integrations.list(admin, { count: 20, name: 'mortal' })).integrations)

  const step = async (turn: number): Promise<void> => {
    const choice = random()
    if (choice < 0.3) {
      const body = choice < 0.15 ? incomingBody : { ...outgoingBody, urls: [`http://host/${turn % 5}`] }
      created.add((await integrations.create(admin, { ...body, name: `mortal ${number}-${turn}` }))._id)
    } else if (choice < 0.6) {
      const integrationId = pick(shared) ?? ''
      // One at a time: which of two own writes is the last one must be known.
      if (busy.has(integrationId)) return
      busy.add(integrationId)
      const value = `/${number}-${turn}`
      try {
        await integrations.update(admin, { type: 'webhook-outgoing', integrationId, [field]: value })
        last[integrationId] = value
      } finally {
        busy.delete(integrationId)
      }
    } else {
      const target = await anything()
      if (target === undefined) return
      const { _id: integrationId, type } = target
      if (choice < 0.75) await integrations.update(admin, { type, integrationId, name: `mortal ${turn}`, enabled: turn % 2 === 0 })
      else if (choice < 0.85) await integrations.regenerateToken(admin, { integrationId })
      else {
        await integrations.remove(admin, { type, integrationId })
        removed.push(integrationId)
        created.delete(integrationId)
      }
    }
  }
  const work = async (): Promise<void> => {
    while (next < count) {
      try {
        await step(next++)
      } catch (error) {
        if (!(error instanceof IntegrationError)) throw error
        if (error.code !== 'error-integration-not-found' && error.code !== 'error-service-unavailable') throw error
        refused++
      }
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
  const report: ChangeReport = { last, created: [...created], removed, refused }
  process.send?.(report)
  await app.close()
  redis.disconnect()
  process.disconnect()
}

/** A small generator with a seed, so that a run can be repeated (mulberry32). */
function randomOf (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const [port, number, count, ...shared] = process.argv.slice(2)
if (process.send !== undefined && shared.length > 0) await main(Number(port), Number(number), Number(count), shared)
