import type { Notes } from './notes.ts'
import { isPayload } from './payload.ts'
import { nameOf } from './values.ts'

const deepest = 8
/** Names of objects and elements of arrays, all in all: a copy takes time for each. */
const mostValues = 1_000
/** Names that change an object, not its data, in a host that merges objects carelessly. */
const dangerous = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * A copy of the custom fields, which a host may merge into its own objects.
 * Dangerous names are left out, and so are values that are more than 8 deep, and
 * those behind the first 1,000.
 */
export function customFieldsOf (value: unknown, notes: Notes): Record<string, unknown> | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (!isPayload(value)) {
    notes.add(`customFields was left out: ${nameOf(value)} is no object`)
    return undefined
  }
  const copied = new Copy(notes).value(value, 1)
  return isPayload(copied) && Object.keys(copied).length > 0 ? copied : undefined
}

class Copy {
  readonly #notes: Notes
  #left = mostValues

  constructor (notes: Notes) {
    this.#notes = notes
  }

  value (value: unknown, depth: number): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (depth > deepest) {
      this.#notes.add(`a part of customFields was left out: customFields may be ${deepest} deep`)
      return null
    }
    return Array.isArray(value) ? this.#elements(value, depth) : this.#members(value, depth)
  }

  #elements (values: readonly unknown[], depth: number): unknown[] {
    const copied: unknown[] = []
    for (const value of values) {
      if (!this.#goesOn()) break
      copied.push(this.value(value, depth + 1))
    }
    return copied
  }

  #members (value: object, depth: number): Record<string, unknown> {
    const copied: Record<string, unknown> = {}
    for (const name of Object.keys(value)) {
      if (!this.#goesOn()) break
      if (dangerous.has(name)) this.#notes.add('a name in customFields was left out: such a name can change objects of the host')
      else copied[name] = this.value(Reflect.get(value, name), depth + 1)
    }
    return copied
  }

  /** Whether another value may follow. */
  #goesOn (): boolean {
    if (this.#left === 0) {
      // Once, whatever else is cut behind this.
      this.#left = -1
      this.#notes.add(`customFields was cut: at most ${mostValues} values are passed on`)
    }
    return this.#left-- > 0
  }
}
