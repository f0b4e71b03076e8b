import { compileEngine } from './engine.ts'
import type { RunLimits } from './options.ts'
import type { Outcome, Task } from './protocol.ts'
import { Spacing } from './spacing.ts'
import { SandboxThread } from './thread.ts'

/** Options of {@link ThreadPool}. */
export interface ThreadPoolOptions {
  /** Where the engine is. */
  readonly file: URL
  readonly limits: RunLimits
  /** How many runs the caller has under way at most. */
  readonly most: number
  /**
   * A thread that runs nothing for so long ends, in milliseconds.
   *
   * @defaultValue a minute
   */
  readonly idleTime?: number
  /**
   * In the long run, one thread starts in so many milliseconds.
   *
   * @defaultValue a second
   */
  readonly startInterval?: number
  /**
   * So many more threads than there may be at a time start without a pause.
   *
   * @defaultValue 8
   */
  readonly spareStarts?: number
}

/** The end of a run in a thread. */
export interface ThreadEnd {
  readonly outcome: Outcome
  /** Whether the run took its thread along. */
  readonly isThreadGone: boolean
}

/** A thread that waits for a task. */
interface Idle {
  readonly thread: SandboxThread
  /** Ends the thread. */
  readonly timer: NodeJS.Timeout
}

/** The threads that run scripts. They start when they are needed, and end when they are not. */
export class ThreadPool {
  readonly #options: Required<ThreadPoolOptions>
  readonly #threads = new Set<SandboxThread>()
  /** The one that ran last at the end. */
  readonly #idle: Idle[] = []
  readonly #starts: Spacing
  #engine: Promise<object> | undefined
  #isClosed = false

  constructor (options: ThreadPoolOptions) {
    this.#options = { idleTime: 60_000, startInterval: 1000, spareStarts: 8, ...options }
    const { most, spareStarts, startInterval } = this.#options
    this.#starts = new Spacing(most + spareStarts, startInterval)
  }

  /** How many threads there are. */
  get size (): number {
    return this.#threads.size
  }

  /**
   * Compiles the engine. Opens the pool again after it was closed.
   *
   * @throws Error when the engine cannot be compiled.
   */
  async open (): Promise<void> {
    this.#isClosed = false
    await this.#compiled()
  }

  /**
   * Runs a task.
   *
   * @param isHarmful whether the task may take its thread along: then it leaves the others a thread, where it can.
   * @throws Error when there is no thread for the task.
   */
  async run (task: Task, isHarmful: boolean): Promise<ThreadEnd> {
    const thread = this.#idleThread(isHarmful) ?? await this.#newThread(isHarmful)
    const outcome = await thread.run(task)
    if (outcome.failure !== undefined && outcome.isBroken === true) await thread.end()
    const isThreadGone = thread.ended
    if (isThreadGone) this.#threads.delete(thread)
    else this.#keep(thread)
    return { outcome, isThreadGone }
  }

  /** Ends the threads. Tasks that are under way fail as `busy`. */
  async close (): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer)
    await Promise.all(Array.from(this.#threads, (thread) => this.#end(thread)))
  }

  #idleThread (isHarmful: boolean): SandboxThread | undefined {
    while (this.#idle.length > (isHarmful && this.#threads.size < this.#options.most ? 1 : 0)) {
      const { thread, timer } = this.#idle.pop() ?? {}
      clearTimeout(timer)
      if (thread?.ended === false) return thread
      if (thread !== undefined) this.#threads.delete(thread)
    }
    return undefined
  }

  async #newThread (isHarmful: boolean): Promise<SandboxThread> {
    const engine = await this.#compiled()
    if (this.#isClosed) throw new Error('the sandbox is closed')
    // Harmful tasks leave the others as many starts as they may need at a time.
    if (!this.#starts.take(isHarmful ? this.#options.most : 0)) throw new Error('many workers have ended: another one starts soon')
    const thread = new SandboxThread({ engine, limits: this.#options.limits })
    this.#threads.add(thread)
    return thread
  }

  #keep (thread: SandboxThread): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.findIndex((idle) => idle.thread === thread), 1)
      this.#end(thread)
    }, this.#options.idleTime).unref()
    this.#idle.push({ thread, timer })
  }

  async #end (thread: SandboxThread): Promise<void> {
    await thread.end()
    this.#threads.delete(thread)
  }

  #compiled (): Promise<object> {
    this.#engine ??= compileEngine(this.#options.file, this.#options.limits.memory).catch((error: unknown) => {
      // The next script tries again.
      this.#engine = undefined
      throw error
    })
    return this.#engine
  }
}
