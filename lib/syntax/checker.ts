import type { PortCall } from '../ports/call.ts'
import type { ScriptError, SyntaxCheck } from '../ports/syntax.ts'
import { SyntaxThread } from './thread.ts'

/** How much time and room the checks of a server may take. */
export interface SyntaxLimits {
  /** How long the parser may take for one script, in milliseconds of CPU time. */
  readonly deadline: number
  /** After how long without a script the thread ends, in milliseconds. */
  readonly idle: number
  /** How many scripts may wait for the one that is being checked. */
  readonly mostWaiting: number
}

interface Job {
  readonly source: string
  readonly resolve: (error: ScriptError | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * Checks the syntax of scripts, one after the other, in a thread of its own:
 * whatever a script asks of the parser, other requests are not kept waiting
 * and the memory of the process is safe. The thread is started for the first
 * script.
 */
export class SyntaxChecker implements SyntaxCheck {
  readonly #limits: SyntaxLimits
  readonly #waiting = new Set<Job>()
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
   * @param call a script whose turn has not come when its signal is aborted is not checked.
   * @returns what is wrong with the script, or undefined.
   * @throws Error when too many scripts wait, the thread cannot be started or the server is closing.
   */
  check (source: string, { signal }: Partial<PortCall> = {}): Promise<ScriptError | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the server is closing'))
      if (this.#waiting.size >= this.#limits.mostWaiting) return reject(new Error(`${this.#waiting.size} scripts wait already`))
      const job = { source, resolve, reject }
      signal?.addEventListener('abort', () => {
        if (this.#waiting.delete(job)) reject(new Error('other scripts were checked all the time'))
      }, { once: true })
      this.#waiting.add(job)
      if (!this.#busy) this.#work()
    })
  }

  /** Ends the thread and everything that waits for it. Nothing can be checked any more. */
  async close (): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting) reject(new Error('the server is closing'))
    this.#waiting.clear()
    await this.#endThread()
  }

  async #work (): Promise<void> {
    this.#busy = true
    clearTimeout(this.#idle)
    // Those that are added meanwhile are met as well.
    for (const job of this.#waiting) {
      this.#waiting.delete(job)
      await this.#checkNow(job.source).then(job.resolve, job.reject)
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
