import type { Sandbox } from '../ports/sandbox.ts'
import { type ContractOptions, registerCases } from './contract.ts'
import { boundaryCases } from './sandbox/boundary-cases.ts'
import { failureCases } from './sandbox/failure-cases.ts'
import { runCases } from './sandbox/run-cases.ts'

/**
 * Registers the cases that every `Sandbox` must pass. A case throws an
 * `AssertionError` of `node:assert/strict`.
 *
 * The longest case waits for a script that never ends: 60 seconds are enough as
 * a time limit when the sandbox gives a script at most ten.
 *
 * @param options `create` makes a sandbox. The cases may share one sandbox.
 */
export function sandboxContract (options: ContractOptions<Sandbox>): void {
  registerCases(options, { run: runCases, failure: failureCases, boundary: boundaryCases })
}
