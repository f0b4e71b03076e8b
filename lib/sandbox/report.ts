import type { ScriptThrown } from '../errors/refusals.ts'
import type { ScriptFailure } from '../ports/sandbox.ts'
import { ConsoleLines } from './console-lines.ts'
import type { HostCall } from './guest/set-up.ts'
import { isDeeper } from './nesting.ts'
import type { RunLimits } from './options.ts'
import type { Failed, Outcome } from './protocol.ts'
import { StoreValues } from './store-values.ts'
import { asThrown } from './thrown.ts'

/** The deepest nesting of a result, as for a body of a sender. */
const deepest = 200

/** The questions of one script, and what they tell of the run. Nothing that a script says is trusted. */
export class Report {
  readonly #limits: RunLimits
  readonly #console: ConsoleLines
  readonly #store: StoreValues
  #failure: ScriptFailure | undefined
  #thrown: ScriptThrown | undefined
  #hasMethod = true
  #result: string | undefined

  constructor (limits: RunLimits, store: ReadonlyMap<string, string>) {
    this.#limits = limits
    this.#console = new ConsoleLines(limits.consoleLines, limits.consoleBytes)
    this.#store = new StoreValues(store, { keys: limits.storeKeys, bytes: limits.storeBytes })
  }

  /** Whether the run failed already. */
  get hasFailed (): boolean {
    return this.#failure !== undefined
  }

  /** Answers a question of {@link HostCall}. */
  readonly answer: HostCall = (question, first = '', second = '', third = '') => {
    switch (question) {
      case 'log':
        this.#console.add(first, second)
        return this.#console.isFull ? 'full' : undefined
      case 'get': return this.#store.get(first)
      case 'set': return this.#store.set(first, second)
      case 'remove': return this.#store.set(first, undefined)
      case 'no-class': return this.fail('no-class')
      case 'no-method':
        this.#hasMethod = false
        return undefined
      case 'result': return this.#take(first)
      case 'too-large': return this.fail('output-too-large')
      case 'no-data': return this.fail('result')
      case 'thrown': return this.throw(first, second, third)
      default: return undefined
    }
  }

  /** Notes why the run failed. The first reason counts. */
  fail (reason: ScriptFailure): undefined {
    this.#failure ??= reason
    return undefined
  }

  /** Notes an error of the script. */
  throw (name: string, message: string, stack: string, reason: ScriptFailure = 'threw'): undefined {
    this.#thrown ??= asThrown(name, message, stack)
    if (name !== 'InternalError' || message !== 'out of memory') return this.fail(reason)
    this.#failure = 'memory'
    return undefined
  }

  /** The outcome of a run that ended within its time. */
  outcome (): Outcome {
    if (this.#failure !== undefined) return this.failed(this.#failure)
    return { hasMethod: this.#hasMethod, result: this.#result, changes: this.#store.changes, console: this.#console.lines }
  }

  /** The outcome of a run that failed for a reason that the script did not tell. */
  failed (failure: ScriptFailure): Failed {
    const tells = failure !== 'late' && failure !== 'pending'
    return { failure, ...(tells && { thrown: this.#thrown }), console: this.#console.lines }
  }

  #take (json: string): undefined {
    if (Buffer.byteLength(json) > this.#limits.output) return this.fail('output-too-large')
    if (isDeeper(json, deepest)) return this.fail('result')
    this.#result = json
    return undefined
  }
}
