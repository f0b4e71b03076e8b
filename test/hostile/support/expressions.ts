import ts from 'typescript'

/** A regular expression in the source. */
export interface Expression {
  /** File and line. */
  readonly where: string
  readonly source: string
  readonly flags: string
}

/** What the expressions of a file are, and what only looks as if it were one. */
export interface Found {
  readonly expressions: readonly Expression[]
  /** Expressions that are put together when the program runs, which nobody can check here. */
  readonly unknown: readonly string[]
}

/**
 * Finds the regular expressions of a file: literals, what `RegExp` is called
 * with, and the `pattern` of a JSON schema, which a validator makes one of.
 */
export function expressionsOf (name: string, text: string): Found {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true)
  const expressions: Expression[] = []
  const unknown: string[] = []
  const where = (node: ts.Node): string => `${name}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`

  const add = (node: ts.Node, source: ts.Node | undefined, flags?: ts.Node): void => {
    if (source !== undefined && ts.isStringLiteralLike(source) && (flags === undefined || ts.isStringLiteralLike(flags))) {
      expressions.push({ where: where(node), source: source.text, flags: flags?.text ?? '' })
    } else unknown.push(`${where(node)} ${node.getText()}`)
  }
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { text } = node
      const end = text.lastIndexOf('/')
      expressions.push({ where: where(node), source: text.slice(1, end), flags: text.slice(end + 1) })
    } else if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && /^(?:globalThis\.)?RegExp$/.test(node.expression.getText())) {
      add(node, node.arguments?.[0], node.arguments?.[1])
    } else if (ts.isPropertyAssignment(node) && /^(['"]?)pattern\1$/.test(node.name.getText())) {
      add(node, node.initializer)
    } else if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'pattern') {
      add(node, undefined)
    }
    ts.forEachChild(node, visit)
  }
  visit(file)
  return { expressions, unknown }
}
