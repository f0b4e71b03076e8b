import { test } from 'tap'
import { ScriptSandbox } from '../../../lib/scripts.ts'
import { sandboxContract } from '../../../lib/testing.ts'
import { runContract } from '../../support/run-contract.ts'

test('ScriptSandbox keeps the contract', { timeout: 120_000 }, async (t) => {
  const sandbox = new ScriptSandbox()
  t.teardown(() => sandbox.close())
  await runContract(t, (test) => sandboxContract({ create: () => sandbox, test }))
})
