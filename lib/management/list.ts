import type { Integration, IntegrationType, IntegrationView } from '../../schemas/index.ts'
import { IntegrationError, invalidParams } from '../errors/index.ts'
import type { User } from '../ports/auth.ts'
import type { ListPage, ListQuery } from '../ports/store.ts'
import { grantsOf, scopeOf } from '../model/access.ts'
import type { Calls } from '../guard/calls.ts'
import { store } from '../guard/tables/store.ts'
import { type ListOrder, orderOf, place, type Placed, sortPlaces, tooLongToSort } from './list-order.ts'
import type { Rules } from './rules.ts'
import { viewOf } from '../model/view.ts'

/** The query for a list. */
export interface ListInput {
  /** The number of integrations that are left out at the beginning of the list; 0 when absent. */
  readonly offset?: number
  /** How many follow; 50 when absent, more than 100 is 100, 0 means all up to the host's limit. */
  readonly count?: number
  /** Part of the name, in any case. */
  readonly name?: string
  readonly type?: IntegrationType
  /** JSON object: fields with 1 or -1. Newest first when it is absent or blank. */
  readonly sort?: string
}

/** A page of the integrations that a caller may manage. */
export interface IntegrationList {
  readonly integrations: IntegrationView[]
  readonly offset: number
  /** The number of integrations in this page. */
  readonly items: number
  /** The same number as `items`, under the name that Rocket.Chat uses. */
  readonly count: number
  /** The number of integrations in the whole list. */
  readonly total: number
}

/** A list with more integrations than this can be sorted only by an index. */
const longestUnindexed = 1000

/** With a name that is looked for, a page is at most so far from the beginning of the list. */
const farthestSearched = 100_000

/**
 * Lists the integrations that the caller may manage: with `full`, every integration of the
 * type; with `own`, those that it created.
 *
 * @throws IntegrationError `error-unauthorized`, `error-invalid-sort`,
 *   `error-list-too-large`, or `invalid-params` for a page of a search that is
 *   too far away.
 */
export async function listIntegrations (
  calls: Calls, rules: Rules, caller: User, input: ListInput
): Promise<IntegrationList> {
  const grants = await grantsOf(calls, caller)
  if (grants.size === 0) throw new IntegrationError('error-unauthorized')
  const scopes = [...grants]
    .filter(([type]) => input.type === undefined || input.type === type)
    .map(([type, grant]) => scopeOf(type, grant, caller))
  const order = orderOf(input.sort)
  const offset = input.offset ?? 0
  const count = countOf(input.count ?? 50, rules)
  const name = input.name?.trim() ? input.name : undefined
  if (name !== undefined && offset + count > Math.max(farthestSearched, rules.maxListCount)) {
    throw invalidParams([{ path: '/offset', message: `must not go beyond the first ${farthestSearched} integrations together with name` }])
  }
  const range = { scopes, offset, count, ...(name !== undefined && { nameContains: name }) }
  const { integrations, total } = 'keys' in order
    ? await sortHere(calls, rules, range, order.keys, input.sort ?? '')
    : await read(calls, rules, { ...range, ...order })
  const page = integrations.map((integration) => viewOf(integration, rules))
  return { integrations: page, offset, items: page.length, count: page.length, total }
}

/**
 * Asks the store. Records that the store could not read are reported to the host.
 *
 * @throws IntegrationError `error-list-too-large`.
 */
async function read (calls: Calls, rules: Rules, query: ListQuery): Promise<ListPage> {
  const page = await calls.ask(store.list, { ...query, maxBytes: rules.maxListBytes })
  rules.reportUnreadable(page.unreadable ?? [])
  if (page.fits === undefined) return page
  throw tooLarge(page.fits, rules)
}

function tooLarge (fits: number, { maxListBytes: limit }: Rules): IntegrationError {
  const advice = fits === 0 ? 'Not even the first of them fits.' : `Ask for ${Math.min(fits, mostOfPage)} at a time: that many fit.`
  return new IntegrationError('error-list-too-large', {
    reason: `The integrations are larger than the ${limit} bytes that one answer may be. ${advice}`,
    details: { limit, fits }
  })
}

/** `count` asks for no more than this, unless it asks for all. */
const mostOfPage = 100

function countOf (asked: number, { maxListCount }: Rules): number {
  return asked === 0 ? maxListCount : Math.min(asked, mostOfPage)
}

type Keys = Extract<ListOrder, { keys: unknown }>['keys']

/** A list, and the part of the list that is wanted. */
type ListRange = Pick<ListQuery, 'scopes' | 'offset' | 'count' | 'nameContains'>

/** A part of a list that is sorted by fields that no store has an index for. */
async function sortHere (
  calls: Calls, rules: Rules, { offset, count, ...list }: ListRange, keys: Keys, sort: string
): Promise<ListPage> {
  const { total: inSight } = await calls.ask(store.list, { scopes: list.scopes, sortBy: 'creation', descending: false, offset: 0, count: 0 })
  if (inSight > longestUnindexed) throw tooLongToSort(sort, inSight, longestUnindexed)
  const { places, total } = await placesOf(calls, rules, list, keys)
  const page = sortPlaces(places, keys).slice(offset, offset + count)
  return { integrations: await readPlaces(calls, rules, page), total }
}

/** So many integrations are read at once, of which only the places are kept. */
const readAtOnce = 100

/**
 * Where every integration of a list stands. Reads from the end: when one is
 * removed meanwhile, those that are still to be read keep their numbers.
 */
async function placesOf (
  calls: Calls, rules: Rules, list: Pick<ListQuery, 'scopes' | 'nameContains'>, keys: Keys
): Promise<{ places: Placed[], total: number }> {
  const query = { ...list, sortBy: 'creation', descending: false } as const
  const places = new Map<string, Placed>()
  const { total } = await calls.ask(store.list, { ...query, offset: 0, count: 0 })
  for (let [size, end] = [readAtOnce, total]; end > 0;) {
    const offset = Math.max(0, end - size)
    const page = await calls.ask(store.list, { ...query, offset, count: end - offset, maxBytes: rules.maxListBytes })
    if (page.fits !== undefined) {
      // Fewer large ones; a single one that is too large is too large for any answer.
      if (size === 1) throw tooLarge(0, rules)
      size = Math.ceil(size / 2)
      continue
    }
    rules.reportUnreadable(page.unreadable ?? [])
    for (const integration of page.integrations) places.set(integration._id, place(integration, keys))
    end = offset
  }
  return { places: [...places.values()], total }
}

/** So many integrations of a page are asked for at the same time. */
const findAtOnce = 20

/** @throws IntegrationError `error-list-too-large`. */
async function readPlaces (calls: Calls, rules: Rules, places: readonly Placed[]): Promise<Integration[]> {
  const integrations: Integration[] = []
  let bytes = 0
  for (let first = 0; first < places.length; first += findAtOnce) {
    const part = await Promise.all(places.slice(first, first + findAtOnce).map(async ({ _id }) => await calls.ask(store.find, _id)))
    for (const found of part) {
      // The integration was removed after its place was looked up.
      if (found === null) continue
      bytes += Buffer.byteLength(JSON.stringify(found.integration))
      if (bytes > rules.maxListBytes) throw tooLarge(integrations.length, rules)
      integrations.push(found.integration)
    }
  }
  return integrations
}
