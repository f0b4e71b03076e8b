import { type ContractOptions, registerCases } from './contract.ts'
import { addCases } from './queue/add-cases.ts'
import { endCases } from './queue/end-cases.ts'
import { handleCases } from './queue/handle-cases.ts'
import type { QueueUnderTest } from './queue/queue-under-test.ts'

/**
 * Registers the cases that every `DeliveryQueue` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * A case closes its queue only where it tests that: your test runner must close
 * every queue. The longest case handles 2,000 jobs: 60 seconds are enough as a
 * time limit.
 *
 * @param options `create` makes an empty queue without a handler.
 */
export function queueContract (options: ContractOptions<QueueUnderTest>): void {
  registerCases(options, { add: addCases, handle: handleCases, end: endCases })
}
