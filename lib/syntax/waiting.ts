/** A script that may have to wait. */
export interface WaitingScript {
  readonly source: string
  /** The user that sent the script. */
  readonly userId: string
}

/** How much may wait. */
export interface WaitingLimits {
  /** How many scripts of one user. */
  readonly mostOfUser: number
  /** How many scripts of all users together. */
  readonly mostOfAll: number
  /** How many bytes the scripts of all users may take together. */
  readonly mostBytes: number
}

/** The scripts of one user that wait. */
interface Share<S> {
  readonly userId: string
  readonly scripts: Set<S>
  bytes: number
}

/**
 * The scripts that wait for the thread. Users take turns: however many scripts
 * one user sends, a script of another user waits for one of them at most.
 *
 * The room for waiting scripts is bounded, and no user can take the room of the
 * others: a user may have no more waiting than there is still free. So one user
 * fills at most half of the room, and two users at most a third each. A user
 * without a waiting script finds no place only when as many users wait as there
 * are places.
 */
export class WaitingScripts<S extends WaitingScript> {
  readonly #limits: WaitingLimits
  /** By user. The user whose turn is next stands first, or second while a script of the first one is checked. */
  readonly #shares = new Map<string, Share<S>>()
  /** The share that the last script was taken from. */
  #served: Share<S> | undefined
  #count = 0
  #bytes = 0

  constructor (limits: WaitingLimits) {
    this.#limits = limits
  }

  /**
   * Adds a script behind the others of its user.
   *
   * @throws Error when there is no room for the script.
   */
  add (script: S): void {
    const share = this.#shares.get(script.userId) ?? { userId: script.userId, scripts: new Set<S>(), bytes: 0 }
    const { size } = share.scripts
    const { mostOfUser, mostOfAll, mostBytes } = this.#limits
    if (size >= mostOfUser) throw new Error(`${size} scripts of this user wait already`)
    const fits = size < mostOfAll - this.#count && share.bytes + bytesOf(script) <= mostBytes - this.#bytes
    // A host may allow scripts that are longer than the room. Such a script waits alone.
    if (!fits && this.#count > 0) throw new Error(`scripts wait already: ${size} of this user, ${this.#count} of all users`)
    this.#shares.set(script.userId, share)
    share.scripts.add(script)
    this.#account(share, 1, bytesOf(script))
  }

  /** Takes the script whose turn has come away; undefined when no script waits. */
  next (): S | undefined {
    const served = this.#served
    if (served !== undefined) {
      // Behind the users that came while the script was checked.
      this.#shares.delete(served.userId)
      if (served.scripts.size > 0) this.#shares.set(served.userId, served)
    }
    const [share] = this.#shares.values()
    this.#served = share
    const [script] = share?.scripts ?? []
    if (script !== undefined) this.delete(script)
    return script
  }

  /** Takes a script away. Returns false when the script does not wait. */
  delete (script: S): boolean {
    const share = this.#shares.get(script.userId)
    if (share === undefined || !share.scripts.delete(script)) return false
    this.#account(share, -1, -bytesOf(script))
    if (share.scripts.size === 0 && share !== this.#served) this.#shares.delete(share.userId)
    return true
  }

  /** Takes all scripts away. */
  clear (): S[] {
    const scripts = [...this.#shares.values()].flatMap((share) => [...share.scripts])
    for (const script of scripts) this.delete(script)
    return scripts
  }

  #account (share: Share<S>, scripts: number, bytes: number): void {
    this.#count += scripts
    this.#bytes += bytes
    share.bytes += bytes
  }
}

/** The most that V8 takes for a text: two bytes for each code unit. */
function bytesOf ({ source }: WaitingScript): number {
  return 2 * source.length
}
