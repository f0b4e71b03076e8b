/** An entry of a sorted list. Keys are compared with `<`. */
export interface Keyed {
  readonly key: string
}

/** A block that has grown to this length becomes two. */
const longestBlock = 1024

/**
 * A list that is always in order. No two entries have the same key. The entries
 * are kept in blocks: adding and removing moves the entries of one block, and a
 * place in the list is found by the lengths of the blocks. Both stay cheap among
 * a million entries.
 */
export class SortedList<T extends Keyed> {
  /** No block is empty, except the only block of an empty list. */
  readonly #blocks: T[][] = [[]]
  #size = 0

  get size (): number {
    return this.#size
  }

  add (entry: T): void {
    const at = this.#blockOf(entry.key)
    const block = this.#block(at)
    block.splice(placeIn(block, entry.key), 0, entry)
    this.#size++
    if (block.length >= longestBlock) this.#blocks.splice(at + 1, 0, block.splice(longestBlock / 2))
  }

  /** Removes the entry with this key, if there is one. */
  delete (key: string): void {
    const at = this.#blockOf(key)
    const block = this.#block(at)
    const place = placeIn(block, key)
    if (block[place]?.key !== key) return
    block.splice(place, 1)
    this.#size--
    if (block.length === 0 && this.#blocks.length > 1) this.#blocks.splice(at, 1)
  }

  /** How many entries stand before a key. */
  rankOf (key: string): number {
    const at = this.#blockOf(key)
    let rank = placeIn(this.#block(at), key)
    for (let before = 0; before < at; before++) rank += this.#block(before).length
    return rank
  }

  /** The first entry whose key is equal or greater. */
  firstFrom (key: string): T | undefined {
    const at = this.#blockOf(key)
    return this.#block(at)[placeIn(this.#block(at), key)] ?? this.#blocks[at + 1]?.[0]
  }

  /** The entries from one place to before another. */
  slice (from: number, to: number): T[] {
    const entries: T[] = []
    let rank = 0
    for (const block of this.#blocks) {
      if (rank >= to) break
      if (rank + block.length > from) {
        for (const entry of block.slice(Math.max(0, from - rank), to - rank)) entries.push(entry)
      }
      rank += block.length
    }
    return entries
  }

  /** The block where a key is, or would be added. */
  #blockOf (key: string): number {
    let [low, high] = [0, this.#blocks.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((this.#block(middle)[0]?.key ?? '') <= key) low = middle
      else high = middle - 1
    }
    return low
  }

  #block (at: number): T[] {
    return this.#blocks[at] ?? []
  }
}

/** The index in a block where a key is, or would be added. */
function placeIn (block: readonly Keyed[], key: string): number {
  let [low, high] = [0, block.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((block[middle]?.key ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * Merges one or two sorted lists into one.
 *
 * @param descending whether the lists are in descending order.
 */
export function mergeSorted<T extends Keyed> ([a = [], b = []]: ReadonlyArray<readonly T[]>, descending: boolean): T[] {
  const merged: T[] = []
  let [i, j] = [0, 0]
  for (let x = a[i], y = b[j]; x !== undefined || y !== undefined; x = a[i], y = b[j]) {
    if (y === undefined || (x !== undefined && (descending ? x.key > y.key : x.key < y.key))) {
      if (x !== undefined) merged.push(x)
      i++
    } else {
      merged.push(y)
      j++
    }
  }
  return merged
}
