import { ScriptFailedError } from '../../errors/refusals.ts'
import type { Sandbox } from '../../ports/sandbox.ts'

/** Stands in the place of the port `sandbox` where the host gives none: every script fails. */
export const noSandbox: Pick<Sandbox, 'run' | 'load'> = {
  run () { throw new ScriptFailedError('no-sandbox') },
  load () { throw new ScriptFailedError('no-sandbox') }
}
