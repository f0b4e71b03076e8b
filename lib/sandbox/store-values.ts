import type { StoreChange } from './protocol.ts'

/** Bounds of the values of one integration. */
export interface StoreBounds {
  readonly keys: number
  /** Bytes of keys and values together. */
  readonly bytes: number
}

/** The values of `Store` during a run, as JSON. */
export class StoreValues {
  readonly #before: ReadonlyMap<string, string>
  readonly #values: Map<string, string>
  readonly #bounds: StoreBounds
  readonly #changed = new Set<string>()
  #bytes = 0

  constructor (values: ReadonlyMap<string, string>, bounds: StoreBounds) {
    this.#before = values
    this.#values = new Map(values)
    this.#bounds = bounds
    for (const [key, json] of values) this.#bytes += sizeOf(key, json)
  }

  /** What the script has set and removed. */
  get changes (): StoreChange[] {
    return Array.from(this.#changed, (key) => [key, this.#values.get(key)])
  }

  get (key: string): string | undefined {
    return this.#values.get(key)
  }

  /**
   * Sets a value, or removes it when `json` is undefined.
   *
   * @returns why the value cannot be kept, as an error of the script says it.
   */
  set (key: string, json: string | undefined): string | undefined {
    const before = this.#values.get(key)
    const bytes = this.#bytes - (before === undefined ? 0 : sizeOf(key, before)) + (json === undefined ? 0 : sizeOf(key, json))
    if (json !== undefined) {
      if (before === undefined && this.#values.size >= this.#bounds.keys) return `Store.set: Store holds ${this.#bounds.keys} keys already`
      if (bytes > this.#bounds.bytes) return `Store.set: the values would take more than ${this.#bounds.bytes} bytes`
    }
    this.#bytes = bytes
    if (json === undefined) this.#values.delete(key)
    else this.#values.set(key, json)
    // A value that came and went leaves nothing: otherwise a script could fill the memory of the worker with keys.
    if (json === undefined && !this.#before.has(key)) this.#changed.delete(key)
    else this.#changed.add(key)
    return undefined
  }
}

function sizeOf (key: string, json: string): number {
  return Buffer.byteLength(key) + Buffer.byteLength(json)
}
