import { createHash } from 'node:crypto'
import { type Integration, type IntegrationType } from '../../schemas/index.ts'

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

  /** Sorted set: the integrations of a type by creation; score milliseconds, member `_id`. */
  typeByCreation (type: IntegrationType): string {
    return `${this.#workspace}:type:${type}:by-creation`
  }

  /** Sorted set: the integrations of a type by name; score 0, members of {@link nameMember}. */
  typeByName (type: IntegrationType): string {
    return `${this.#workspace}:type:${type}:by-name`
  }

  /** Sorted set: what one user created of a type, by creation. */
  creatorByCreation (creatorId: string, type: IntegrationType): string {
    return `${this.#workspace}:creator:${creatorId}:${type}:by-creation`
  }

  /** Sorted set: what one user created of a type, by name. */
  creatorByName (creatorId: string, type: IntegrationType): string {
    return `${this.#workspace}:creator:${creatorId}:${type}:by-name`
  }

  /** Sorted set: the integrations that call a URL; score 0, members of {@link urlMembers}. */
  targetUrl (url: string): string {
    return `${this.#workspace}:url:${digest(url)}`
  }
}

/** Sorts by name in any case, then by `_id`; the `_id` is what stands behind the last NUL. */
export function nameMember ({ name, _id }: Integration): string {
  return `${name.toLowerCase()}\0${_id}`
}

/**
 * Two members for each integration that calls a URL, so that the oldest of
 * all (`*`) and the oldest of one creator are each the first of a range,
 * however many there are.
 */
export function urlMembers ({ _id, _createdAt, _createdBy }: Integration): [ofAll: string, ofCreator: string] {
  // Nine digits of base 36 last until the year 5188 and sort like the number.
  const age = `${Date.parse(_createdAt).toString(36).padStart(9, '0')}:${_id}`
  return [`*:${age}`, `${digest(_createdBy._id)}:${age}`]
}

/** 22 characters, 132 bits: short enough for compact sorted sets, and nobody meets a second text with the same. */
function digest (text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 22)
}
