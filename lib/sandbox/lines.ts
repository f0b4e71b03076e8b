/** A job that belongs to a line. */
export interface InLine {
  /** The name of the line. Jobs of one line wait for one another. */
  readonly line: string
}

/** How many jobs may wait. */
export interface LineLimits {
  /** How many jobs of one line. */
  readonly perLine: number
  /** How many jobs of all lines together. */
  readonly inAll: number
}

/**
 * Jobs that wait in lines. One job of a line is under way at a time. The lines
 * take turns: a long line does not delay a short one. Every operation takes
 * constant time.
 */
export class Lines<J extends InLine> {
  readonly #limits: LineLimits
  readonly #waiting = new Map<string, Set<J>>()
  /** The lines that have a job to hand out, in the order of their turns. */
  readonly #ready = new Set<string>()
  readonly #underWay = new Set<string>()
  #count = 0

  constructor (limits: LineLimits) {
    this.#limits = limits
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
      if (!this.#underWay.has(line)) this.#ready.add(line)
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
      this.#ready.delete(line)
    }
    return true
  }

  /** The first job of the line whose turn it is. No other job of the line follows before `done` is told. */
  next (): J | undefined {
    const [line] = this.#ready
    const [job] = line === undefined ? [] : this.#waiting.get(line) ?? []
    if (line === undefined || job === undefined) return undefined
    this.delete(job)
    this.#ready.delete(line)
    this.#underWay.add(line)
    return job
  }

  /** Tells that the job of a line that was under way has ended. */
  done ({ line }: InLine): void {
    this.#underWay.delete(line)
    if (this.#waiting.has(line)) this.#ready.add(line)
  }

  /** Takes all jobs out of their lines. */
  clear (): J[] {
    const jobs = [...this.#waiting.values()].flatMap((line) => [...line])
    this.#waiting.clear()
    this.#ready.clear()
    this.#count = 0
    return jobs
  }
}
