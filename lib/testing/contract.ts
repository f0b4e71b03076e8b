import type { Awaitable } from '../ports/awaitable.ts'

/**
 * Registers one case with a test runner: `test` of `node:test`, `it` of Vitest,
 * Jest or Mocha, or a wrapper. The case fails when the promise of `body` rejects.
 */
export type RegisterTest = (name: string, body: () => Promise<void>) => unknown

/** How a contract suite makes its subject and registers its cases. */
export interface ContractOptions<Subject> {
  /**
   * Makes a new subject. Each case calls this function once, so the cases may run
   * at the same time. The suites do not call `start` and `close`: this function
   * starts a subject that must be started, and your test runner closes it.
   */
  readonly create: () => Awaitable<Subject>
  /** Registers one case. The description of each suite says which time limit its longest case needs. */
  readonly test: RegisterTest
}

/**
 * The cases of one topic by their names. A case throws an `AssertionError` when
 * the subject breaks the contract.
 */
export type Cases<Subject> = Readonly<Record<string, (create: () => Awaitable<Subject>) => Promise<void>>>

/**
 * Registers cases with a test runner.
 *
 * @param topics the cases by their topic. The name of each case begins with its topic.
 */
export function registerCases<Subject> (
  { create, test }: ContractOptions<Subject>, topics: Readonly<Record<string, Cases<Subject>>>
): void {
  for (const [topic, cases] of Object.entries(topics)) {
    for (const [name, run] of Object.entries(cases)) test(`${topic}: ${name}`, () => run(create))
  }
}
