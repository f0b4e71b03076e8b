import { isSecretName, mark, type Redaction } from './redaction.ts'

/** A value that was cut, or that fitted as it is. */
export interface Cut<T> {
  readonly value: T
  /** Its JSON takes at most so many bytes of UTF-8. */
  readonly bytes: number
  /** Whether nothing was left out. Secrets do not count: they are never kept. */
  readonly isComplete: boolean
}

/** Deeper parts of a value are left out. */
const deepest = 32

/** The fewest bytes that can hold a useful value. */
const leastBytes = 8

/**
 * The beginning of a text, without secrets, whose JSON takes at most so many
 * bytes. It is cut between code points. The work grows with the bytes, not with the text.
 */
export function cutText (text: string, maxBytes: number, redaction: Redaction): Cut<string> | undefined {
  if (maxBytes < 2) return undefined
  // Every unit takes a byte at least. The units behind that may be the rest of a secret.
  const within = maxBytes + redaction.longest
  const isLonger = text.length > within
  const redacted = redaction.text(isLonger ? text.slice(0, within) : text)
  // The end may be the beginning of a secret, and stand further in front now.
  const usable = isLonger ? redacted.slice(0, Math.max(0, redacted.length - redaction.longest)) : redacted
  const { length, bytes } = fittingBeginning(usable, maxBytes)
  return { value: usable.slice(0, length), bytes, isComplete: !isLonger && length === usable.length }
}

/**
 * A copy of any value as JSON data of at most so many bytes, without secrets.
 * Texts are shortened and members left out until it fits. Never throws,
 * for any value: a text takes the place of a part that cannot be read.
 * Undefined when nothing is left, or for values that JSON does not know.
 */
export function cutJson (value: unknown, maxBytes: number, redaction: Redaction): Cut<unknown> | undefined {
  const whole = new Copy(maxBytes, redaction, false)
  const copied = whole.value(value, 0)
  if (whole.isComplete) return copied === nothing ? undefined : whole.cut(copied)
  // One long text must not push out all that follows it.
  const shortened = new Copy(maxBytes, redaction, true)
  const parts = shortened.value(value, 0)
  return parts === nothing ? undefined : shortened.cut(parts)
}

/** In the place of a value that JSON does not know, or that does not fit. */
const nothing = Symbol('nothing')

/** Copies one value into so many bytes. */
class Copy {
  isComplete = true
  readonly #maxBytes: number
  readonly #redaction: Redaction
  readonly #shares: boolean
  #left: number

  /** @param shares whether a text inside the value leaves half of the remaining bytes to the members behind it. */
  constructor (maxBytes: number, redaction: Redaction, shares: boolean) {
    this.#maxBytes = maxBytes
    this.#left = maxBytes
    this.#redaction = redaction
    this.#shares = shares
  }

  cut<T> (value: T): Cut<T> {
    return { value, bytes: this.#maxBytes - this.#left, isComplete: this.isComplete }
  }

  value (value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string': return this.#text(value, depth)
      case 'number': return this.#number(value)
      case 'boolean': return this.#take(String(value).length) ? value : nothing
      case 'bigint': return this.#text(String(value), depth)
      case 'object': return value === null ? this.#null() : this.#object(value, depth)
      default: return nothing
    }
  }

  #object (value: object, depth: number): unknown {
    try {
      if (value instanceof Date) return Number.isNaN(value.getTime()) ? this.#null() : this.#text(value.toISOString(), depth)
      if (value instanceof Error) return this.#members({ name: value.name, message: value.message }, depth)
      if (ArrayBuffer.isView(value)) return this.#instead(`(${value.byteLength} bytes)`, depth)
      if (depth >= deepest) return this.#instead('(too deep)', depth)
      return Array.isArray(value) ? this.#elements(value, depth) : this.#members(value, depth)
    } catch {
      // A getter or a proxy of the host threw.
      return this.#instead('(unreadable)', depth)
    }
  }

  #elements (values: readonly unknown[], depth: number): unknown {
    if (!this.#take(2)) return nothing
    const copies: unknown[] = []
    for (let index = 0; index < values.length; index++) {
      if (!this.#goesOn()) break
      // A comma.
      this.#left--
      const element = values[index]
      const copy = this.value(jsonKnows(element) ? element : null, depth + 1)
      if (copy === nothing) break
      copies.push(copy)
    }
    return copies
  }

  #members (value: object, depth: number): unknown {
    if (!this.#take(2)) return nothing
    const members: Array<[string, unknown]> = []
    for (const name of Object.keys(value)) {
      if (!this.#goesOn()) break
      const before = this.#left
      const copiedName = this.#text(name, depth + 1)
      if (copiedName === nothing || !this.#take(2)) break
      const copy = isSecretName(name) ? this.#text(mark, depth + 1) : this.value(this.#read(value, name), depth + 1)
      if (copy === nothing) this.#left = before
      else members.push([String(copiedName), copy])
    }
    // Not by assignment: a member may be called __proto__.
    return Object.fromEntries(members)
  }

  #read (value: object, name: string): unknown {
    try {
      return Reflect.get(value, name)
    } catch {
      this.isComplete = false
      return '(unreadable)'
    }
  }

  /** Whether another member may follow. If not, the rest of the value is left out. */
  #goesOn (): boolean {
    if (this.#left >= leastBytes && (this.isComplete || this.#shares)) return true
    this.isComplete = false
    return false
  }

  #text (text: string, depth: number): unknown {
    const most = this.#shares && depth > 0 ? Math.max(leastBytes, Math.floor(this.#left / 2)) : this.#left
    const cut = cutText(text, Math.min(most, this.#left), this.#redaction)
    if (cut === undefined) {
      this.isComplete = false
      return nothing
    }
    if (!cut.isComplete) this.isComplete = false
    this.#left -= cut.bytes
    return cut.value
  }

  #number (value: number): unknown {
    if (!Number.isFinite(value)) return this.#null()
    if (this.#redaction.isSecret(value)) return this.#text(mark, 0)
    return this.#take(JSON.stringify(value).length) ? value : nothing
  }

  #null (): unknown {
    return this.#take(4) ? null : nothing
  }

  #instead (text: string, depth: number): unknown {
    this.isComplete = false
    return this.#text(text, depth)
  }

  #take (bytes: number): boolean {
    if (bytes > this.#left) {
      this.isComplete = false
      return false
    }
    this.#left -= bytes
    return true
  }
}

/** JSON leaves such values out, and writes null in a list. */
function jsonKnows (value: unknown): boolean {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol'
}

/** How long the longest beginning of a text is whose JSON takes at most so many bytes, and how many it takes. */
function fittingBeginning (text: string, maxBytes: number): { readonly length: number, readonly bytes: number } {
  // Most texts: every unit takes one byte, and nothing needs to be looked at.
  if (!/[^ !#-[\]-~]/.test(text)) {
    const length = Math.min(text.length, maxBytes - 2)
    return { length, bytes: length + 2 }
  }
  let bytes = 2
  let index = 0
  while (index < text.length) {
    const code = text.codePointAt(index) ?? 0
    const next = bytes + jsonBytes(code)
    if (next > maxBytes) break
    bytes = next
    index += code > 0xFFFF ? 2 : 1
  }
  return { length: index, bytes }
}

/** How many bytes a code point takes in JSON. */
function jsonBytes (code: number): number {
  if (code < 0x20) return '\b\t\n\f\r'.includes(String.fromCharCode(code)) ? 2 : 6
  if (code < 0x80) return code === 0x22 || code === 0x5C ? 2 : 1
  if (code < 0x800) return 2
  if (code > 0xFFFF) return 4
  // JSON writes half a surrogate pair as an escape.
  return code >= 0xD800 && code <= 0xDFFF ? 6 : 3
}
