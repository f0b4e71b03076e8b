import { AssertionError } from 'node:assert/strict'
import type { Test } from 'tap'
import type { Awaitable } from '../../lib/index.ts'
import type { ContractOptions, RegisterTest } from '../../lib/testing.ts'

/**
 * Runs the cases of contract suites as subtests of `t`. Resolves when all of
 * them have run.
 *
 * @param register registers the cases: `(test) => storeContract({ test, create })`.
 */
export async function runContract (t: Test, register: (test: RegisterTest) => void): Promise<void> {
  const subtests: Array<Promise<unknown>> = []
  register((name, body) => {
    subtests.push(t.test(name, async (t) => {
      await body()
      t.pass('the contract is kept')
    }))
  })
  await Promise.all(subtests)
}

/** A contract suite, with its options but `create` and `test` filled in. */
export type Suite<Subject> = (options: ContractOptions<Subject>) => void

/** A subject with a mistake, and the case that finds the mistake. */
export type Mistake<Subject> = readonly [mistake: string, create: () => Awaitable<Subject>, foundBy: string]

/** Makes sure that a subject without a mistake passes every case, all at the same time. */
export async function passesAtOnce<Subject> (t: Test, suite: Suite<Subject>, create: () => Awaitable<Subject>): Promise<void> {
  const cases = casesOf(suite, create)
  t.ok(cases.size > 0, 'there are cases')
  await Promise.all(Array.from(cases, async ([name, body]) => { await t.resolves(body(), name) }))
}

/** Makes sure that the named case of a suite finds each mistake. */
export async function findsMistakes<Subject> (t: Test, suite: Suite<Subject>, mistakes: ReadonlyArray<Mistake<Subject>>): Promise<void> {
  // At the same time: a case may wait ten seconds for an event that a mistake prevents.
  await Promise.all(mistakes.map(async ([mistake, create, foundBy]) => {
    const body = casesOf(suite, create).get(foundBy)
    if (body === undefined) throw new Error(`there is no case "${foundBy}"`)
    await t.rejects(body(), AssertionError, `${foundBy} — ${mistake}`)
  }))
}

/** The cases of a suite that find none of the mistakes: whether they can fail is not known. */
export function casesWithoutMistake<Subject> (suite: Suite<Subject>, mistakes: ReadonlyArray<Mistake<Subject>>): string[] {
  const found = new Set(mistakes.map(([, , foundBy]) => foundBy))
  return [...casesOf(suite, () => { throw new Error('not called') }).keys()].filter((name) => !found.has(name))
}

function casesOf<Subject> (suite: Suite<Subject>, create: () => Awaitable<Subject>): Map<string, () => Promise<void>> {
  const cases = new Map<string, () => Promise<void>>()
  suite({ create, test: (name, body) => cases.set(name, body) })
  return cases
}
