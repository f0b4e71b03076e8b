import { changeCases } from './change-cases.ts'
import { idempotencyCases } from './idempotency-cases.ts'
import { insertCases } from './insert-cases.ts'
import { listCases } from './list-cases.ts'
import { recordCases } from './record-cases.ts'
import type { CreateStore, StoreCases } from './store-under-test.ts'

/** How the contract suite makes stores and runs its cases. */
export interface StoreContractOptions {
  /** Makes an empty store, and starts it if it has a method `start`. Each case calls this function once. */
  readonly create: CreateStore
  /**
   * Registers one case with a test runner: `test` of `node:test`, `it` of
   * Vitest, Jest or Mocha, or a wrapper. The case fails when the promise of
   * `body` rejects. The longest cases insert 6,000 integrations, so a runner
   * with a short time limit needs a longer one: 60 seconds are enough for a
   * store with a millisecond of latency.
   */
  readonly test: (name: string, body: () => Promise<void>) => unknown
}

const subjects: Readonly<Record<string, StoreCases>> = {
  records: recordCases,
  insert: insertCases,
  idempotency: idempotencyCases,
  lists: listCases,
  changes: changeCases
}

/**
 * Registers the cases that every `IntegrationStore` must pass: records,
 * inserts, idempotency keys, lists and changes, each over one instance and,
 * where processes can meet, over two. The names of the cases begin with their
 * subject. A case throws an `AssertionError` of `node:assert/strict`.
 *
 * Each case has its own store, so the cases may run at the same time.
 *
 * @example
 * ```ts
 * import { after, test } from 'node:test'
 * import { storeContract } from 'fastify-chat-integrations/testing'
 * import { MyStore, openEmptyDatabase } from '../lib/my-store.ts'
 *
 * storeContract({
 *   test,
 *   async create () {
 *     const database = await openEmptyDatabase()
 *     after(() => database.close())
 *     return { store: new MyStore(database), reopen: () => new MyStore(database) }
 *   }
 * })
 * ```
 */
export function storeContract ({ create, test }: StoreContractOptions): void {
  for (const [subject, cases] of Object.entries(subjects)) {
    for (const [name, run] of Object.entries(cases)) test(`${subject}: ${name}`, () => run(create))
  }
}
