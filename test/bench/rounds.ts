import { Redis } from 'ioredis'
import { startRedis } from '../support/redis-server.ts'
import { type Child, startChild } from '../support/child.ts'
import type { Benchmark } from './benchmark.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import type { ServerQuestion } from './server-question.ts'
import type { TargetName } from './targets/index.ts'

/** How much is measured. */
export interface Plan {
  readonly rounds: number
  /** For each target in each round, and once before them to warm up. */
  readonly seconds: number
  /** Requests under way at the same time. */
  readonly connections: number
}

/** One target in one round. */
export interface Measurement extends LoadResult {
  /** CPU time of the server's process for each request, in microseconds. */
  readonly cpu: number
}

/** Every target's measurements, one for each round. */
export type Series = ReadonlyMap<TargetName, readonly Measurement[]>

/** The process of a target, and its measurements. */
interface Server {
  readonly name: TargetName
  readonly process: Child<ServerQuestion, number>
  readonly measurements: Measurement[]
}

/**
 * Measures the targets in turn, over and over, so that whatever else the
 * machine does meets all of them alike.
 *
 * @param signal ends it before its time.
 */
export async function measureRounds (
  { request, names, emptiesRedis }: Benchmark, { rounds, seconds, connections }: Plan, signal: AbortSignal
): Promise<Series> {
  const redisServer = await startRedis()
  const redis = new Redis(redisServer.url)
  const generator = startChild<LoadOptions, LoadResult>(new URL('./generator.js', import.meta.url), [], signal)
  const servers = names.map((name): Server => ({
    name,
    process: startChild(new URL('./server.js', import.meta.url), [redisServer.url, name], signal),
    measurements: []
  }))

  async function measure ({ process }: Server): Promise<Measurement> {
    if (emptiesRedis) await redis.flushall()
    const port = await process.ask('port')
    const before = await process.ask('cpu')
    const result = await generator.ask({ port, request, connections, seconds })
    const after = await process.ask('cpu')
    return { ...result, cpu: (after - before) / result.requests }
  }

  async function warmUp (): Promise<void> {
    const lengths = new Set<number>()
    for (const server of servers) lengths.add((await measure(server)).replyLength)
    if (lengths.size > 1) throw new Error(`the targets answer with bodies of different sizes: ${[...lengths].join(', ')}`)
  }

  try {
    await warmUp()
    for (let round = 0; round < rounds; round++) {
      for (const server of rotated(servers, round)) server.measurements.push(await measure(server))
    }
    return new Map(servers.map(({ name, measurements }) => [name, measurements]))
  } finally {
    redis.disconnect()
    await Promise.allSettled([generator, ...servers.map(({ process }) => process)].map((child) => child.end()))
    await redisServer.close()
  }
}

/** No target comes first in every round. */
function rotated<T> (list: readonly T[], by: number): T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}
