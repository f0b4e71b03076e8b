import type { ConsoleLine } from '../../schemas/history.ts'
import type { Awaitable } from './awaitable.ts'
import type { PortCall } from './call.ts'
import type { PortLifeCycle } from './life-cycle.ts'

/** The methods of a script's class `Script`. */
export type ScriptMethod = 'process_incoming_request' | 'prepare_outgoing_request' | 'process_outgoing_response'

/**
 * Why a script failed.
 *
 * | reason | meaning |
 * |---|---|
 * | `syntax` | the script does not compile |
 * | `no-class` | the script defines no global class `Script` that can be constructed |
 * | `threw` | the script threw an error |
 * | `pending` | a promise of the script was never settled |
 * | `late` | the script took longer than the sandbox allows |
 * | `memory` | the script needed more memory than the sandbox allows |
 * | `input-too-large`, `output-too-large` | the argument or the result is larger than the sandbox allows |
 * | `result` | the result is no JSON data |
 * | `paused` | the integration was late too often and has to wait: nothing of the script has run |
 * | `no-sandbox` | the server has no sandbox |
 * | `busy` | the sandbox has no room or is closed: the run has no effect, and a later one may succeed |
 */
export type ScriptFailure =
  | 'syntax' | 'no-class' | 'threw' | 'pending' | 'late' | 'memory' | 'input-too-large' | 'output-too-large' | 'result'
  | 'paused' | 'no-sandbox' | 'busy'

/** One run of one method of a script. */
export interface ScriptRun {
  /** The integration that the script belongs to: runs of one integration wait for one another. */
  readonly integrationId: string
  /** The source. */
  readonly script: string
  readonly method: ScriptMethod
  /** The only argument of the method. JSON data. */
  readonly argument: unknown
  /**
   * The values of `Store` for this integration, JSON data by key. The sandbox
   * reads the map when the run begins. When the run has succeeded, the sandbox
   * writes the values that the script has set.
   */
  readonly store: Map<string, unknown>
}

/** The result of a run. */
export interface ScriptResult {
  /** The value that the method returned, JSON data; undefined when there is none. */
  readonly result: unknown
  /** Whether the script has the method; without it, nothing was run. */
  readonly hasMethod: boolean
  /** The lines that the script wrote with `console`, in order. */
  readonly console: readonly ConsoleLine[]
}

/**
 * Runs scripts of integrations. Each run begins in a fresh state. No run
 * reaches the process, the network or files. The sandbox sets the limits of a
 * run: time, memory, and the sizes of argument, result and console.
 */
export interface Sandbox extends PortLifeCycle {
  /**
   * Runs a method of a script.
   *
   * @throws ScriptFailedError, which says why.
   */
  run (run: ScriptRun, call: PortCall): Awaitable<ScriptResult>
  /**
   * Loads a script without running a method: asked once when a script is saved.
   * The code outside the class runs. No instance is made.
   *
   * @throws ScriptFailedError when the script cannot be loaded. With `busy` and
   *   `late`, the script itself may be in order.
   */
  load (script: string, call: PortCall): Awaitable<void>
  /** Ends the workers of the sandbox. Runs that are under way fail. */
  close (call: PortCall): Awaitable<void>
}
