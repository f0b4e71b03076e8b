import type { Notes } from './notes.ts'
import { isPayload } from './payload.ts'
import { nameOf } from './values.ts'

const deepest = 8
/** Names that change an object, not its data, in a host that merges objects carelessly. */
const dangerous = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * A copy of the custom fields, which a host may merge into its own objects.
 * Dangerous names are left out, and so are values that are more than 8 deep.
 */
export function customFieldsOf (value: unknown, notes: Notes): Record<string, unknown> | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (!isPayload(value)) {
    notes.add(`customFields was left out: ${nameOf(value)} is no object`)
    return undefined
  }
  const copied = copy(value, 1, notes)
  return isPayload(copied) && Object.keys(copied).length > 0 ? copied : undefined
}

function copy (value: unknown, depth: number, notes: Notes): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) {
    notes.add(`a part of customFields was left out: customFields may be ${deepest} deep`)
    return null
  }
  if (Array.isArray(value)) return value.map((item: unknown) => copy(item, depth + 1, notes))
  const copied: Record<string, unknown> = {}
  for (const [name, inner] of Object.entries(value)) {
    if (dangerous.has(name)) notes.add('a name in customFields was left out: such a name can change objects of the host')
    else copied[name] = copy(inner, depth + 1, notes)
  }
  return copied
}
