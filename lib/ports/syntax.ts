import type { Integration } from '../../schemas/index.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'

/** The reason why a script is not valid JavaScript, or why the script could not be judged. */
export type ScriptError = NonNullable<Integration['scriptError']>

/** Checks the syntax of scripts. The plugin fills this port itself. */
export interface SyntaxCheck {
  /**
   * Checks a script. Nothing of the script is executed or compiled.
   *
   * @param userId the `_id` of the user that sent the script: users take turns.
   * @returns the error of the script, or undefined.
   * @throws Error when the script could not be checked for a reason outside the script.
   */
  check (source: string, userId: string, call: PortCall): Awaitable<ScriptError | undefined>
}
