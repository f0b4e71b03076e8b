import type { Benchmark } from './benchmark.ts'
import { report } from './report.ts'
import { measureRounds, type Plan } from './rounds.ts'

/** Runs a benchmark and prints the results. */
export async function compare (benchmark: Benchmark): Promise<void> {
  // Not ROUNDS and SECONDS: bash counts SECONDS up by itself.
  const plan: Plan = {
    rounds: positive('BENCH_ROUNDS', 7),
    seconds: positive('BENCH_SECONDS', 3),
    connections: 64
  }

  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())

  // Twice what it takes, and a minute for a slow start: then something hangs.
  const longest = (plan.rounds + 1) * benchmark.names.length * plan.seconds * 2 + 60
  const signal = AbortSignal.any([interrupted.signal, AbortSignal.timeout(longest * 1000)])

  console.log(report(benchmark, plan, await measureRounds(benchmark, plan, signal)))
}

function positive (name: string, byDefault: number): number {
  const value = Number(process.env[name] ?? byDefault)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`${name} must be a positive integer`)
}
