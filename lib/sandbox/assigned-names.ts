/**
 * An identifier to the left of an assignment, `++`, `--`, `in` or `of`, or to
 * the right of `++` or `--`. Properties, which follow a point, are left out. The
 * search begins at the beginning of an identifier only. For this reason the time
 * grows with the length of the text, whatever the text is.
 */
const assigned = new RegExp([
  String.raw`(?<![\u200D\u200C\p{ID_Continue}$.])([\p{ID_Start}$_][\u200D\u200C\p{ID_Continue}$]*)`,
  String.raw`\s*(?:(?:\*\*|<<|>>>?|&&|\|\||\?\?|[-+*/%&|^])?=(?![=>])|\+\+|--|(?<=\s)(?:in|of)(?![\p{ID_Continue}$]))`,
  String.raw`|(?:\+\+|--)\s*([\p{ID_Start}$_][\u200D\u200C\p{ID_Continue}$]*)`
].join(''), 'gu')

/**
 * The names that a script assigns, declared or not. Class bodies are strict
 * code: an assignment to a name that is nowhere declared throws. Old scripts rely
 * on such assignments. For this reason the sandbox defines these names before the
 * script runs.
 */
export function assignedNames (script: string): string[] {
  const names = new Set<string>()
  for (const [, left, right] of script.matchAll(assigned)) {
    const name = left ?? right
    if (name !== undefined) names.add(name)
  }
  return [...names]
}
