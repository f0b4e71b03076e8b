import { Script } from 'node:vm'

/** Why a script is not valid JavaScript. */
export interface ScriptError {
  readonly name: string
  readonly message: string
}

/** Longest stored message: V8 quotes a broken regular expression in full. */
const longestMessage = 500

/** V8 compiles regular expressions to check them, and some properties of Unicode take it milliseconds each. */
const properties = /\\[pP]\{/g

/** Properties of whole sequences of characters, like RGI_Emoji, are a hundred times slower than the others. */
const sequenceProperties = /\\p\{(?:Basic_|RGI_|Emoji_K)/g

/** So many keep no other request waiting for long, and are more than scripts need. */
const mostProperties = 1000
const mostSequenceProperties = 10

/** Each of these in a class in which case does not matter takes as much time and memory as there are others in it. */
const wordCharacters = /\\[wW]/g

const mostWordCharacters = 500

/**
 * Checks the syntax of a script with the parser of the running V8. Compiles
 * only: nothing of the script is ever executed here.
 *
 * @returns what is wrong with it, or undefined.
 */
export function checkSyntax (source: string): ScriptError | undefined {
  if (count(source, properties) > mostProperties || count(source, sequenceProperties) > mostSequenceProperties) {
    return { name: 'RangeError', message: 'Too many Unicode properties in regular expressions' }
  }
  if (count(source, wordCharacters) > mostWordCharacters) {
    return { name: 'RangeError', message: 'Too many word characters in regular expressions' }
  }
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

function count (text: string, expression: RegExp): number {
  return text.match(expression)?.length ?? 0
}
