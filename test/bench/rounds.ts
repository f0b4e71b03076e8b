import { Redis } from 'ioredis'
import { startRedis } from '../support/redis-server.ts'
import { type Child, startChild } from '../support/child.ts'
import type { LoadOptions, LoadResult } from './load.ts'
import type { ServerQuestion } from './server-question.ts'
import { type TargetName, targetNames } from './targets/index.ts'

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
export type Series = Readonly<Record<TargetName, readonly Measurement[]>>

/**
 * Measures the targets in turn, over and over, so that whatever else the
 * machine does meets all of them alike.
 *
 * @param signal ends it before its time.
 */
export async function measureRounds ({ rounds, seconds, connections }: Plan, signal: AbortSignal): Promise<Series> {
  const redisServer = await startRedis()
  const redis = new Redis(redisServer.url)
  const generator = startChild<LoadOptions, LoadResult>(new URL('./generator.js', import.meta.url), [], signal)
  const start = (name: TargetName): Child<ServerQuestion, number> =>
    startChild(new URL('./server.js', import.meta.url), [redisServer.url, name], signal)
  const servers = { ours: start('ours'), a: start('a'), b: start('b'), c: start('c'), d: start('d') }

  async function measure (name: TargetName): Promise<Measurement> {
    await redis.flushall()
    const port = await servers[name].ask('port')
    const before = await servers[name].ask('cpu')
    const result = await generator.ask({ port, connections, seconds })
    const after = await servers[name].ask('cpu')
    return { ...result, cpu: (after - before) / result.requests }
  }

  async function warmUp (): Promise<void> {
    const lengths = new Set<number>()
    for (const name of targetNames) lengths.add((await measure(name)).replyLength)
    if (lengths.size > 1) throw new Error(`the targets answer with records of different sizes: ${[...lengths].join(', ')}`)
  }

  try {
    await warmUp()
    const series: Record<TargetName, Measurement[]> = { ours: [], a: [], b: [], c: [], d: [] }
    for (let round = 0; round < rounds; round++) {
      for (const name of rotated(targetNames, round)) series[name].push(await measure(name))
    }
    return series
  } finally {
    redis.disconnect()
    await Promise.allSettled([generator, ...Object.values(servers)].map((child) => child.end()))
    await redisServer.close()
  }
}

/** No target comes first in every round. */
function rotated<T> (list: readonly T[], by: number): T[] {
  const first = by % list.length
  return [...list.slice(first), ...list.slice(0, first)]
}
