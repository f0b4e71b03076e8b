import { Worker } from 'node:worker_threads'
import { onceLate } from '../base/once-late.ts'
import type { Failed, Outcome, Task, WorkerStart } from './protocol.ts'
import { Stopwatch } from './stopwatch.ts'

/** The memory of scripts is not part of it: the engine bounds that memory. The stack is much larger than the engine's own. */
const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 8 }

/** The longest time that a worker may take to start, in milliseconds. */
const longestStart = 10_000

/** So much later than the engine, the thread is ended, in milliseconds. Most of it is for the argument and the result. */
const grace = 250

type EndOfThread = 'closed' | 'late' | 'memory' | 'failed'

/** A worker that runs scripts, as the rest of the process sees it. It runs one at a time. */
export class SandboxThread {
  readonly #worker: Worker
  readonly #time: number
  readonly #ready: Promise<Outcome>
  #settle: ((outcome: Outcome) => void) | undefined
  /** The reason why the thread has ended or will end soon. */
  #end: EndOfThread | undefined
  #ended = false
  #cause: unknown

  /** Starts the thread. */
  constructor (workerData: WorkerStart) {
    this.#time = workerData.limits.time
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      name: 'script-sandbox',
      workerData,
      // Nothing of the host is in reach: neither its secrets, nor what its flags load, nor its streams.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits
    })
    this.#worker.on('message', (outcome: Outcome) => { this.#settle?.(outcome) })
    this.#worker.on('error', (error) => {
      this.#cause = error
      this.#end ??= 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed'
    })
    this.#worker.on('exit', () => {
      this.#ended = true
      this.#settle?.(this.#outcomeOfEnd())
    })
    this.#ready = this.#outcome(longestStart, 0)
  }

  /** Whether the thread runs no further script. */
  get ended (): boolean {
    return this.#ended || this.#end !== undefined
  }

  /** Runs a task. Never fails: the end of the thread is an outcome. */
  async run (task: Task): Promise<Outcome> {
    await this.#ready
    // A worker that does not start is not the fault of the script.
    if (this.ended) return { failure: 'busy', console: [], cause: this.#cause ?? new Error('a worker did not start in time, or was ended') }
    const outcome = this.#outcome(this.#time, grace)
    this.#worker.postMessage(task)
    return await outcome
  }

  /** Ends the thread, also during a run. Resolves when the thread has ended. */
  async end (): Promise<void> {
    this.#end ??= 'closed'
    await this.#worker.terminate()
  }

  #outcomeOfEnd (): Failed {
    const cause = this.#cause
    switch (this.#end) {
      case 'closed': return { failure: 'busy', console: [], cause: new Error('the sandbox is closed') }
      case 'late':
      case 'memory': return { failure: this.#end, console: [], cause }
      default: return { failure: 'threw', thrown: { name: 'InternalError', message: 'the script broke the engine' }, console: [], cause }
    }
  }

  /** The next message of the thread, or its end. Only meanwhile does the thread keep the process alive. */
  #outcome (time: number, grace: number): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#worker.ref()
      const watch = new Stopwatch(time, grace)
      const endWaiting = onceLate(() => watch.left, () => {
        this.#end ??= 'late'
        this.#worker.terminate()
      })
      this.#settle = (outcome) => {
        endWaiting()
        this.#settle = undefined
        // Somebody waits for the end of a worker that was told to end.
        if (this.#end === undefined) this.#worker.unref()
        resolve(outcome)
      }
    })
  }
}
