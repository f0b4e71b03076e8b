import { type ConsoleLine, consoleLevels } from '../../schemas/history.ts'

const encoder = new TextEncoder()

/** The lines that a script writes with `console`, within bounds. */
export class ConsoleLines {
  readonly lines: ConsoleLine[] = []
  readonly #most: number
  #room: Uint8Array

  /**
   * @param most how many lines are kept.
   * @param bytes how many bytes of text are kept.
   */
  constructor (most: number, bytes: number) {
    this.#most = most
    this.#room = new Uint8Array(bytes)
  }

  /** Whether further lines are dropped. */
  get isFull (): boolean {
    return this.lines.length >= this.#most || this.#room.length === 0
  }

  /** Adds a line. A line that is too long is cut. */
  add (name: string, line: string): void {
    const level = consoleLevels.find((known) => known === name)
    if (this.isFull || level === undefined) return
    const { read, written } = encoder.encodeInto(line, this.#room)
    this.lines.push({ level, text: line.slice(0, read) })
    // Nothing follows a line that was cut.
    this.#room = read < line.length ? new Uint8Array() : this.#room.subarray(written)
  }
}
