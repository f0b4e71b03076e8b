import type { PortCall } from '../ports/call.ts'
import type { ScriptError, SyntaxCheck } from '../ports/syntax.ts'
import { SyntaxThread } from './thread.ts'
import { type WaitingLimits, type WaitingScript, WaitingScripts } from './waiting.ts'

/** How much time and room the checks of a server may take. */
export interface SyntaxLimits extends WaitingLimits {
  /** How long the parser may take for one script, in milliseconds of CPU time. */
  readonly deadline: number
  /** After how long without a script the thread ends, in milliseconds. */
  readonly idle: number
}

/**
 * More scripts would wait in vain. Within the usual `adapterTimeout` of five
 * seconds, the thread checks about a thousand short scripts. Or it checks about
 * a hundred scripts of 64 KiB, and 128 of them take 16 MiB.
 */
const usualLimits: SyntaxLimits = {
  deadline: 250,
  idle: 60_000,
  mostOfUser: 100,
  mostOfAll: 1000,
  mostBytes: 16 * 1024 * 1024
}

interface Job extends WaitingScript {
  readonly resolve: (error: ScriptError | undefined) => void
  readonly reject: (error: Error) => void
}

/**
 * Checks the syntax of scripts, one after the other, in a separate thread. No
 * script can make other requests wait or use up the memory of the process. The
 * thread is started for the first script.
 */
export class SyntaxChecker implements SyntaxCheck {
  readonly #limits: SyntaxLimits
  readonly #waiting: WaitingScripts<Job>
  #thread: SyntaxThread | undefined
  #idle: NodeJS.Timeout | undefined
  #busy = false
  #closed = false

  constructor (limits: Partial<SyntaxLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
    this.#waiting = new WaitingScripts(this.#limits)
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
   * @throws Error when too many scripts wait, of the user or of all users, the thread cannot be started or the server is closing.
   */
  check (source: string, userId: string, { signal }: Partial<PortCall> = {}): Promise<ScriptError | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the server is closing'))
      const job = { source, userId, resolve, reject }
      // Throws when there is no room: the promise is rejected.
      this.#waiting.add(job)
      signal?.addEventListener('abort', () => {
        if (this.#waiting.delete(job)) reject(new Error('other scripts were checked all the time'))
      }, { once: true })
      if (!this.#busy) this.#work()
    })
  }

  /** Ends the thread and everything that waits for it. Nothing can be checked any more. */
  async close (): Promise<void> {
    this.#closed = true
    for (const { reject } of this.#waiting.clear()) reject(new Error('the server is closing'))
    await this.#endThread()
  }

  async #work (): Promise<void> {
    this.#busy = true
    clearTimeout(this.#idle)
    for (let job = this.#waiting.next(); job !== undefined; job = this.#waiting.next()) {
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
