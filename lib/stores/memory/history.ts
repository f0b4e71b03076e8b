import type { HistoryEntry } from '../../../schemas/history.ts'
import { StoreUnavailableError } from '../../errors/index.ts'
import { requireKnownOptions } from '../../base/known-options.ts'
import { requireInteger } from '../../base/require-integer.ts'
import type { HistoryPage, HistoryQuery, HistoryStore } from '../../ports/history.ts'
import type { PortCall } from '../../ports/call.ts'
import { checkedBounds, historyBoundNames, type HistoryBounds } from '../history/bounds.ts'
import { decodeEntry, encodeEntry } from '../history/text.ts'

/** Options of {@link MemoryHistory}. */
export interface MemoryHistoryOptions extends HistoryBounds {
  /**
   * How many bytes of memory all integrations may take together. When that is
   * reached, the integration that was written least recently is forgotten first. An
   * integer from `maxBytes`.
   *
   * @defaultValue `67108864` (64 MiB)
   */
  readonly maxTotalBytes?: number
}

/** Bytes that V8 needs for an entry besides its texts; measured. */
const entryOverhead = 200

/** Bytes that V8 needs for an integration besides its entries; measured. */
const ringOverhead = 600

/** One entry, as text: a copy whose size is known exactly. */
interface Held {
  readonly text: string
  /** Bytes of the JSON in UTF-8. */
  readonly bytes: number
  /** Bytes that V8 needs for the entry. */
  readonly memory: number
  /** In milliseconds since 1970. */
  readonly updatedAt: number
  /** In milliseconds of performance.now(). */
  readonly writtenAt: number
}

/** The entries of one integration by `_id`, oldest first. */
interface Ring {
  readonly entries: Map<string, Held>
  bytes: number
  memory: number
  /** The time of the newest entry, in milliseconds of performance.now(). */
  writtenAt: number
}

/**
 * Keeps the history of integrations in this process. Everything is
 * forgotten when the process ends, and no other process sees it.
 */
export class MemoryHistory implements HistoryStore {
  readonly #bounds: Required<HistoryBounds>
  readonly #maxTotalBytes: number
  /** By the `_id` of the integration, the least recently written one first. */
  readonly #rings = new Map<string, Ring>()
  #memory = 0

  /** @throws InvalidOptionError */
  constructor (options: MemoryHistoryOptions = {}) {
    requireKnownOptions(options, [...historyBoundNames, 'maxTotalBytes'], 'MemoryHistory')
    this.#bounds = checkedBounds(options, 'MemoryHistory')
    this.#maxTotalBytes = options.maxTotalBytes ?? Math.max(64 * 1024 * 1024, this.#bounds.maxBytes)
    requireInteger('maxTotalBytes', this.#maxTotalBytes, this.#bounds.maxBytes, Number.MAX_SAFE_INTEGER, 'MemoryHistory')
  }

  /** @throws StoreUnavailableError when the caller no longer waits. */
  append (entry: HistoryEntry, call: PortCall): void {
    if (call.aborted ?? call.signal.aborted) throw new StoreUnavailableError('nobody waits for the answer')
    const { _id, integration: { _id: integrationId } } = entry
    const held = holdEntry(entry)
    const ring = this.#rings.get(integrationId) ?? this.#newRing(integrationId)
    const known = ring.entries.get(_id)
    if (known !== undefined && known.updatedAt > held.updatedAt) return
    this.#forget(ring, _id)
    ring.entries.set(_id, held)
    this.#count(ring, held, 1)
    ring.writtenAt = held.writtenAt
    // Added at the end again: the most recently written integration comes last.
    this.#rings.delete(integrationId)
    this.#rings.set(integrationId, ring)
    this.#trim(ring)
    this.#makeRoom()
  }

  list (integrationId: string, { offset, count }: HistoryQuery): HistoryPage {
    const held = this.#fresh(integrationId)
    return {
      entries: held.slice(offset, offset + count).flatMap(({ text }) => decodeEntry(text) ?? []),
      total: held.length
    }
  }

  get (integrationId: string, historyId: string): HistoryEntry | null {
    const held = this.#rings.get(integrationId)?.entries.get(historyId)
    return held === undefined || this.#isStale(held) ? null : decodeEntry(held.text)
  }

  clear (integrationId: string): void {
    const ring = this.#rings.get(integrationId)
    if (ring === undefined) return
    this.#rings.delete(integrationId)
    this.#memory -= ring.memory
  }

  #newRing (integrationId: string): Ring {
    const ring = { entries: new Map<string, Held>(), bytes: 0, memory: ringOverhead + 2 * integrationId.length, writtenAt: 0 }
    this.#rings.set(integrationId, ring)
    this.#memory += ring.memory
    return ring
  }

  /** Newest first. */
  #fresh (integrationId: string): Held[] {
    const ring = this.#rings.get(integrationId)
    return ring === undefined ? [] : [...ring.entries.values()].filter((held) => !this.#isStale(held)).reverse()
  }

  #isStale ({ writtenAt }: Pick<Held, 'writtenAt'>): boolean {
    return performance.now() - writtenAt > this.#bounds.maxAge
  }

  #trim (ring: Ring): void {
    const { maxEntries, maxBytes } = this.#bounds
    for (const [id, held] of ring.entries) {
      if (ring.entries.size <= maxEntries && ring.bytes <= maxBytes && !this.#isStale(held)) return
      this.#forget(ring, id)
    }
  }

  /**
   * Forgets the least recently written integrations until the rest is within
   * `maxTotalBytes`, and all integrations without a fresh entry. Both kinds are
   * at the beginning.
   */
  #makeRoom (): void {
    for (const [integrationId, ring] of this.#rings) {
      if (this.#memory <= this.#maxTotalBytes && !this.#isStale(ring)) return
      this.clear(integrationId)
    }
  }

  #forget (ring: Ring, id: string): void {
    const held = ring.entries.get(id)
    if (held === undefined) return
    ring.entries.delete(id)
    this.#count(ring, held, -1)
  }

  #count (ring: Ring, { bytes, memory }: Held, sign: 1 | -1): void {
    ring.bytes += sign * bytes
    ring.memory += sign * memory
    this.#memory += sign * memory
  }
}

function holdEntry (entry: HistoryEntry): Held {
  const text = encodeEntry(entry)
  return {
    text,
    bytes: Buffer.byteLength(text),
    // V8 stores each code unit in one byte if all of them fit into one, otherwise in two.
    memory: entryOverhead + 2 * entry._id.length + (/[^\0-\xFF]/.test(text) ? 2 : 1) * text.length,
    updatedAt: Date.parse(entry._updatedAt),
    writtenAt: performance.now()
  }
}
