import type { ConsoleLine } from '../../schemas/history.ts'
import type { ScriptThrown } from '../errors/refusals.ts'
import type { ScriptFailure, ScriptMethod } from '../ports/sandbox.ts'
import type { RunLimits } from './options.ts'

/** The data that a worker is started with. */
export interface WorkerStart {
  /** The compiled engine, a `WebAssembly.Module`. */
  readonly engine: object
  readonly limits: RunLimits
}

/** The work that a worker is given. */
export interface Task {
  readonly script: string
  /** Absent: the script is loaded, and no method runs. */
  readonly method?: ScriptMethod
  /** The argument of the method, as JSON. */
  readonly argument: string
  /** The values of `Store`, as JSON, by key. */
  readonly store: ReadonlyMap<string, string>
}

/** A value of `Store` that the script has set, as JSON; undefined when the script has removed the value. */
export type StoreChange = readonly [key: string, json: string | undefined]

/** A run that came to its end. */
export interface Done {
  readonly failure?: undefined
  readonly hasMethod: boolean
  /** The result as JSON; undefined when there is none. */
  readonly result: string | undefined
  readonly changes: readonly StoreChange[]
  readonly console: readonly ConsoleLine[]
}

/** A run that failed. */
export interface Failed {
  readonly failure: ScriptFailure
  readonly thrown?: ScriptThrown | undefined
  readonly console: readonly ConsoleLine[]
  /** Whether the script failed outside of the engine's control: the worker is used no more. */
  readonly isBroken?: boolean
  /** An error of the sandbox itself. */
  readonly cause?: unknown
}

/** What came of a task. */
export type Outcome = Done | Failed
