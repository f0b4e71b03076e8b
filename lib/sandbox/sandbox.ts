import { ScriptFailedError } from '../errors/refusals.ts'
import type { PortCall } from '../ports/call.ts'
import type { Sandbox, ScriptFailure, ScriptResult, ScriptRun } from '../ports/sandbox.ts'
import { engineFile } from './engine.ts'
import { Lines } from './lines.ts'
import { checkedOptions, type ScriptSandboxOptions } from './options.ts'
import type { Done, Outcome, StoreChange, Task } from './protocol.ts'
import { Standings } from './standings.ts'
import { type ThreadEnd, ThreadPool } from './thread-pool.ts'

/** The line of scripts that are loaded and not run. No integration has this name. */
const loadLine = ''

/** A task that waits or is under way. */
interface Job {
  readonly line: string
  readonly script: string
  readonly run: ScriptRun | undefined
  /** The argument as JSON. */
  readonly argument: string
  readonly call: PortCall
  readonly settle: (outcome: Outcome) => void
}

/**
 * Runs scripts in worker threads. Each run gets a fresh QuickJS engine,
 * compiled to WebAssembly, with a memory of its own. No script reaches files,
 * the network or the process.
 *
 * Needs the package `quickjs-wasi`.
 */
export class ScriptSandbox implements Sandbox {
  readonly #options: Required<ScriptSandboxOptions>
  readonly #pool: ThreadPool
  readonly #standings = new Standings()
  readonly #lines: Lines<Job>
  /** How many jobs are under way. */
  #running = 0
  #isClosed = false

  /**
   * @throws InvalidOptionError
   * @throws Error when the package `quickjs-wasi` is not installed.
   */
  constructor (options: ScriptSandboxOptions = {}) {
    this.#options = checkedOptions(options)
    const { workers, waitingPerIntegration, waiting } = this.#options
    this.#pool = new ThreadPool({ file: engineFile(), limits: this.#options, most: workers })
    // Of several workers, one is always there for integrations that are proven.
    const limits = { perLine: waitingPerIntegration, inAll: waiting, doubtful: Math.max(1, workers - 1) }
    this.#lines = new Lines(limits, (line) => this.#standings.of(line))
  }

  /**
   * Compiles the engine. Opens the sandbox again after it was closed.
   *
   * @throws Error when the engine cannot be compiled.
   */
  async start (): Promise<void> {
    this.#isClosed = false
    await this.#pool.open()
  }

  /**
   * Runs a method of a script when its turn comes. A run whose call is given up
   * while it waits fails as `busy`. A run whose call is given up later writes
   * nothing to `store`.
   *
   * @throws ScriptFailedError
   */
  async run (run: ScriptRun, call: PortCall): Promise<ScriptResult> {
    const { script, integrationId } = run
    if (this.#standings.isPaused(integrationId)) throw new ScriptFailedError('paused')
    const argument = this.#textOf(run.argument, script)
    const { hasMethod, result, console } = ended(await this.#queued({ line: integrationId, script, run, argument, call }))
    return { result: result === undefined ? undefined : JSON.parse(result), hasMethod, console }
  }

  /**
   * Loads a script when its turn comes. All scripts that are loaded wait for one
   * another: they never take more than one worker.
   *
   * @throws ScriptFailedError
   */
  async load (script: string, call: PortCall): Promise<void> {
    const argument = this.#textOf(null, script)
    ended(await this.#queued({ line: loadLine, script, run: undefined, argument, call }))
  }

  /** Ends the workers. Runs that wait or are under way fail as `busy`. */
  async close (): Promise<void> {
    this.#isClosed = true
    for (const job of this.#lines.clear()) job.settle(refused('the sandbox is closed'))
    await this.#pool.close()
  }

  /** @throws ScriptFailedError when the argument or the script is too large. */
  #textOf (argument: unknown, script: string): string {
    let json: string | undefined
    try {
      json = JSON.stringify(argument) ?? 'null'
    } catch (cause) {
      // The nesting is too deep for the stack.
      if (cause instanceof RangeError) throw new ScriptFailedError('input-too-large', { cause })
      throw cause
    }
    const most = this.#options.input
    if (Buffer.byteLength(json) > most || Buffer.byteLength(script) > most) throw new ScriptFailedError('input-too-large')
    return json
  }

  #queued (fields: Omit<Job, 'settle'>): Promise<Outcome> {
    const { call } = fields
    return new Promise((resolve) => {
      if (this.#isClosed) return resolve(refused('the sandbox is closed'))
      if (isGivenUp(call)) return resolve(refused('the caller waits no longer'))
      let stopListening = (): void => {}
      const job: Job = { ...fields, settle: (outcome) => { stopListening(); resolve(outcome) } }
      if (!this.#lines.add(job)) return resolve(refused('too many runs wait'))
      this.#work()
      if (!this.#lines.has(job)) return
      const giveUp = (): void => { if (this.#lines.delete(job)) job.settle(refused('the caller waits no longer')) }
      stopListening = () => { call.signal.removeEventListener('abort', giveUp) }
      call.signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  #work (): void {
    while (this.#running < this.#options.workers) {
      const job = this.#lines.next()
      if (job === undefined) return
      this.#running++
      this.#endOf(job).then((end) => {
        const { outcome } = end
        this.#running--
        // Before the next run of the integration begins.
        if (outcome.failure === undefined && !isGivenUp(job.call)) keep(outcome.changes, job.run?.store)
        if (job.run !== undefined && !isRefusal(outcome.failure)) this.#note(job.line, end)
        this.#lines.done(job)
        job.settle(outcome)
        this.#work()
      })
    }
  }

  #note (line: string, { outcome: { failure }, isThreadGone }: ThreadEnd): void {
    this.#standings.note(line, { isLate: failure === 'late' || isThreadGone, tookMemory: failure === 'memory' })
  }

  /** Never fails. */
  async #endOf ({ line, script, run, argument }: Job): Promise<ThreadEnd> {
    // The runs before this one may have been late.
    if (run !== undefined && this.#standings.isPaused(line)) return without({ failure: 'paused', console: [] })
    try {
      const store = new Map(Array.from(run?.store ?? [], ([key, value]) => [key, JSON.stringify(value)]))
      const task: Task = { script, argument, store, ...(run !== undefined && { method: run.method }) }
      return await this.#pool.run(task, this.#standings.of(line) === 'harmful')
    } catch (cause) {
      return without({ failure: 'busy', console: [], cause })
    }
  }
}

/** The end of a run that did not begin. */
function without (outcome: Outcome): ThreadEnd {
  return { outcome, isThreadGone: false }
}

function refused (why: string): Outcome {
  return { failure: 'busy', console: [], cause: new Error(why) }
}

function isGivenUp (call: PortCall): boolean {
  return call.aborted ?? call.signal.aborted
}

function keep (changes: readonly StoreChange[], store?: Map<string, unknown>): void {
  for (const [key, json] of changes) {
    if (json === undefined) store?.delete(key)
    else store?.set(key, JSON.parse(json))
  }
}

/** Whether nothing of the script has run. */
function isRefusal (failure: ScriptFailure | undefined): boolean {
  return failure === 'busy' || failure === 'paused'
}

/** @throws ScriptFailedError when the run failed. */
function ended (outcome: Outcome): Done {
  if (outcome.failure === undefined) return outcome
  const { failure, thrown, console, cause } = outcome
  throw new ScriptFailedError(failure, { console, ...(thrown !== undefined && { thrown }), ...(cause !== undefined && { cause }) })
}
