/**
 * A map from keys to sets of objects. Most keys of an index have one object:
 * such a key has no set of its own, which takes a third of the memory.
 */
export class MultiMap<K, V extends object> {
  readonly #values = new Map<K, V | Set<V>>()

  /** The number of keys. */
  get size (): number {
    return this.#values.size
  }

  add (key: K, value: V): void {
    const held = this.#values.get(key)
    if (held instanceof Set) held.add(value)
    else if (held === undefined) this.#values.set(key, value)
    else if (held !== value) this.#values.set(key, new Set([held, value]))
  }

  /** Does nothing when the key does not have the object. */
  delete (key: K, value: V): void {
    const held = this.#values.get(key)
    if (held === value) this.#values.delete(key)
    else if (held instanceof Set && held.delete(value) && held.size === 1) {
      for (const only of held) this.#values.set(key, only)
    }
  }

  has (key: K, value: V): boolean {
    const held = this.#values.get(key)
    return held instanceof Set ? held.has(value) : held === value
  }

  /** The number of objects of a key. */
  count (key: K): number {
    const held = this.#values.get(key)
    return held instanceof Set ? held.size : Number(held !== undefined)
  }

  /**
   * The objects of a key. An object that is removed during the walk may be
   * missing, and one that is added may be there.
   */
  at (key: K): Iterable<V> {
    const held = this.#values.get(key)
    return held instanceof Set ? held : held === undefined ? none : [held]
  }
}

const none: readonly never[] = []
