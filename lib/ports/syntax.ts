import type { Integration } from '../../schemas/index.ts'

/** Why a script is not valid JavaScript, or why nobody can tell. */
export type ScriptError = NonNullable<Integration['scriptError']>

/**
 * Checks the syntax of a script. Nothing of the script is executed or compiled.
 *
 * @param userId the `_id` of the user that sent the script: users take turns.
 * @param signal aborted when the caller no longer waits.
 * @returns what is wrong with the script, or undefined.
 * @throws Error when the script was not checked, for no fault of its own.
 */
export type CheckSyntax = (source: string, userId: string, signal: AbortSignal) => Promise<ScriptError | undefined>
