import { hash } from 'node:crypto'
import { type Integration } from '../../schemas/index.ts'
import { type IntegrationScope, type ListQuery } from '../ports/store.ts'
import { nameKey } from './order.ts'

/** The orders that there is an index for. */
export type Order = ListQuery['sortBy']

/** The orders that there is an index for. */
export const orders = ['creation', 'name'] as const satisfies Order[]

/**
 * The only place where keys and index members are built.
 *
 * Every key begins with the workspace in braces, so that Redis Cluster keeps
 * the whole workspace in one slot and one script can change all of it. What
 * the host or its users named (identifiers, URLs) stands in a key either
 * hashed or between parts of a fixed form, so that no name can collide with
 * another key.
 */
export class RedisKeys {
  readonly #workspace: string
  /** Stream: every change, newest last, capped. */
  readonly changes: string

  /** @param keyPrefix the name of the workspace; holds no brace. */
  constructor (keyPrefix: string) {
    this.#workspace = `{${keyPrefix}}`
    this.changes = `${this.#workspace}:changes`
  }

  /** String: one integration, `<format>.<revision>|<json>`. */
  record (id: string): string {
    return `${this.#workspace}:integration:${id}`
  }

  /**
   * Sorted set: the integrations of a scope in one order. All scores are 0, so
   * the members, {@link indexMember}, sort by their bytes: the place of a
   * member in any set can be asked for without reading the set.
   */
  index ({ type, creatorId }: IntegrationScope, order: Order): string {
    const scope = creatorId === undefined ? 'type' : `creator:${creatorId}`
    return `${this.#workspace}:${scope}:${type}:by-${order}`
  }

  /** Sorted set: the integrations that call a URL; score 0, members of {@link urlMembers}. */
  targetUrl (url: string): string {
    return `${this.#workspace}:url:${digest(url)}`
  }
}

/** What a member of an index sorts by, with the `_id` behind it. */
export function indexMember (integration: Integration, order: Order): string {
  return order === 'name' ? nameKey(integration) : creationKey(integration)
}

/** The `_id` of a member of an index. */
export function idOfMember (member: string, order: Order): string {
  return order === 'name' ? member.slice(member.lastIndexOf('\0') + 1) : member.slice(creationDigits + 1)
}

/** So many digits of base 36 last until the year 5188. */
const creationDigits = 9

function creationKey ({ _createdAt, _id }: Integration): string {
  return `${Date.parse(_createdAt).toString(36).padStart(creationDigits, '0')}:${_id}`
}

/**
 * Two members for each integration that calls a URL, so that the oldest of
 * all (`*`) and the oldest of one creator are each the first of a range,
 * however many there are.
 */
export function urlMembers (integration: Integration): [ofAll: string, ofCreator: string] {
  const key = creationKey(integration)
  return [`*:${key}`, `${digest(integration._createdBy._id)}:${key}`]
}

/** The members of a scope in the index of a URL, as a range of texts. */
export function urlMemberRange ({ creatorId }: IntegrationScope): [from: string, to: string] {
  const owner = creatorId === undefined ? '*' : digest(creatorId)
  // The semicolon follows the colon.
  return [`[${owner}:`, `(${owner};`]
}

/** The `_id` of a member of the index of a URL. */
export function idOfUrlMember (member: string): string {
  return member.slice(member.indexOf(':') + 1 + creationDigits + 1)
}

/** 22 characters, 132 bits: short enough for compact sorted sets, and nobody meets a second text with the same. */
function digest (text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 22)
}
