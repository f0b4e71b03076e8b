import { type Integration, type IntegrationType } from '../../schemas/index.ts'
import { IntegrationError } from '../errors.ts'
import { type User } from '../ports/auth.ts'
import { type IntegrationScope, type ListPage, type ListQuery } from '../ports/store.ts'
import { grantsOf, scopeOf } from './access.ts'
import { type AdapterCalls } from './adapter-calls.ts'
import { type Rules } from './rules.ts'

/** What is asked for. */
export interface ListInput {
  /** How many of the list are left out at its beginning; 0 when absent. */
  readonly offset?: number
  /** How many follow; 50 when absent, more than 100 is 100, 0 means all up to the host's limit. */
  readonly count?: number
  /** Part of the name, in any case. */
  readonly name?: string
  readonly type?: IntegrationType
  /** JSON: one field, 1 or -1. Newest first when absent. */
  readonly sort?: string
}

/** A page of the integrations that a caller may manage. */
export interface IntegrationList {
  readonly integrations: Integration[]
  readonly offset: number
  /** How many are in this page. */
  readonly items: number
  /** The same as `items`, as Rocket.Chat says it. */
  readonly count: number
  /** How many there are in all. */
  readonly total: number
}

/** The orders that a store has an index for. */
const indexed = { _createdAt: 'creation', name: 'name' } as const

/** Fields that a list can be sorted by as long as it is not longer than {@link longestUnindexed}. */
const unindexed = ['username', '_updatedAt', 'type', 'enabled'] as const

const longestUnindexed = 10_000

/**
 * Lists what the caller may manage: with `full`, every integration of the
 * type; with `own`, those that it created.
 *
 * @throws IntegrationError `error-unauthorized` or `error-invalid-sort`.
 */
export async function listIntegrations (
  calls: AdapterCalls, rules: Rules, caller: User, input: ListInput
): Promise<IntegrationList> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('error-unauthorized')
  const scopes = [...grants]
    .filter(([type]) => input.type === undefined || input.type === type)
    .map(([type, grant]) => scopeOf(type, grant, caller))
  const { field, descending } = sortOf(input.sort)
  const offset = input.offset ?? 0
  const count = countOf(input.count ?? 50, rules)
  const filter = input.name ? { nameContains: input.name } : {}

  if (isIndexed(field)) {
    const { integrations, total } = await read(calls, rules, { scopes, sortBy: indexed[field], descending, offset, count, ...filter })
    return pageOf(integrations, offset, total)
  }
  const { integrations, total } = await sortHere(calls, rules, { scopes, filter, field, descending, sort: input.sort })
  return pageOf(integrations.slice(offset, offset + count), offset, total)
}

/** More than this many records of one list that cannot be read are not reported: mending these shows the others. */
const mostReports = 10

/** Asks the store; what it could not read is reported, for whoever can mend it. */
async function read (calls: AdapterCalls, { reportUnreadable }: Rules, query: ListQuery): Promise<ListPage> {
  const page = await calls.list(query)
  page.unreadable?.slice(0, mostReports).forEach(reportUnreadable)
  return page
}

function pageOf (integrations: readonly Integration[], offset: number, total: number): IntegrationList {
  return { integrations: [...integrations], offset, items: integrations.length, count: integrations.length, total }
}

type SortField = keyof typeof indexed | typeof unindexed[number]

const sortFields: readonly SortField[] = ['_createdAt', 'name', ...unindexed]

function isIndexed (field: SortField): field is keyof typeof indexed {
  return Object.hasOwn(indexed, field)
}

function countOf (asked: number, { maxListCount }: Rules): number {
  return asked === 0 ? maxListCount : Math.min(asked, 100)
}

function sortOf (sort: string | undefined): { field: SortField, descending: boolean } {
  if (sort === undefined) return { field: '_createdAt', descending: true }
  const [[name, direction] = [], ...others] = Object.entries(parse(sort))
  const field = sortFields.find((known) => known === name)
  if (field === undefined || others.length > 0 || (direction !== 1 && direction !== -1)) throw invalidSort(sort)
  return { field, descending: direction === -1 }
}

function parse (sort: string): object {
  try {
    const value: unknown = JSON.parse(sort)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    throw invalidSort(sort)
  }
}

/** So much of a parameter is repeated to whoever sent it. */
const longestEcho = 100

function invalidSort (sort: string): IntegrationError {
  return new IntegrationError('error-invalid-sort', {
    reason: `Invalid sort parameter provided: "${sort.slice(0, longestEcho)}"`,
    details: { field: 'sort' }
  })
}

/** What is sorted here instead of by the store. */
interface SortHere {
  readonly scopes: readonly IntegrationScope[]
  readonly filter: Pick<ListQuery, 'nameContains'>
  readonly field: typeof unindexed[number]
  readonly descending: boolean
  readonly sort: string | undefined
}

/** The whole list, sorted by a field that no store has an index for. */
async function sortHere (
  calls: AdapterCalls, rules: Rules, { scopes, filter, field, descending, sort }: SortHere
): Promise<ListPage> {
  const query = { scopes, sortBy: 'creation', descending: false, offset: 0, ...filter } as const
  const { total: length } = await calls.list({ ...query, count: 1 })
  if (length > longestUnindexed) {
    throw new IntegrationError('error-invalid-sort', {
      reason: `Sorting by ${field} is limited to ${longestUnindexed} integrations, and there are ${length}. ` +
        `Invalid sort parameter provided: "${sort}"`,
      details: { field: 'sort', limit: longestUnindexed }
    })
  }
  // All of it in one call: a list that is put together of pages would miss what moves between them.
  const { integrations, total } = await read(calls, rules, { ...query, count: longestUnindexed })
  const sorted = integrations
    .map((integration) => ({ integration, key: String(integration[field]) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ integration }) => integration)
  return { integrations: descending ? sorted.reverse() : sorted, total }
}
