import { CompileFlags, EvalFlags, JSException, type JSValueHandle, QuickJS } from 'quickjs-wasi'
import { assignedNames } from './assigned-names.ts'
import { program } from './guest/program.ts'
import type { Failed, Outcome, Task, WorkerStart } from './protocol.ts'
import { Report } from './report.ts'
import { Stopwatch } from './stopwatch.ts'
import { scriptFile } from './thrown.ts'
import { withoutExport } from '../base/without-export.ts'

/** Bytes of the engine's stack: about a thousand calls. The thread has so much stack of its own that this one ends first. */
const stackBytes = 256 * 1024

/** The answer of WASI for a stream that does not exist. */
const badDescriptor = 8

/** Finds the class, also where it is no property of the global object. */
const findClass = "typeof Script === 'undefined' ? undefined : Script"

/**
 * Runs scripts, each in a fresh engine with a memory of its own. To be used in
 * a thread that can be ended: the engine stops most scripts in time, but not
 * those that hold one of its own functions.
 */
export class Machine {
  readonly #start: WorkerStart
  readonly #program: Uint8Array

  private constructor (start: WorkerStart, compiled: Uint8Array) {
    this.#start = start
    this.#program = compiled
  }

  static async create (start: WorkerStart): Promise<Machine> {
    const vm = await QuickJS.create({ wasm: start.engine })
    try {
      return new Machine(start, vm.compile(program, 'sandbox', EvalFlags.TYPE_GLOBAL, CompileFlags.STRIP_SOURCE))
    } finally {
      vm.dispose()
    }
  }

  /** Runs a task. Never fails: an error of the engine is the error of the script. */
  async run (task: Task): Promise<Outcome> {
    const { engine, limits } = this.#start
    const report = new Report(limits, task.store)
    let watch: Stopwatch | undefined
    let isLate = false
    let vm: QuickJS
    try {
      vm = await QuickJS.create({
        wasm: engine,
        memoryLimit: limits.memory,
        maxStackSize: stackBytes,
        timezoneOffset: 0,
        // The engine would write its own messages to the streams of the process.
        wasi: () => ({ fd_write: () => badDescriptor }),
        interruptHandler: () => (isLate ||= watch !== undefined && watch.left <= 0)
      })
    } catch (cause) {
      // The machine has no memory left for an engine.
      return { failure: 'busy', console: [], cause, isBroken: true }
    }
    try {
      const steps = new Steps(vm, this.#program, report, limits)
      steps.take(task.argument)
      watch = new Stopwatch(limits.time)
      steps.run(task)
      return isLate ? report.failed('late') : report.outcome()
    } catch (error) {
      const failed = isLate ? report.failed('late') : uncontrolled(report, error)
      return { ...failed, isBroken: isOutOfControl(error) }
    } finally {
      vm.dispose()
    }
  }
}

/** Whether WebAssembly itself stopped: the stack of the thread is used up, or the engine has a fault. */
function isOutOfControl (error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && !(error instanceof JSException) && error.name === 'RuntimeError')
}

/** The outcome of a run that failed where the script is not asked any more. */
function uncontrolled (report: Report, error: unknown): Failed {
  const message = error instanceof Error ? error.message : ''
  if (/out of memory|malloc failed/.test(message)) return report.failed('memory')
  if (error instanceof RangeError) report.throw('RangeError', 'Maximum call stack size exceeded', '')
  else report.throw('InternalError', 'the script broke the engine', '')
  return report.failed('threw')
}

/** The steps of one run in one engine. */
class Steps {
  readonly #vm: QuickJS
  readonly #report: Report
  readonly #kit: JSValueHandle

  constructor (vm: QuickJS, compiled: Uint8Array, report: Report, { output, consoleBytes }: WorkerStart['limits']) {
    this.#vm = vm
    this.#report = report
    const host = vm.newFunction('host', (...texts) => {
      const [question = '', ...others] = texts.map((text) => (text.isString ? text.toString() : ''))
      const answer = report.answer(question, ...others)
      return answer === undefined ? vm.undefined : vm.newString(answer)
    })
    const longest = vm.newString(JSON.stringify({ result: output, line: consoleBytes }))
    this.#kit = vm.callFunction(vm.evalBytecode(compiled), vm.undefined, host, longest)
  }

  /** Reads the argument. Takes none of the script's time. */
  take (argument: string): void {
    this.#ask('take', this.#vm.newString(argument))
  }

  /** Loads the script and runs its method, if there is one to run. */
  run ({ script, method }: Task): void {
    this.#ask('define', this.#vm.newString(JSON.stringify(assignedNames(script))))
    const found = this.#load(withoutExport(script))
    if (found === undefined) return
    this.#ask('check', found)
    if (method === undefined || this.#report.hasFailed) return
    const end = this.#ask('run', found, this.#vm.newString(method))
    this.#vm.executePendingJobs()
    if (end.promiseState === 0) this.#report.fail('pending')
    else if (end.promiseState === 2) throw new Error('the end of the script could not be told: out of memory')
  }

  /** The value of `Script` after the script ran; undefined when the script threw. */
  #load (script: string): JSValueHandle | undefined {
    try {
      this.#vm.evalCode(script, scriptFile).dispose()
      return this.#vm.evalCode(findClass, 'sandbox')
    } catch (error) {
      if (!(error instanceof JSException)) throw error
      if (error.name === 'SyntaxError' && !this.#compiles(script)) this.#report.throw('SyntaxError', error.message, error.stack ?? '', 'syntax')
      else this.#ask('tell', error.handle)
      return undefined
    }
  }

  /** A script that compiles may throw a SyntaxError of its own. */
  #compiles (script: string): boolean {
    try {
      this.#vm.evalCode(script, scriptFile, EvalFlags.COMPILE_ONLY).dispose()
      return true
    } catch (error) {
      if (error instanceof JSException) return false
      throw error
    }
  }

  #ask (name: string, ...values: JSValueHandle[]): JSValueHandle {
    return this.#vm.callFunction(this.#kit.getProp(name), this.#vm.undefined, ...values)
  }
}
