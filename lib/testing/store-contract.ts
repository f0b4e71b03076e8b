import { type ContractOptions, registerCases } from './contract.ts'
import { changeCases } from './store/change-cases.ts'
import { idempotencyCases } from './store/idempotency-cases.ts'
import { insertCases } from './store/insert-cases.ts'
import { listCases } from './store/list-cases.ts'
import { recordCases } from './store/record-cases.ts'
import type { StoreUnderTest } from './store/store-under-test.ts'

/**
 * Registers the cases that every `IntegrationStore` must pass: records,
 * inserts, idempotency keys, lists and changes, each over one instance and,
 * where processes can meet, over two. A case throws an `AssertionError` of
 * `node:assert/strict`.
 *
 * The longest cases insert 6,000 integrations, so a runner with a short time
 * limit needs a longer one: 60 seconds are enough for a store with a millisecond
 * of latency.
 *
 * @param options `create` makes an empty store.
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
export function storeContract (options: ContractOptions<StoreUnderTest>): void {
  registerCases(options, {
    records: recordCases,
    insert: insertCases,
    idempotency: idempotencyCases,
    lists: listCases,
    changes: changeCases
  })
}
