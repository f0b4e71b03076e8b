/** What contenders have needed, in the order of the rounds. */
export interface Needed {
  /** Pieces of work a second. */
  readonly rate: number[]
  /** Microseconds of CPU of this process for a piece of work. */
  readonly cpu: number[]
}

/**
 * Lets contenders take turns: what slows the machine down slows all of them
 * down. The first round warms up and does not count.
 *
 * @param count how many pieces of work a contender does in its turn.
 */
export async function takeTurns<N extends string> (
  contenders: Readonly<Record<N, () => Promise<void>>>, { rounds, count }: { readonly rounds: number, readonly count: number }
): Promise<ReadonlyMap<string, Needed>> {
  const entries: Array<[string, () => Promise<void>]> = Object.entries(contenders)
  const needed = new Map<string, Needed>(entries.map(([name]) => [name, { rate: [], cpu: [] }]))
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of entries) {
      const cpu = process.cpuUsage()
      const begun = performance.now()
      await run()
      const { user, system } = process.cpuUsage(cpu)
      if (round < 0) continue
      needed.get(name)?.rate.push(count / (performance.now() - begun) * 1000)
      needed.get(name)?.cpu.push((user + system) / count)
    }
  }
  return needed
}

/** The median of the ratios of the rounds. */
export function ratioOf (one: Needed | undefined, other: Needed | undefined): number {
  return median(one?.rate.map((rate, round) => rate / (other?.rate[round] ?? NaN)) ?? [])
}

export function median (values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN
}
