import type { RedisClient } from '../../base/redis/client-state.ts'
import { runScript, script } from '../../base/redis/script.ts'
import type { QueuedJob } from '../../ports/queue.ts'
import type { QueueKeys } from './keys.ts'

/**
 * Milliseconds until a place in a lane lapses: a bit more than a delivery lives.
 * A place that is left over after a crash must not count for ever.
 */
const placeLapsesAfter = 25 * 60 * 60 * 1000

/** So many places of a full lane are looked at: whether their jobs are still there. */
const lookedAt = 20

/**
 * Gives each job a place in its lane. A job that has a place keeps it.
 *
 * In a full lane, the oldest places are looked at. Those whose jobs are gone are
 * given up: a person may remove jobs in a dashboard, and a process may die
 * between a job and its place.
 *
 * Replies the numbers of the jobs that got no place, from 1, and then the
 * numbers of those that got a new place, negative.
 */
const enterScript = script(`
-- KEYS … a lane each            ARGV 1 how many jobs a lane may hold
--                                    2 what stands in front of the id of a job
--                                    3 how many milliseconds a place is kept
--                                    4 how many places of a full lane are looked at
--                                    5… for each job: the number of its lane, its id
local most, jobs, kept, looked = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local sizes, full, new = {}, {}, {}
for number, lane in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', lane, '-inf', now - kept)
  local size = redis.call('ZCARD', lane)
  if size >= most then
    for _, id in ipairs(redis.call('ZRANGE', lane, 0, looked - 1)) do
      if redis.call('EXISTS', jobs .. id) == 0 then size = size - redis.call('ZREM', lane, id) end
    end
  end
  sizes[number] = size
end
for at = 5, #ARGV, 2 do
  local number, id, job = tonumber(ARGV[at]), ARGV[at + 1], (at - 3) / 2
  if not redis.call('ZSCORE', KEYS[number], id) then
    if sizes[number] >= most then
      full[#full + 1] = job
    else
      redis.call('ZADD', KEYS[number], now, id)
      redis.call('PEXPIRE', KEYS[number], kept)
      sizes[number] = sizes[number] + 1
      new[#new + 1] = -job
    end
  end
end
for _, job in ipairs(new) do full[#full + 1] = job end
return full
`)

/** What became of jobs that asked for a place. */
export interface Entered<T extends QueuedJob> {
  /** Those that have a place. */
  readonly placed: readonly T[]
  /** Those of them that had none before. */
  readonly fresh: readonly T[]
  /** The ids of the others: their lanes are full. */
  readonly full: readonly string[]
}

/** Counts the jobs of each lane. */
export class Lanes {
  readonly #keys: QueueKeys
  readonly #most: string

  /** @param most how many jobs of a lane are kept. */
  constructor (keys: QueueKeys, most: number) {
    this.#keys = keys
    this.#most = String(most)
  }

  /** @throws what ioredis throws. */
  async enter<T extends QueuedJob> (client: RedisClient, jobs: readonly T[]): Promise<Entered<T>> {
    const numbers = new Map<string, number>()
    const args = [this.#most, this.#keys.jobPrefix, String(placeLapsesAfter), String(lookedAt)]
    for (const { id, lane } of jobs) {
      const number = numbers.get(lane) ?? numbers.size + 1
      numbers.set(lane, number)
      args.push(String(number), id)
    }
    const reply = await runScript(client, enterScript, Array.from(numbers.keys(), (lane) => this.#keys.lane(lane)), args)
    const told = new Set(Array.isArray(reply) ? reply.map(Number) : [])
    const isFull = (_: T, index: number): boolean => told.has(index + 1)
    return {
      placed: jobs.filter((job, index) => !isFull(job, index)),
      fresh: jobs.filter((_, index) => told.has(-index - 1)),
      full: jobs.filter(isFull).map(({ id }) => id)
    }
  }

  /**
   * Gives the place of a job up.
   *
   * @throws what ioredis throws.
   */
  async leave (client: RedisClient, { id, lane }: QueuedJob): Promise<void> {
    await client.zrem(this.#keys.lane(lane), id)
  }
}
