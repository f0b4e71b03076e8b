/** Something that is due at some time. */
export interface Due {
  /** In milliseconds of performance.now(). */
  readonly due: number
}

/**
 * Things in the order in which they are due. Adding and taking one takes a time
 * that grows with the logarithm of their number.
 */
export class DueHeap<T extends Due> {
  /** A binary heap: the children of `i` are at `2i + 1` and `2i + 2`, and are not due before it. */
  readonly #heap: T[] = []

  /** The one that is due first. */
  get first (): T | undefined {
    return this.#heap[0]
  }

  add (item: T): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || parent.due <= item.due) break
      heap[at] = parent
      at = above
    }
    heap[at] = item
  }

  /** Takes the one that is due first out. */
  take (): T | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const [one, other] = [heap[left], heap[left + 1]]
      if (one === undefined) break
      const [below, child] = other !== undefined && other.due < one.due ? [left + 1, other] : [left, one]
      if (last.due <= child.due) break
      heap[at] = child
      at = below
    }
    heap[at] = last
    return first
  }
}
