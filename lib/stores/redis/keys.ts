import { hash } from 'node:crypto'
import type { Integration } from '../../../schemas/index.ts'
import type { IntegrationScope, ListQuery } from '../../ports/store.ts'
import { fold } from '../../base/text-order.ts'

/** The orders that have an index. */
export type Order = ListQuery['sortBy']

/**
 * The only place where keys and index members are built.
 *
 * Every key begins with the workspace in braces. So a Redis Cluster keeps the
 * whole workspace in one slot, and one script can change all of it. Texts that
 * the host or its users choose (identifiers, URLs) are hashed, or stand between
 * parts of a fixed form. So no such text can collide with another key.
 */
export class RedisKeys {
  readonly #workspace: string
  /** Stream: every change, newest last, capped. */
  readonly changes: string
  /** Sorted set: which integrations call which URL; score 0, members of {@link targetUrlMembers}. */
  readonly targetUrls: string

  /** @param keyPrefix the name of the workspace, without braces. */
  constructor (keyPrefix: string) {
    this.#workspace = `{${keyPrefix}}`
    this.changes = `${this.#workspace}:changes`
    this.targetUrls = `${this.#workspace}:target-urls`
  }

  /** String: one integration, `<format>.<revision>|<json>`. */
  record (id: string): string {
    return `${this.#workspace}:integration:${distinct(id)}`
  }

  /** String: the mark of the removal of an integration. Expires soon. */
  removed (id: string): string {
    return `${this.#workspace}:removed:${distinct(id)}`
  }

  /** String: the state of an idempotency key. Expires. */
  idempotency (key: string): string {
    return `${this.#workspace}:idempotency:${distinct(key)}`
  }

  /** Stream: the entries of the history of one integration, oldest first, capped. Expires. */
  history (integrationId: string): string {
    return `${this.#workspace}:history:${distinct(integrationId)}`
  }

  /** Hash: the place of each entry in that stream. Expires. */
  historyPlaces (integrationId: string): string {
    return `${this.#workspace}:history-places:${distinct(integrationId)}`
  }

  /**
   * Sorted set: the integrations of a scope in one order. All scores are 0, so
   * the members ({@link indexMember}) are sorted by their bytes. Redis can tell
   * the place of a member in any set without reading the set.
   */
  index ({ type, creatorId }: IntegrationScope, order: Order): string {
    const scope = creatorId === undefined ? 'type' : `creator:${distinct(creatorId)}`
    return `${this.#workspace}:${scope}:${type}:by-${order}`
  }
}

/** A member of an index: the text that it is sorted by, then the `_id`. */
export function indexMember (integration: Integration, order: Order): string {
  return order === 'name' ? `${fold(integration.name)}\0${creationKey(integration)}` : creationKey(integration)
}

/** The end of a member of any index. It is the whole member in the index by creation. */
export function creationOfMember (member: string): string {
  return member.slice(member.lastIndexOf('\0') + 1)
}

/** The `_id` of a member of an index. */
export function idOfMember (member: string): string {
  return creationOfMember(member).slice(creationDigits + 1)
}

/** Whether a text has the form of a member of an index. */
export function isMember (member: string): boolean {
  return /^[0-9a-z-]{9}:/.test(creationOfMember(member)) && idOfMember(member) !== ''
}

/** This many digits of base 36 are enough until the year 5188. */
const creationDigits = 9

/** 72 bits: no two of millions of URLs have the same hash. */
const urlDigits = 12

/** 48 bits: no two creators of integrations with the same URL have the same hash. */
const creatorDigits = 8

function creationKey ({ _createdAt, _id }: Integration): string {
  return `${Date.parse(_createdAt).toString(36).padStart(creationDigits, '0')}:${_id}`
}

/**
 * A member for each URL that an integration calls. The members are sorted by
 * URL, then by creator, then by time, the oldest first.
 */
export function targetUrlMembers (integration: Integration): string[] {
  if (integration.type !== 'webhook-outgoing') return []
  const creator = digest(integration._createdBy._id, creatorDigits)
  const end = `:${creator}:${creationKey(integration)}`
  return [...new Set(integration.urls)].map((url) => digest(url, urlDigits) + end)
}

/** The members of a URL, of all creators or of one, as a range of texts. */
export function targetUrlRange (url: string, { creatorId }: IntegrationScope): TextRange {
  const start = digest(url, urlDigits) + (creatorId === undefined ? '' : `:${digest(creatorId, creatorDigits)}`)
  return { from: `[${start}:`, to: after(start) }
}

/** A part of an index, in the form that Redis expects. */
export interface TextRange {
  readonly from: string
  readonly to: string
}

/** How many characters of a target URL's member name the URL and the creator. */
export const targetUrlCreatorLength = urlDigits + 1 + creatorDigits

/** The members after this one, of the same URL and creator. */
export function restOfCreator (member: string): TextRange {
  return { from: `(${member}`, to: after(member.slice(0, targetUrlCreatorLength)) }
}

/** The end of a member, by which the members of one URL and creator are sorted. */
export function creationOfTargetUrlMember (member: string): string {
  return member.slice(targetUrlCreatorLength + 1)
}

/** The end of the members that begin with a text and a colon: the semicolon follows the colon. */
function after (start: string): string {
  return `(${start};`
}

/** The hash of a text, in this many characters of base64url with 6 bits each. */
function digest (text: string, length: number): string {
  return hash('sha256', distinct(text), 'base64url').slice(0, length)
}

/**
 * UTF-8 writes every half of a surrogate pair as the same bytes. A text with
 * such a half is therefore written in another form, with a mark, so that two
 * different texts never become the same.
 */
export function distinct (text: string): string {
  return !/\p{Surrogate}/u.test(text) && !text.startsWith(mark) ? text : mark + Buffer.from(text, 'utf16le').toString('base64url')
}

const mark = '\0'
