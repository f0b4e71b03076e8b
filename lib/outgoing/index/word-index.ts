import { MultiMap } from './multi-map.ts'
import type { Trigger } from './trigger.ts'
import type { Work } from '../turns.ts'

/** A word is looked for where its first characters stand. Fewer would be found in nearly every text. */
const headLength = 4

/**
 * Finds trigger words in a text. The work depends on the length of the text and
 * on how many lengths the words have, and not on the number of words: parts of
 * the text are looked up among the words, not words in the text.
 */
export class WordIndex {
  /** Words that a text must begin with. */
  readonly #first = new MultiMap<string, Trigger>()
  readonly #firstLengths = new Counts()
  /** Words that may stand anywhere. */
  readonly #anywhere = new MultiMap<string, Trigger>()
  /** For each length of a head up to `headLength`: the lengths of the words that begin with each head. */
  readonly #heads: ReadonlyArray<Map<number, Counts>> = Array.from({ length: headLength }, () => new Map())

  add (trigger: Trigger): void {
    for (const word of trigger.words) {
      if (trigger.isAnywhere) this.#addAnywhere(word, trigger)
      else {
        if (this.#first.count(word) === 0) this.#firstLengths.add(word.length)
        this.#first.add(word, trigger)
      }
    }
  }

  delete (trigger: Trigger): void {
    for (const word of trigger.words) {
      if (trigger.isAnywhere) this.#deleteAnywhere(word, trigger)
      else {
        if (!this.#first.has(word, trigger)) continue
        this.#first.delete(word, trigger)
        if (this.#first.count(word) === 0) this.#firstLengths.delete(word.length)
      }
    }
  }

  /** The words that the text fits. */
  async find (text: string, work: Work): Promise<FoundWords> {
    const first = new Set<string>()
    for (const length of this.#firstLengths.values()) {
      if (work.isOver(costOf(length))) await work.next()
      if (length > text.length) continue
      const part = text.slice(0, length)
      if (this.#first.count(part) > 0) first.add(part)
    }
    const anywhere = new Set<string>()
    for (const [index, heads] of this.#heads.entries()) {
      if (heads.size > 0) await this.#findAnywhere(text, index + 1, heads, anywhere, work)
    }
    return new FoundWords(first, anywhere)
  }

  /** How many triggers have one of the words; a trigger counts once for each of its words. */
  count ({ first, anywhere }: FoundWords): number {
    let count = 0
    for (const word of first) count += this.#first.count(word)
    for (const word of anywhere) count += this.#anywhere.count(word)
    return count
  }

  /** The triggers that have one of the words; a trigger comes once for each of its words. */
  * triggersOf ({ first, anywhere }: FoundWords): Iterable<Trigger> {
    for (const word of first) yield * this.#first.at(word)
    for (const word of anywhere) yield * this.#anywhere.at(word)
  }

  async #findAnywhere (
    text: string, length: number, heads: ReadonlyMap<number, Counts>, found: Set<string>, work: Work
  ): Promise<void> {
    for (let at = 0; at + length <= text.length; at++) {
      if (work.isOver(1)) await work.next()
      const lengths = heads.get(headAt(text, at, length))
      if (lengths === undefined) continue
      for (const wordLength of lengths.values()) {
        if (work.isOver(costOf(wordLength))) await work.next()
        if (at + wordLength > text.length) continue
        const part = text.slice(at, at + wordLength)
        if (this.#anywhere.count(part) > 0) found.add(part)
      }
    }
  }

  #addAnywhere (word: string, trigger: Trigger): void {
    if (this.#anywhere.count(word) === 0) {
      const length = Math.min(word.length, headLength)
      const heads = this.#heads[length - 1]
      const head = headAt(word, 0, length)
      const lengths = heads?.get(head) ?? new Counts()
      lengths.add(word.length)
      heads?.set(head, lengths)
    }
    this.#anywhere.add(word, trigger)
  }

  #deleteAnywhere (word: string, trigger: Trigger): void {
    if (!this.#anywhere.has(word, trigger)) return
    this.#anywhere.delete(word, trigger)
    if (this.#anywhere.count(word) > 0) return
    const length = Math.min(word.length, headLength)
    const heads = this.#heads[length - 1]
    const head = headAt(word, 0, length)
    const lengths = heads?.get(head)
    lengths?.delete(word.length)
    if (lengths?.size === 0) heads?.delete(head)
  }
}

/** The words of an index that a text fits. */
export class FoundWords {
  readonly first: ReadonlySet<string>
  readonly anywhere: ReadonlySet<string>

  constructor (first: ReadonlySet<string>, anywhere: ReadonlySet<string>) {
    this.first = first
    this.anywhere = anywhere
  }

  /** The first of the trigger's words that the text fits; undefined when it fits none. */
  firstOf ({ words, isAnywhere }: Trigger): string | undefined {
    const found = isAnywhere ? this.anywhere : this.first
    return found.size === 0 ? undefined : words.find((word) => found.has(word))
  }
}

/** Small whole numbers, and how often each was added. */
class Counts {
  readonly #counts = new Map<number, number>()

  get size (): number {
    return this.#counts.size
  }

  add (value: number): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1)
  }

  delete (value: number): void {
    const count = this.#counts.get(value) ?? 0
    if (count > 1) this.#counts.set(value, count - 1)
    else this.#counts.delete(value)
  }

  values (): Iterable<number> {
    return this.#counts.keys()
  }
}

/**
 * A number for a part of a text. Different parts may have the same number, as it
 * only leads to the words. It is small enough to be kept without a box.
 */
function headAt (text: string, at: number, length: number): number {
  // FNV-1a, of UTF-16 units.
  let head = 0x811C_9DC5
  for (let index = at; index < at + length; index++) head = Math.imul(head ^ text.charCodeAt(index), 0x0100_0193)
  return (head ^ (head >>> 15)) & 0x3FFF_FFFF
}

/** The steps of looking a part of this length up: each of its characters is read. */
function costOf (length: number): number {
  return 2 + (length >> 4)
}
