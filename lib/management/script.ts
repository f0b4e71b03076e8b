import type { Integration } from '../../schemas/index.ts'
import type { Awaitable } from '../ports/awaitable.ts'
import type { ScriptError } from '../ports/syntax.ts'
import type { User } from '../ports/auth.ts'
import type { Calls } from '../guard/calls.ts'
import { syntax } from '../guard/tables/syntax.ts'
import type { Draft } from './draft/normalize.ts'

/** Returns the error of the script of a draft. Undefined when there is none, or when the script is not enabled. */
export type ScriptCheck = (draft: Draft, previous?: Integration) => Awaitable<ScriptError | undefined>

/**
 * Makes the check of the scripts of one request. An update that is tried again
 * does not check its script again: the longer an attempt takes, the more likely
 * others change the same integration meanwhile.
 */
export function scriptCheck (calls: Calls, caller: User): ScriptCheck {
  let checked: { readonly source: string, readonly error: ScriptError | undefined } | undefined
  const check = async (source: string): Promise<ScriptError | undefined> => {
    if (checked?.source !== source) checked = { source, error: await calls.ask(syntax.check, source, caller._id) }
    return checked.error
  }
  return ({ script, scriptEnabled }, previous) => {
    if (!scriptEnabled || script === undefined || isKnownToBeValid(script, previous)) return undefined
    return check(script)
  }
}

/** A script with an error is checked again: the error may be that the server was busy. */
function isKnownToBeValid (script: string, previous: Integration | undefined): boolean {
  return previous?.scriptEnabled === true && previous.script === script && previous.scriptError === undefined
}
