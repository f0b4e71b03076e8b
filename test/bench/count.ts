/** Counts deliveries that are done, for one that adds them in parts. */
export class Count {
  #done = 0
  #wake = (): void => {}

  begin (): void {
    this.#done = 0
  }

  add (): void {
    this.#done++
    this.#wake()
  }

  /** Resolves when so many are done. */
  async reach (count: number): Promise<void> {
    while (this.#done < count) await new Promise<void>((resolve) => { this.#wake = resolve })
  }
}
