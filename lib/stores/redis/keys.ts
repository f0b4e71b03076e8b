import { hash } from 'node:crypto'
import type { Integration } from '../../../schemas/index.ts'
import type { IntegrationScope, ListQuery } from '../../ports/store.ts'
import { fold } from '../../base/text-order.ts'

/** The orders that there is an index for. */
export type Order = ListQuery['sortBy']

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
  /** Sorted set: which integrations call which URL; score 0, members of {@link targetUrlMembers}. */
  readonly targetUrls: string

  /** @param keyPrefix the name of the workspace; holds no brace. */
  constructor (keyPrefix: string) {
    this.#workspace = `{${keyPrefix}}`
    this.changes = `${this.#workspace}:changes`
    this.targetUrls = `${this.#workspace}:target-urls`
  }

  /** String: one integration, `<format>.<revision>|<json>`. */
  record (id: string): string {
    return `${this.#workspace}:integration:${distinct(id)}`
  }

  /** String: who removed the integration. Expires soon. */
  removed (id: string): string {
    return `${this.#workspace}:removed:${distinct(id)}`
  }

  /** String: what became of an idempotency key. Expires. */
  idempotency (key: string): string {
    return `${this.#workspace}:idempotency:${distinct(key)}`
  }

  /** Stream: the entries of the history of one integration, oldest first, capped. Expires. */
  history (integrationId: string): string {
    return `${this.#workspace}:history:${distinct(integrationId)}`
  }

  /** Hash: where in that stream which entry is. Expires. */
  historyPlaces (integrationId: string): string {
    return `${this.#workspace}:history-places:${distinct(integrationId)}`
  }

  /**
   * Sorted set: the integrations of a scope in one order. All scores are 0, so
   * the members, {@link indexMember}, sort by their bytes: the place of a
   * member in any set can be asked for without reading the set.
   */
  index ({ type, creatorId }: IntegrationScope, order: Order): string {
    const scope = creatorId === undefined ? 'type' : `creator:${distinct(creatorId)}`
    return `${this.#workspace}:${scope}:${type}:by-${order}`
  }
}

/** What a member of an index sorts by, with the `_id` behind it. */
export function indexMember (integration: Integration, order: Order): string {
  return order === 'name' ? `${fold(integration.name)}\0${creationKey(integration)}` : creationKey(integration)
}

/** The end of a member of any index: what integrations sort by in the index by creation. */
export function creationOfMember (member: string): string {
  return member.slice(member.lastIndexOf('\0') + 1)
}

/** The `_id` of a member of an index. */
export function idOfMember (member: string): string {
  return creationOfMember(member).slice(creationDigits + 1)
}

/** Whether a member of an index is formed like one. */
export function isMember (member: string): boolean {
  return /^[0-9a-z-]{9}:/.test(creationOfMember(member)) && idOfMember(member) !== ''
}

/** So many digits of base 36 last until the year 5188. */
const creationDigits = 9

/** 72 bits: among millions of URLs, no two have the same. */
const urlDigits = 12

/** 48 bits: no two creators of integrations that call the same URL have the same. */
const creatorDigits = 8

function creationKey ({ _createdAt, _id }: Integration): string {
  return `${Date.parse(_createdAt).toString(36).padStart(creationDigits, '0')}:${_id}`
}

/**
 * A member for each URL that an integration calls. Those of one URL stand
 * together, those of one creator among them, the oldest of these first.
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

/** A part of an index, as Redis wants it. */
export interface TextRange {
  readonly from: string
  readonly to: string
}

/** How many characters of a target URL's member name the URL and the creator. */
export const targetUrlCreatorLength = urlDigits + 1 + creatorDigits

/** The members behind this one, of the same URL and creator. */
export function restOfCreator (member: string): TextRange {
  return { from: `(${member}`, to: after(member.slice(0, targetUrlCreatorLength)) }
}

/** What a member sorts by among those of its URL and creator. */
export function creationOfTargetUrlMember (member: string): string {
  return member.slice(targetUrlCreatorLength + 1)
}

/** The end of the members that begin with a text and a colon: the semicolon follows the colon. */
function after (start: string): string {
  return `(${start};`
}

/** A text in so many characters of base64url: 6 bits of its hash in each. */
function digest (text: string, length: number): string {
  return hash('sha256', distinct(text), 'base64url').slice(0, length)
}

/**
 * Half a surrogate pair is the same as any other in UTF-8. A text that has one
 * is written in another way, marked, so that no two texts become the same.
 */
export function distinct (text: string): string {
  return !/\p{Surrogate}/u.test(text) && !text.startsWith(mark) ? text : mark + Buffer.from(text, 'utf16le').toString('base64url')
}

const mark = '\0'
