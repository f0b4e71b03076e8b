/** The greatest number of notes of one request. */
const most = 50

/** Remarks about one request, for the history: the fields that could not be used, and the reason. */
export class Notes {
  readonly #list: string[] = []
  #more = 0

  /** Adds a remark. A remark names places and types, and never repeats a value of the sender. */
  add (note: string): void {
    if (this.#list.length < most) this.#list.push(note)
    else this.#more++
  }

  /** All remarks, in order. */
  list (): string[] {
    return this.#more === 0 ? [...this.#list] : [...this.#list, `and ${this.#more} more`]
  }
}
