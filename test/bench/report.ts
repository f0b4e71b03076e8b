import { cpus } from 'node:os'
import type { Benchmark } from './benchmark.ts'
import type { Measurement, Plan, Series } from './rounds.ts'
import { type TargetName, targets } from './targets/index.ts'

/** The results as text: medians over the rounds, and medians of the ratios within each round. */
export function report ({ names, bars }: Benchmark, { rounds, seconds, connections }: Plan, series: Series): string {
  const measured = (name: TargetName): readonly Measurement[] => series.get(name) ?? []
  const requests = names.flatMap(measured).reduce((sum, measurement) => sum + measurement.requests, 0)
  return [
    `${rounds} rounds of ${seconds} s for each target, ${connections} connections, ${requests} requests, each answered 200`,
    `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
    '',
    row('median of the rounds', 'requests/s', 'p99 ms', 'CPU µs/request'),
    ...names.map((name) => {
      const of = (pick: (measurement: Measurement) => number): number => median(measured(name).map(pick))
      return row(
        targets[name].title,
        of((measurement) => measurement.requestsPerSecond).toFixed(0),
        of((measurement) => measurement.p99).toFixed(1),
        of((measurement) => measurement.cpu).toFixed(1)
      )
    }),
    '',
    row('median ratio in a round', 'requests/s', 'bar', 'CPU'),
    ...bars.map(({ of, with: other, least }) => {
      const ratio = (pick: (measurement: Measurement) => number): string =>
        median(measured(of).map((measurement, round) => pick(measurement) / pick(measured(other)[round]!))).toFixed(2)
      return row(
        `${targets[of].title} / ${targets[other].title}`,
        ratio((measurement) => measurement.requestsPerSecond),
        least?.toFixed(2) ?? '',
        ratio((measurement) => measurement.cpu)
      )
    })
  ].join('\n')
}

function row (title: string, ...cells: readonly string[]): string {
  return title.padEnd(44) + cells.map((cell) => cell.padStart(16)).join('')
}

function median (values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = Math.floor(sorted.length / 2)
  const lower = Math.ceil(sorted.length / 2) - 1
  return ((sorted[lower] ?? NaN) + (sorted[upper] ?? NaN)) / 2
}
