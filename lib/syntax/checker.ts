import type { PortCall } from '../ports/call.ts'
import type { ScriptError, SyntaxCheck } from '../ports/syntax.ts'
import { SyntaxThread } from './thread.ts'

/** How much time and room the checks of a server may take. */
export interface SyntaxLimits {
  /** How long the parser may take for one script, in milliseconds of CPU time. */
  readonly deadline: number
  /** After how long without a script the thread ends, in milliseconds. */
  readonly idle: number
  /** How many scripts of one user may wait for the one that is being checked. */
  readonly mostWaiting: number
}

interface Job {
  readonly source: string
  readonly resolve: (error: ScriptError | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * Checks the syntax of scripts, one after the other, in a separate thread. No
 * script can make other requests wait or use up the memory of the process. The
 * thread is started for the first script.
 *
 * Users take turns: however many scripts one user sends, a script of another
 * user waits for one of them at most.
 */
export class SyntaxChecker implements SyntaxCheck {
  readonly #limits: SyntaxLimits
  /** The scripts that wait, by user. The user whose turn is next stands first. */
  readonly #waiting = new Map<string, Set<Job>>()
  #thread: SyntaxThread | undefined
  #idle: NodeJS.Timeout | undefined
  #busy = false
  #closed = false

  constructor ({ deadline = 250, idle = 60_000, mostWaiting = 100 }: Partial<SyntaxLimits> = {}) {
    this.#limits = { deadline, idle, mostWaiting }
  }

  /** Whether there is a thread. */
  get running (): boolean {
    return this.#thread !== undefined && !this.#thread.ended
  }

  /**
   * Checks a script when its turn comes. A script that takes the parser too
   * much time or memory has an error that says so.
   *
   * @param userId the user that sent the script.
   * @param call a script whose turn has not come when its signal is aborted is not checked.
   * @returns the error of the script, or undefined.
   * @throws Error when too many scripts of the user wait, the thread cannot be started or the server is closing.
   */
  check (source: string, userId: string, { signal }: Partial<PortCall> = {}): Promise<ScriptError | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the server is closing'))
      const jobs = this.#waiting.get(userId) ?? new Set<Job>()
      if (jobs.size >= this.#limits.mostWaiting) return reject(new Error(`${jobs.size} scripts of this user wait already`))
      const job = { source, resolve, reject }
      signal?.addEventListener('abort', () => {
        if (jobs.delete(job)) reject(new Error('other scripts were checked all the time'))
      }, { once: true })
      this.#waiting.set(userId, jobs.add(job))
      if (!this.#busy) this.#work()
    })
  }

  /** Ends the thread and everything that waits for it. Nothing can be checked any more. */
  async close (): Promise<void> {
    this.#closed = true
    for (const jobs of this.#waiting.values()) {
      for (const { reject } of jobs) reject(new Error('the server is closing'))
      jobs.clear()
    }
    this.#waiting.clear()
    await this.#endThread()
  }

  async #work (): Promise<void> {
    this.#busy = true
    clearTimeout(this.#idle)
    // Users that come meanwhile are met as well. A user that was served stands behind them.
    for (const [userId, jobs] of this.#waiting) {
      const [job] = jobs
      if (job !== undefined) {
        jobs.delete(job)
        await this.#checkNow(job.source).then(job.resolve, job.reject)
      }
      this.#waiting.delete(userId)
      if (jobs.size > 0) this.#waiting.set(userId, jobs)
    }
    this.#busy = false
    if (!this.#closed) this.#idle = setTimeout(() => { this.#endThread() }, this.#limits.idle).unref()
  }

  async #checkNow (source: string): Promise<ScriptError | undefined> {
    if (!this.running) this.#thread = new SyntaxThread()
    return await this.#thread?.check(source, this.#limits.deadline)
  }

  async #endThread (): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    await thread?.end()
  }
}
