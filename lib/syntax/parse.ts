import { RegExpSyntaxError, RegExpValidator } from '@eslint-community/regexpp'
import { parse } from '@babel/parser'
import { withoutExport } from '../base/without-export.ts'
import type { ScriptError } from '../ports/syntax.ts'

/** The longest message: some messages quote a part of the script, which may be the whole script. */
const longestMessage = 500

const expressions = new RegExpValidator()

/**
 * Finds the error of a script, with parsers written in JavaScript: V8
 * never sees the text, neither as a program nor as a regular expression. For
 * some texts that takes long or much memory: to be called in a thread that can
 * be ended.
 *
 * @param source a program that is no module and begins in sloppy mode. `export`
 *   in front of its class is tolerated, as by the sandbox.
 * @throws every error of a parser that is no SyntaxError.
 */
export function syntaxErrorOf (source: string): ScriptError | undefined {
  try {
    const { program } = parse(withoutExport(source), { sourceType: 'script', attachComment: false })
    return firstInvalidExpression(program)
  } catch (error) {
    if (error instanceof SyntaxError) return syntaxError(plainWords(error))
    // The stack of the thread is used up: no engine follows such a script far either.
    if (error instanceof RangeError) return { name: 'RangeError', message: 'The script is nested too deeply to be checked' }
    throw error
  }
}

function syntaxError (message: string): ScriptError {
  return { name: 'SyntaxError', message: message.slice(0, longestMessage) }
}

/** Reasons that the parser gives in words that only its own users understand. */
const reasons: Readonly<Record<string, string>> = {
  MissingPlugin: 'Unexpected token',
  MissingOneOfPlugins: 'Unexpected token',
  ImportOutsideModule: "'import' and 'export' are not allowed in a script",
  ImportMetaOutsideModule: "'import.meta' is not allowed in a script"
}

function plainWords (error: SyntaxError): string {
  const reason = reasons[String(Reflect.get(error, 'reasonCode'))]
  const position: unknown = Reflect.get(error, 'loc')
  return reason !== undefined && isPosition(position) ? `${reason} ${inText(position)}` : error.message
}

/** Walks the tree without recursion: it may be deeper than the stack. */
function firstInvalidExpression (program: object): ScriptError | undefined {
  const open = [program]
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (isExpression(node)) {
      const error = invalidExpression(node)
      if (error !== undefined) return error
      continue
    }
    // The first of them is on top.
    for (const key of Object.keys(node).reverse()) {
      const value: unknown = key === 'loc' ? undefined : Reflect.get(node, key)
      if (typeof value === 'object' && value !== null) open.push(value)
    }
  }
  return undefined
}

function invalidExpression ({ pattern, flags, loc: { start } }: Expression): ScriptError | undefined {
  try {
    expressions.validatePattern(pattern, 0, pattern.length, { unicode: flags.includes('u'), unicodeSets: flags.includes('v') })
    return undefined
  } catch (error) {
    if (!(error instanceof RegExpSyntaxError)) throw error
    // The validator quotes the whole expression in front of the reason.
    const reason = error.message.slice(error.message.lastIndexOf(': ') + 2)
    return syntaxError(`Invalid regular expression: ${reason} ${inText(start)}`)
  }
}

interface Position {
  readonly line: number
  readonly column: number
}

/** The node that the parser makes of a regular expression. */
interface Expression {
  readonly pattern: string
  readonly flags: string
  readonly loc: { readonly start: Position }
}

function isExpression (node: object): node is Expression {
  return 'type' in node && node.type === 'RegExpLiteral'
}

function isPosition (value: unknown): value is Position {
  return typeof value === 'object' && value !== null && 'line' in value && 'column' in value
}

/** As the parser writes it. */
function inText ({ line, column }: Position): string {
  return `(${line}:${column})`
}
