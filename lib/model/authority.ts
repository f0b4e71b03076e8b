import type { Integration } from '../../schemas/index.ts'
import type { Calls } from '../guard/calls.ts'
import { directory } from '../guard/tables/directory.ts'
import type { User } from '../ports/auth.ts'
import { type Grant, grantFor } from './access.ts'

/** The user that answers for an integration, and what this user may do now. */
export interface Authority {
  readonly user: User
  readonly grant: Grant
}

/** How long an authority is remembered, in milliseconds. */
const rememberedFor = 60_000

/** The authorities that are remembered. The one that was asked for first is forgotten first. */
const mostRemembered = 1000

interface Remembered {
  readonly authority: Authority | null
  /** In milliseconds of the clock. */
  readonly until: number
}

/** Finds the users that answer for integrations. */
export class Authorities {
  readonly #remembered = new Map<string, Remembered>()
  readonly #clock: () => number

  /** @param clock the time in milliseconds, which only goes forward. */
  constructor (clock: () => number = () => performance.now()) {
    this.#clock = clock
  }

  /**
   * The creator of an integration answers for it. If the creator is gone, the
   * user that changed it last does, if this user holds the full permission.
   *
   * @returns null when nobody answers for the integration.
   * @throws IntegrationError `error-service-unavailable`.
   */
  async of (calls: Calls, { type, _createdBy, _updatedBy }: Integration): Promise<Authority | null> {
    const key = JSON.stringify([type, _createdBy._id, _updatedBy?._id])
    const now = this.#clock()
    const earlier = this.#remembered.get(key)
    if (earlier !== undefined && earlier.until > now) return earlier.authority
    const authority = await find(calls, type, _createdBy._id, _updatedBy?._id)
    this.#remembered.delete(key)
    this.#remembered.set(key, { authority, until: now + rememberedFor })
    if (this.#remembered.size > mostRemembered) {
      const [oldest] = this.#remembered.keys()
      if (oldest !== undefined) this.#remembered.delete(oldest)
    }
    return authority
  }
}

async function find (
  calls: Calls, type: Integration['type'], creatorId: string, changerId: string | undefined
): Promise<Authority | null> {
  const creator = await findById(calls, creatorId)
  const user = creator ?? (changerId === undefined ? null : await findById(calls, changerId))
  if (user === null) return null
  const grant = await grantFor(calls, user, type)
  if (grant === null || (creator === null && grant !== 'full')) return null
  return { user, grant }
}

/** Never by name: somebody else may have it by now. */
async function findById (calls: Calls, userId: string): Promise<User | null> {
  const user = await calls.ask(directory.findUser, userId)
  return user?._id === userId ? user : null
}
