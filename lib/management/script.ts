import type { Integration } from '../../schemas/index.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { ScriptError } from '../ports/syntax.ts'
import type { User } from '../ports/auth.ts'
import type { Calls } from '../guard/calls.ts'
import { ScriptFailedError } from '../errors/refusals.ts'
import { sandbox } from '../guard/tables/sandbox.ts'
import { syntax } from '../guard/tables/syntax.ts'
import { scriptProblem } from '../model/script/runner.ts'
import type { Draft } from './draft/normalize.ts'

/** Returns the error of the script of a draft. Undefined when there is none, or when the script is not enabled. */
export type ScriptCheck = (draft: Draft, previous?: Integration) => Awaitable<ScriptError | undefined>

/**
 * Makes the check of the scripts of one request. With a sandbox, the script is
 * loaded: the engine says what will happen. An update that is tried again
 * does not check its script again: the longer an attempt takes, the more likely
 * others change the same integration meanwhile.
 */
export function scriptCheck (calls: Calls, caller: User): ScriptCheck {
  let checked: { readonly source: string, readonly error: ScriptError | undefined } | undefined
  const check = async (source: string): Promise<ScriptError | undefined> => {
    if (checked?.source !== source) {
      const loaded = await load(calls, source)
      checked = { source, error: loaded === 'unknown' ? await calls.ask(syntax.check, source, caller._id) : loaded }
    }
    return checked.error
  }
  return ({ script, scriptEnabled }, previous) => {
    if (!scriptEnabled || script === undefined || isKnownToBeValid(script, previous)) return undefined
    return check(script)
  }
}

/** The error with which a script does not load. `unknown` when the reason is not the script: then a parser must do. */
async function load (calls: Calls, source: string): Promise<ScriptError | undefined | 'unknown'> {
  try {
    await calls.ask(sandbox.load, source)
    return undefined
  } catch (error) {
    // The server may have been busy. A script that is always late says so when it runs.
    const isUnknown = !(error instanceof ScriptFailedError) || ['busy', 'late', 'no-sandbox'].includes(error.reason)
    return isUnknown ? 'unknown' : scriptProblem(error)
  }
}

/** A script with an error is checked again: the error may be that the server was busy. */
function isKnownToBeValid (script: string, previous: Integration | undefined): boolean {
  return previous?.scriptEnabled === true && previous.script === script && previous.scriptError === undefined
}
