import { Patterns } from './patterns.ts'

/** An identifier or a bracket. Its parts cannot be taken for one another, so the time grows with the length of the text. */
const token = /[\p{ID_Start}$_](?:[\p{ID_Continue}$]|\u200C|\u200D)*|[[\]{}]/gu

/** What stands before the rest of an identifier or of a number, or before a property. */
const insideName = /[\p{ID_Continue}$.\u200C]|\u200D/u

const blank = /\s/

/** The operators that assign. A longer one stands before those that it begins with. */
const operators = ['>>>=', '**=', '<<=', '>>=', '&&=', '||=', '??=', '+=', '-=', '*=', '/=', '%=', '&=', '|=', '^=', '=']

/**
 * The names that a script assigns, declared or not. Class bodies are strict
 * code: an assignment to a name that is nowhere declared throws. Old scripts rely
 * on such assignments. For this reason the sandbox defines these names before the
 * script runs. The time grows with the length of the script only.
 */
export function assignedNames (script: string): string[] {
  const names = new Set<string>()
  const patterns = new Patterns(script)
  for (const { 0: text, index } of script.matchAll(token)) {
    if (text === '[' || text === '{') patterns.open(text, index)
    else if (text === ']' || text === '}') for (const name of patterns.close(text, index)) names.add(name)
    else if (isInsideName(script, index)) continue
    else if (isAssigned(script, index + text.length) || followsStep(script, index)) names.add(text)
    else patterns.note(text, index)
  }
  return [...names]
}

function isInsideName (script: string, begin: number): boolean {
  return begin > 0 && insideName.test(script.charAt(begin - 1)) && !script.startsWith('...', begin - 3)
}

/** Whether an identifier that ends here is assigned by what follows: an assignment, `++`, `--`, `in` or `of`. */
function isAssigned (script: string, end: number): boolean {
  let at = end
  while (blank.test(script.charAt(at))) at++
  if (script.startsWith('++', at) || script.startsWith('--', at)) return true
  const operator = operators.find((text) => script.startsWith(text, at))
  if (operator !== undefined) return !['=', '>'].includes(script.charAt(at + operator.length))
  const isWord = script.startsWith('in', at) || script.startsWith('of', at)
  return isWord && at > end && !/[\p{ID_Continue}$]/u.test(script.charAt(at + 2))
}

/** Whether `++` or `--` stands in front of an identifier that begins here. */
function followsStep (script: string, begin: number): boolean {
  let at = begin
  while (blank.test(script.charAt(at - 1))) at--
  const two = script.slice(Math.max(0, at - 2), at)
  return two === '++' || two === '--'
}
