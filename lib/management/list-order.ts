import type { Integration } from '../../schemas/index.ts'
import { IntegrationError } from '../errors/index.ts'
import type { ListQuery } from '../ports/store.ts'
import { compareKeys, fold, orderKey } from '../base/text-order.ts'

/** A field that a list is sorted by, and the direction. */
interface SortKey {
  readonly field: SortField
  readonly descending: boolean
}

/** How a list is sorted: by an index that every store has, or by keys that are compared here. */
export type ListOrder =
  | { readonly sortBy: ListQuery['sortBy'], readonly descending: boolean }
  | { readonly keys: readonly SortKey[] }

/** The place of an integration in a list, without the integration itself. */
export interface Placed {
  readonly _id: string
  /** A text for each key of the order, then what decides between equals; `<` compares them. */
  readonly keys: readonly string[]
}

/** The text that an integration is sorted by, for one field. */
const sortFields = {
  _createdAt: ({ _createdAt }: Integration) => _createdAt,
  ts: ({ _createdAt }: Integration) => _createdAt,
  name: ({ name }: Integration) => fold(name),
  username: ({ username }: Integration) => username,
  _updatedAt: ({ _updatedAt }: Integration) => _updatedAt,
  type: ({ type }: Integration) => type,
  enabled: ({ enabled }: Integration) => String(enabled),
  channel: ({ channel }: Integration) => channel.join(),
  _createdBy: ({ _createdBy }: Integration) => _createdBy.username
} as const

type SortField = keyof typeof sortFields

/** The orders that a store has an index for. */
const indexed: { readonly [field in SortField]?: ListQuery['sortBy'] } = { _createdAt: 'creation', ts: 'creation', name: 'name' }

/**
 * Reads the parameter `sort`; newest first when it is blank.
 *
 * @throws IntegrationError `error-invalid-sort`.
 */
export function orderOf (sort: string = ''): ListOrder {
  if (sort.trim() === '') return { sortBy: 'creation', descending: true }
  const keys = Object.entries(parse(sort)).map(([field, direction]): SortKey => {
    if (!isSortField(field) || (direction !== 1 && direction !== -1)) throw invalidSort(sort)
    return { field, descending: direction === -1 }
  })
  const [first, ...others] = keys
  if (first === undefined) throw invalidSort(sort)
  const sortBy = indexed[first.field]
  return others.length === 0 && sortBy !== undefined ? { sortBy, descending: first.descending } : { keys }
}

/** The place of an integration in a list. */
export function place (integration: Integration, keys: readonly SortKey[]): Placed {
  const { _id, _createdAt } = integration
  const texts = keys.map(({ field }) => sortFields[field](integration))
  return { _id, keys: [...texts, `${_createdAt}${_id}`].map(orderKey) }
}

/** Sorts a list; equals go by creation, in the direction of the last key. */
export function sortPlaces (places: readonly Placed[], keys: readonly SortKey[]): Placed[] {
  const directions = [...keys, ...keys.slice(-1)].map(({ descending }) => descending ? -1 : 1)
  return places.toSorted((a, b) => {
    for (const [index, direction] of directions.entries()) {
      const difference = compareKeys(a.keys[index] ?? '', b.keys[index] ?? '')
      if (difference !== 0) return difference * direction
    }
    return 0
  })
}

/**
 * A list that is too long to be sorted like that.
 *
 * @param length the number of integrations in the list.
 * @param limit the greatest number that can be sorted.
 */
export function tooLongToSort (sort: string, length: number, limit: number): IntegrationError {
  return new IntegrationError('error-invalid-sort', {
    reason: `Only _createdAt or name, alone, can sort more than ${limit} integrations, and there are ${length}. ${reasonOf(sort)}`,
    details: { field: 'sort', limit }
  })
}

function invalidSort (sort: string): IntegrationError {
  return new IntegrationError('error-invalid-sort', { reason: reasonOf(sort), details: { field: 'sort' } })
}

/** The greatest length of a parameter that an error repeats to the client. */
const longestEcho = 100

function reasonOf (sort: string): string {
  return `Invalid sort parameter provided: "${sort.slice(0, longestEcho)}"`
}

function parse (sort: string): object {
  try {
    const value: unknown = JSON.parse(sort)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Told below.
  }
  throw invalidSort(sort)
}

function isSortField (field: string): field is SortField {
  return Object.hasOwn(sortFields, field)
}
