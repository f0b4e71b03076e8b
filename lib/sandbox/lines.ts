import type { Standing } from './standings.ts'

/** A job that belongs to a line. */
export interface InLine {
  /** The name of the line. Jobs of one line wait for one another. */
  readonly line: string
}

/** How many jobs may wait, and how many of them may be under way. */
export interface LineLimits {
  /** How many jobs of one line may wait. */
  readonly perLine: number
  /** How many jobs of all lines together may wait. */
  readonly inAll: number
  /** How many jobs of lines that are not proven may be under way. */
  readonly doubtful: number
}

/** The kinds of lines, in the order of their turns. */
const turns: readonly Standing[] = ['proven', 'unproven', 'harmful']

/** A job that is under way. */
interface UnderWay {
  /** The standing of its line when it was handed out. */
  readonly standing: Standing
  readonly since: number
}

/**
 * Jobs that wait in lines. One job of a line is under way at a time. The kinds
 * of lines take turns, and so do the lines of each kind: a long line does not
 * delay a short one, and many harmful lines do not delay the others. After a job
 * of a line that is not proven, the proven lines go first for as long as this
 * job took. Every operation takes constant time.
 */
export class Lines<J extends InLine> {
  readonly #limits: LineLimits
  readonly #standingOf: (line: string) => Standing
  readonly #waiting = new Map<string, Set<J>>()
  /** The lines that have a job to hand out, in the order of their turns. */
  readonly #ready: Readonly<Record<Standing, Set<string>>> = { proven: new Set(), unproven: new Set(), harmful: new Set() }
  readonly #underWay = new Map<string, UnderWay>()
  readonly #now: () => number
  /** How many jobs of lines that are not proven are under way. */
  #doubtful = 0
  #turn = 0
  /** Until then the proven lines go first. */
  #provenUntil = -Infinity
  #count = 0

  /**
   * @param standingOf asked when a job of a line may be handed out next.
   * @param now the time in milliseconds; for tests.
   */
  constructor (limits: LineLimits, standingOf: (line: string) => Standing, now: () => number = () => performance.now()) {
    this.#limits = limits
    this.#standingOf = standingOf
    this.#now = now
  }

  /** How many jobs wait. */
  get size (): number {
    return this.#count
  }

  /** Whether a job waits. */
  has (job: J): boolean {
    return this.#waiting.get(job.line)?.has(job) ?? false
  }

  /**
   * Adds a job at the end of its line.
   *
   * @returns false when there is no room.
   */
  add (job: J): boolean {
    const { line } = job
    const jobs = this.#waiting.get(line)
    if (this.#count >= this.#limits.inAll || (jobs?.size ?? 0) >= this.#limits.perLine) return false
    if (jobs !== undefined) jobs.add(job)
    else {
      this.#waiting.set(line, new Set([job]))
      if (!this.#underWay.has(line)) this.#ready[this.#standingOf(line)].add(line)
    }
    this.#count++
    return true
  }

  /**
   * Takes a job out of its line.
   *
   * @returns false when the job does not wait any more.
   */
  delete (job: J): boolean {
    const { line } = job
    const jobs = this.#waiting.get(line)
    if (jobs === undefined || !jobs.delete(job)) return false
    this.#count--
    if (jobs.size === 0) {
      this.#waiting.delete(line)
      for (const lines of Object.values(this.#ready)) lines.delete(line)
    }
    return true
  }

  /** The first job of the line whose turn it is. No other job of the line follows before `done` is told. */
  next (): J | undefined {
    const now = this.#now()
    const first = now < this.#provenUntil ? 0 : this.#turn
    for (const offset of turns.keys()) {
      const turn = (first + offset) % turns.length
      const standing = turns[turn] ?? 'harmful'
      if (standing !== 'proven' && this.#doubtful >= this.#limits.doubtful) continue
      const [line] = this.#ready[standing]
      const [job] = line === undefined ? [] : this.#waiting.get(line) ?? []
      if (line === undefined || job === undefined) continue
      this.delete(job)
      this.#ready[standing].delete(line)
      this.#underWay.set(line, { standing, since: now })
      if (standing !== 'proven') this.#doubtful++
      // The proven lines that go first take no turn.
      if (first === this.#turn || standing !== 'proven') this.#turn = turn + 1
      return job
    }
    return undefined
  }

  /** Tells that the job of a line that was under way has ended. */
  done ({ line }: InLine): void {
    const { standing, since } = this.#underWay.get(line) ?? {}
    this.#underWay.delete(line)
    if (since !== undefined && standing !== 'proven') {
      const now = this.#now()
      this.#doubtful--
      this.#provenUntil = now + (now - since)
    }
    if (this.#waiting.has(line)) this.#ready[this.#standingOf(line)].add(line)
  }

  /** Takes all jobs out of their lines. */
  clear (): J[] {
    const jobs = [...this.#waiting.values()].flatMap((line) => [...line])
    this.#waiting.clear()
    for (const lines of Object.values(this.#ready)) lines.clear()
    this.#count = 0
    return jobs
  }
}
