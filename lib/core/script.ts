import { Script } from 'node:vm'

/** Why a script is not valid JavaScript. */
export interface ScriptError {
  readonly name: string
  readonly message: string
}

/** Longest stored message: V8 quotes a broken regular expression in full. */
const longestMessage = 500

/**
 * Checks the syntax of a script with the parser of the running V8. Compiles
 * only: nothing of the script is ever executed here.
 *
 * @returns what is wrong with it, or undefined.
 */
export function checkSyntax (source: string): ScriptError | undefined {
  try {
    // eslint-disable-next-line no-new -- the constructor is the check
    new Script(source, { filename: 'script.js' })
    return undefined
  } catch (error) {
    // SyntaxError; or RangeError for a nesting that the parser cannot follow: nobody can run such a script either.
    const { name, message }: { name?: unknown, message?: unknown } = Object(error)
    return { name: String(name), message: String(message).slice(0, longestMessage) }
  }
}
