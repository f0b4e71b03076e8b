import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import chatIntegrations, { type Directory, type User } from '../../lib/index.ts'
import { startRedis } from '../support/redis-server.ts'

// What the time of an answer tells of private rooms: `npm run bench:probing`.
// A caller that may manage only its own integrations names a room that it is
// not in, or one that does not exist. 0.5 means that the times of the two are
// told apart no better than by tossing a coin.

const samples = 2000
const bar = 0.55

const caller: User = { _id: 'prober', username: 'prober' }

const rooms = new Map(Array.from({ length: samples }, (_, index) => [`secret-${index}`, { _id: `room-${index}` }]))

/** A host that answers after a millisecond. */
const slow: Directory = {
  findUser: async (key) => { await sleep(1); return key === caller.username || key === caller._id ? caller : null },
  findRoom: async (name) => { await sleep(1); return rooms.get(name) ?? null },
  isMember: async () => { await sleep(1); return false }
}

/** A host that keeps rooms and members in Redis. */
async function directoryIn (redis: Redis): Promise<Directory> {
  await redis.hset('rooms', Object.fromEntries([...rooms].map(([name, { _id }]) => [name, _id])))
  for (const { _id } of rooms.values()) await redis.sadd(`members:${_id}`, 'somebody', 'else')
  await redis.hset('users', { [caller.username]: caller._id })
  return {
    findUser: async (key) => (await redis.hget('users', key)) === null ? null : caller,
    findRoom: async (name) => {
      const _id = await redis.hget('rooms', name)
      return _id === null ? null : { _id }
    },
    isMember: async (userId, roomId) => await redis.sismember(`members:${roomId}`, userId) === 1
  }
}

/** The probability that an answer about a room that exists takes longer than one about a room that does not. */
async function measure (directory: Directory): Promise<number> {
  const app = Fastify()
  await app.register(chatIntegrations, {
    authenticate: () => caller, hasPermission: (_user, permission) => permission.startsWith('manage-own-'), directory
  })
  await app.ready()
  const time = async (name: string): Promise<number> => {
    const payload = { type: 'webhook-incoming', name: 'x', enabled: true, username: caller.username, channel: `#${name}`, scriptEnabled: false }
    const begin = performance.now()
    const { statusCode } = await app.inject({ method: 'POST', url: '/api/v1/integrations.create', payload })
    const elapsed = performance.now() - begin
    if (statusCode !== 400) throw new Error(`answered ${statusCode}`)
    return elapsed
  }
  for (let i = 0; i < 500; i++) await time(`warm-up-${i}`)
  const times: Array<{ elapsed: number, exists: boolean }> = []
  for (let i = 0; i < samples; i++) {
    // In turns, and neither always first: what slows the machine down slows both down.
    for (const exists of i % 2 === 0 ? [true, false] : [false, true]) {
      times.push({ elapsed: await time(`${exists ? 'secret' : 'sacred'}-${i}`), exists })
    }
  }
  await app.close()
  return areaUnderCurve(times)
}

function areaUnderCurve (times: ReadonlyArray<{ elapsed: number, exists: boolean }>): number {
  const ranks = times.toSorted((one, other) => one.elapsed - other.elapsed)
    .reduce((sum, { exists }, index) => (exists ? sum + index + 1 : sum), 0)
  return (ranks - samples * (samples + 1) / 2) / (samples * samples)
}

function report (name: string, area: number): void {
  // Below 0.5 it tells as much as above it.
  const told = Math.max(area, 1 - area)
  console.log(`${name.padEnd(32)} AUC ${told.toFixed(3)}   at most ${bar}: ${told <= bar ? 'yes' : 'NO'}`)
}

console.log(`${samples} answers about private rooms and ${samples} about none`)
report('directory of 1 ms', await measure(slow))
const server = await startRedis()
const redis = new Redis(server.url)
try {
  report('directory in Redis', await measure(await directoryIn(redis)))
} finally {
  redis.disconnect()
  await server.close()
}
