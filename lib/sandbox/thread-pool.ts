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
  /** How many threads there may be. */
  readonly most: number
  /** Told when a thread has become free, or has ended. `cause` is there when a thread could not be started. */
  readonly onChange: (cause?: unknown) => void
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
}

/** The end of a run in a thread. */
export interface ThreadEnd {
  readonly outcome: Outcome
  /** Whether the run took its thread along. */
  readonly isThreadGone: boolean
}

/** So many more threads than there may be at a time start without a pause. */
const spareStarts = 8

/** A thread that is ready and runs nothing. */
interface Idle {
  readonly thread: SandboxThread
  /** Ends the thread. */
  readonly timer: NodeJS.Timeout
}

/**
 * The threads that run scripts. They are started when they are needed, and end
 * when they are not. A task is given to a thread that is ready: no task waits
 * for one certain thread.
 */
export class ThreadPool {
  readonly #options: Required<ThreadPoolOptions>
  /** All threads that were started and have not ended. */
  readonly #threads = new Set<SandboxThread>()
  /** The one that ran last at the end. */
  readonly #idle: Idle[] = []
  readonly #starts: Spacing
  #starting = 0
  #running = 0
  #engine: Promise<object> | undefined
  #isClosed = false

  constructor (options: ThreadPoolOptions) {
    this.#options = { idleTime: 60_000, startInterval: 1000, ...options }
    this.#starts = new Spacing(this.#options.most + spareStarts, this.#options.startInterval)
  }

  /** How many threads there are, those that start included. */
  get size (): number {
    return this.#starting + this.#running + this.#idle.length
  }

  /** How many threads start. */
  get starting (): number {
    return this.#starting
  }

  /** How many threads are ready and run nothing. */
  get idle (): number {
    for (const { thread, timer } of this.#idle.filter(({ thread }) => thread.ended)) {
      clearTimeout(timer)
      this.#forget(thread)
    }
    return this.#idle.length
  }

  /** Whether a thread remains for other tasks when one of those that are idle takes its thread along. */
  get leavesOne (): boolean {
    const { most } = this.#options
    return most === 1 || this.#idle.length > 1 || this.#idle.length + this.#running === most
  }

  /** Whether no thread starts or runs something: nothing will change by itself. */
  get isQuiet (): boolean {
    return this.#starting + this.#running === 0
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
   * Starts one more thread.
   *
   * @param isHarmful whether it is for tasks that may take it along: they leave the others as many starts as these may need at a time.
   * @returns false when there are enough threads, or too many were started.
   */
  grow (isHarmful: boolean): boolean {
    if (this.#isClosed || this.size >= this.#options.most || !this.#starts.take(isHarmful ? this.#options.most : 0)) return false
    this.#starting++
    this.#start().then(
      (thread) => { this.#starting--; this.#keep(thread); this.#options.onChange() },
      (cause: unknown) => { this.#starting--; this.#options.onChange(cause ?? new Error('a worker could not be started')) }
    )
    return true
  }

  /**
   * Runs a task in a thread that is idle. Never fails: the end of the thread is an outcome.
   *
   * @throws Error when no thread is idle.
   */
  run (task: Task): Promise<ThreadEnd> {
    const { thread, timer } = this.#idle.pop() ?? {}
    if (thread === undefined) throw new Error('no worker is idle')
    clearTimeout(timer)
    this.#running++
    return this.#end(thread, thread.run(task))
  }

  /** Ends the threads. Tasks that are under way fail as `busy`. */
  async close (): Promise<void> {
    this.#isClosed = true
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer)
    await Promise.all(Array.from(this.#threads, (thread) => thread.end()))
    this.#threads.clear()
  }

  async #start (): Promise<SandboxThread> {
    const engine = await this.#compiled()
    if (this.#isClosed) throw new Error('the sandbox is closed')
    const thread = new SandboxThread({ engine, limits: this.#options.limits })
    this.#threads.add(thread)
    try {
      await thread.started()
    } catch (cause) {
      this.#threads.delete(thread)
      throw cause
    }
    return thread
  }

  async #end (thread: SandboxThread, running: Promise<Outcome>): Promise<ThreadEnd> {
    const outcome = await running
    if (outcome.failure !== undefined && outcome.isBroken === true) await thread.end()
    this.#running--
    const isThreadGone = thread.ended
    if (isThreadGone) this.#threads.delete(thread)
    else this.#keep(thread)
    return { outcome, isThreadGone }
  }

  #keep (thread: SandboxThread): void {
    const timer = setTimeout(() => {
      this.#forget(thread)
      thread.end()
    }, this.#options.idleTime).unref()
    this.#idle.push({ thread, timer })
  }

  #forget (thread: SandboxThread): void {
    this.#threads.delete(thread)
    this.#idle.splice(this.#idle.findIndex((idle) => idle.thread === thread), 1)
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
