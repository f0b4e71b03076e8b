const blank = /\s/
const blankOfLine = /[^\S\r\n\u2028\u2029]/

/** What stands before a bracket that reads a property, or that belongs to a template. */
const insideValue = /[\p{ID_Continue}$\]'"`.]/u

interface Bracket {
  readonly text: '[' | '{'
  readonly mayBePattern: boolean
  /** How many names were noted before it. */
  readonly noted: number
}

/**
 * Finds the names that patterns assign: `[a, b] = c` and `for ({ d } of e)`.
 * Brackets and identifiers are told in the order of the text. Brackets in texts
 * and regular expressions count as well, so that a name may be missed or found
 * too often. The time grows with the length of the script only.
 */
export class Patterns {
  readonly #script: string
  readonly #open: Bracket[] = []
  /** The names that may be parts of patterns which are not complete yet. */
  readonly #noted: string[] = []

  constructor (script: string) {
    this.#script = script
  }

  /** An opening bracket. */
  open (text: '[' | '{', index: number): void {
    // `a [b] = 1` reads a property, and the brackets of `a{` are no object. In the line above may be a comment.
    const before = text === '[' ? this.#characterBefore(index, blankOfLine) : this.#script.charAt(index - 1)
    this.#open.push({ text, mayBePattern: !insideValue.test(before), noted: this.#noted.length })
  }

  /** An identifier that is not assigned by itself. */
  note (name: string, index: number): void {
    if (this.#open.length === 0) return
    const follows = this.#characterAfter(index + name.length)
    if (follows !== ',' && follows !== ']' && follows !== '}') return
    const before = this.#characterBefore(index)
    if (before === '[' || before === '{' || before === ',' || before === ':' || this.#script.startsWith('...', index - 3)) this.#noted.push(name)
  }

  /** A closing bracket: the names of a pattern that is complete and assigned. */
  close (text: ']' | '}', index: number): string[] {
    const opening = this.#open.at(-1)
    // The other bracket stands in a text.
    if (opening === undefined || opening.text !== (text === ']' ? '[' : '{')) return []
    this.#open.pop()
    if (!opening.mayBePattern) {
      this.#noted.length = opening.noted
      return []
    }
    return this.#isAssigned(index + 1) ? this.#noted.splice(opening.noted) : []
  }

  #isAssigned (end: number): boolean {
    const at = this.#skipBlanks(end)
    const follows = this.#script.charAt(at)
    if (follows === '=') return !['=', '>'].includes(this.#script.charAt(at + 1))
    const isWord = this.#script.startsWith('in', at) || this.#script.startsWith('of', at)
    return isWord && !/[\p{ID_Continue}$]/u.test(this.#script.charAt(at + 2))
  }

  #characterBefore (index: number, skipped: RegExp = blank): string {
    let at = index - 1
    while (skipped.test(this.#script.charAt(at))) at--
    return this.#script.charAt(at)
  }

  #characterAfter (end: number): string {
    return this.#script.charAt(this.#skipBlanks(end))
  }

  #skipBlanks (from: number): number {
    let at = from
    while (blank.test(this.#script.charAt(at))) at++
    return at
  }
}
