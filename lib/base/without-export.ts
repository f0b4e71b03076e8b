/** At the beginning of a line. */
const exported = /^([ \t]*)(export[ \t]+(?:default[ \t]+)?)(?=(?:class|function|const|let|var)[ \t]+Script(?![\p{ID_Continue}$]))/gmu

/**
 * The script without `export` in front of its class: a script is no module.
 * Blanks take the place of the word, so that lines and columns stay.
 */
export function withoutExport (script: string): string {
  return script.replace(exported, (_, indent: string, word: string) => indent + ' '.repeat(word.length))
}
