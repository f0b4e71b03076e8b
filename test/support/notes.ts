/** So many notes are handed over at once at most. */
const most = 100

/** Gathers notes and hands them over soon, many at a time: a message of its own for each costs more than what is noted. */
export class Notes<T> {
  readonly #hand: (notes: readonly T[]) => void
  #notes: T[] = []
  #timer: NodeJS.Timeout | undefined

  constructor (hand: (notes: readonly T[]) => void) {
    this.#hand = hand
  }

  add (note: T): void {
    this.#notes.push(note)
    if (this.#notes.length >= most) this.flush()
    else this.#timer ??= setTimeout(() => { this.flush() }, 10)
  }

  /** Hands over what is there. */
  flush (): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#notes.length === 0) return
    const notes = this.#notes
    this.#notes = []
    this.#hand(notes)
  }
}
