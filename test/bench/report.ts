import { cpus } from 'node:os'
import type { Measurement, Plan, Series } from './rounds.ts'
import { targetNames, targets } from './targets/index.ts'

/** What our requests per second should at least be, as a multiple of those of another target; (d) explains where the rest goes. */
const bars = [['a', '0.70'], ['b', '2.20'], ['c', '0.88'], ['d', '']] as const

/** The results as text: medians over the rounds, and medians of the ratios within each round. */
export function report ({ rounds, seconds, connections }: Plan, series: Series): string {
  const requests = targetNames.flatMap((name) => series[name]).reduce((sum, measured) => sum + measured.requests, 0)
  return [
    `${rounds} rounds of ${seconds} s for each target, ${connections} connections, ${requests} requests, each answered 200`,
    `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`,
    '',
    row('median of the rounds', 'requests/s', 'p99 ms', 'CPU µs/request'),
    ...targetNames.map((name) => {
      const of = (pick: (measured: Measurement) => number): number => median(series[name].map(pick))
      return row(
        targets[name].title,
        of((measured) => measured.requestsPerSecond).toFixed(0),
        of((measured) => measured.p99).toFixed(1),
        of((measured) => measured.cpu).toFixed(1)
      )
    }),
    '',
    row('median ratio in a round', 'requests/s', 'bar', 'CPU'),
    ...bars.map(([name, bar]) => {
      const ratio = (pick: (measured: Measurement) => number): string =>
        median(series.ours.map((measured, round) => pick(measured) / pick(series[name][round]!))).toFixed(2)
      return row(
        `ours / (${name})`,
        ratio((measured) => measured.requestsPerSecond),
        bar,
        ratio((measured) => measured.cpu)
      )
    })
  ].join('\n')
}

function row (title: string, ...cells: readonly string[]): string {
  return title.padEnd(36) + cells.map((cell) => cell.padStart(16)).join('')
}

function median (values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = Math.floor(sorted.length / 2)
  const lower = Math.ceil(sorted.length / 2) - 1
  return ((sorted[lower] ?? NaN) + (sorted[upper] ?? NaN)) / 2
}
