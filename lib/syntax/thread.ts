import { Worker } from 'node:worker_threads'
import { onceLate } from '../base/once-late.ts'
import type { ScriptError } from '../ports/syntax.ts'

/** Twice what the parser needs for ordinary code of 64 KiB. With everything beside it, the thread stays below 100 MB. */
const resourceLimits = { maxOldGenerationSizeMb: 40, maxYoungGenerationSizeMb: 8, stackSizeMb: 4 }

/** The longest time that the thread may take to load the parser, in milliseconds. */
const longestStart = 10_000

/**
 * The deadline of a check counts CPU time. On a busy machine, a check may take
 * this many times its deadline in wall time. After that, the check ends as late.
 */
const deadlinesOfWaiting = 8

type EndOfThread = 'closed' | 'late' | 'memory' | 'failed'

/** The errors of a script whose check ended the thread. */
const scriptErrors: Readonly<Record<Exclude<EndOfThread, 'closed'>, ScriptError>> = {
  late: { name: 'TimeoutError', message: 'The script takes too long to be checked: make it shorter or simpler' },
  memory: { name: 'RangeError', message: 'The script takes too much memory to be checked: make it shorter or simpler' },
  failed: { name: 'RangeError', message: 'The parser fails on the script: make it shorter or simpler' }
}

/**
 * A thread with a parser, as the rest of the process sees it. It checks one
 * script at a time. A script that takes too much time or memory ends the thread.
 */
export class SyntaxThread {
  readonly #worker: Worker
  readonly #ready: Promise<unknown>
  #settle: { resolve: (error: ScriptError | undefined) => void, reject: (error: Error) => void } | undefined
  /** The reason why the thread has ended or will end soon. */
  #end: EndOfThread | undefined
  #ended = false

  /** Starts the thread. */
  constructor () {
    this.#worker = new Worker(new URL('./worker.js', import.meta.url), {
      name: 'script-syntax',
      // Nothing of the host is in reach: neither its secrets, nor what its flags load, nor its streams.
      env: {},
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits
    })
    let cause: unknown
    this.#worker.on('message', (error: ScriptError | undefined) => { this.#settle?.resolve(error) })
    this.#worker.on('error', (error) => {
      cause = error
      this.#end ??= 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'failed'
    })
    this.#worker.on('exit', () => {
      this.#ended = true
      this.#settle?.reject(new Error('the thread of the parser ended', { cause }))
    })
    this.#ready = this.#answer(longestStart, longestStart)
    // The check that waits for it tells.
    this.#ready.catch(() => {})
  }

  /** Whether the thread can check no further script. */
  get ended (): boolean {
    return this.#ended
  }

  /**
   * Checks a script.
   *
   * @param deadline how long the parser may take, in milliseconds of CPU time. Neither the start of the thread counts,
   *   nor time in which the machine did not run the process.
   * @throws Error when the thread did not start or was told to end.
   */
  async check (source: string, deadline: number): Promise<ScriptError | undefined> {
    await this.#ready
    const answer = this.#answer(deadline, deadline * deadlinesOfWaiting)
    this.#worker.postMessage(source)
    try {
      return await answer
    } catch (error) {
      if (this.#end === 'closed') throw error
      return scriptErrors[this.#end ?? 'failed']
    }
  }

  /** Ends the thread, also during a check. Resolves when the thread has ended. */
  async end (): Promise<void> {
    this.#end ??= 'closed'
    await this.#worker.terminate()
  }

  /**
   * Waits for the next message of the thread, or for its end. Only meanwhile does the thread keep the process alive.
   *
   * @param running how long the process may run until then, in milliseconds of CPU time.
   * @param waiting how much time may pass until then, in milliseconds.
   */
  #answer (running: number, waiting: number): Promise<ScriptError | undefined> {
    return new Promise<ScriptError | undefined>((resolve, reject) => {
      this.#worker.ref()
      const [start, before] = [performance.now(), process.cpuUsage()]
      const left = (): number => {
        const { user, system } = process.cpuUsage(before)
        return Math.min(running - (user + system) / 1000, waiting - (performance.now() - start))
      }
      const endWaiting = onceLate(left, () => {
        this.#end ??= 'late'
        this.#worker.terminate()
      })
      const done = (): void => {
        endWaiting()
        this.#settle = undefined
        // Somebody waits for the end of a worker that was told to end.
        if (this.#end === undefined) this.#worker.unref()
      }
      this.#settle = {
        resolve: (error) => { done(); resolve(error) },
        reject: (error) => { done(); reject(error) }
      }
    })
  }
}
