import { type ContractOptions, registerCases } from './contract.ts'
import { boundsCases, type CreateBounded } from './history/bounds-cases.ts'
import { entryCases } from './history/entry-cases.ts'
import type { HistoryUnderTest } from './history/history-under-test.ts'

/** How the suite `historyContract` makes histories and registers its cases. */
export interface HistoryContractOptions extends ContractOptions<HistoryUnderTest> {
  /**
   * Makes an empty history with other bounds for each integration, as the
   * options of `MemoryHistory` set them. The smallest bounds are 5 entries,
   * 65,536 bytes and 2,500 milliseconds. Absent: the cases about bounds are not
   * registered.
   */
  readonly createBounded?: CreateBounded
}

/**
 * Registers the cases that every `HistoryStore` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * The longest case appends 900 entries, and the case about the age of entries
 * waits some seconds: 60 seconds are enough as a time limit.
 *
 * @param options `create` makes an empty history.
 */
export function historyContract ({ createBounded, ...options }: HistoryContractOptions): void {
  registerCases(options, { history: entryCases })
  if (createBounded !== undefined) registerCases({ test: options.test, create: () => createBounded }, { bounds: boundsCases })
}
