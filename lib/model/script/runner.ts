import { hash } from 'node:crypto'
import type { ConsoleLine } from '../../../schemas/history.ts'
import type { Integration } from '../../../schemas/index.ts'
import { ScriptFailedError } from '../../errors/refusals.ts'
import type { Calls } from '../../guard/calls.ts'
import { sandbox } from '../../guard/tables/sandbox.ts'
import type { ScriptFailure, ScriptMethod } from '../../ports/sandbox.ts'

/** The words for the reason of a failure that a sender may read. They tell nothing of the script. */
export type ToldReason = 'threw' | 'late' | 'too-large' | 'does-not-compile' | 'no-sandbox'

/** The end of a run. */
export type ScriptEnd =
  | { readonly kind: 'ran', readonly result: unknown, readonly hasMethod: boolean, readonly console: readonly ConsoleLine[] }
  | ScriptFault
  /** The sandbox had no room. Running the script again later may succeed. */
  | { readonly kind: 'busy', readonly console: readonly ConsoleLine[], readonly cause: ScriptFailedError }

/** A script did not run to its end, because of the script itself, or because nothing runs scripts. */
export interface ScriptFault {
  readonly kind: 'fault'
  readonly told: ToldReason
  /** For the history: the reason, and the error of the script with its place. */
  readonly error: string
  readonly console: readonly ConsoleLine[]
}

/** One run of one method. */
export interface ScriptCall {
  readonly integrationId: string
  readonly script: string
  readonly method: ScriptMethod
  /** JSON data. */
  readonly argument: unknown
}

/** The longest error of a script in the history, in UTF-16 units. */
const longestError = 500

/** So many integrations have values of `Store` in this process. Those of the integration that ran the longest time ago go first. */
const mostStores = 1000

const told: Readonly<Record<Exclude<ScriptFailure, 'busy'>, ToldReason>> = {
  syntax: 'does-not-compile',
  'no-class': 'does-not-compile',
  threw: 'threw',
  pending: 'threw',
  result: 'threw',
  late: 'late',
  paused: 'late',
  memory: 'too-large',
  'input-too-large': 'too-large',
  'output-too-large': 'too-large',
  'no-sandbox': 'no-sandbox'
}

/** Sentences for failures that come without an error of the script. */
const sentences: Readonly<Record<ScriptFailure, string>> = {
  syntax: 'the script does not compile',
  'no-class': 'the script defines no class Script',
  threw: 'the script threw an error',
  pending: 'the promise that the method returned is never settled',
  result: 'the method returned something that is no JSON data',
  late: 'the script took more time than this server allows',
  paused: 'the last five runs of the script were late or ended their worker, so it runs again in a minute',
  memory: 'the script took more memory than this server allows',
  'input-too-large': 'the script, or the data that it is given, is larger than this server allows',
  'output-too-large': 'the method returned more than this server allows',
  'no-sandbox': 'the integration has an enabled script, and this server runs no scripts',
  busy: 'too many scripts wait, or the server is closing'
}

/** Runs that are only tried. */
interface Trial {
  readonly line: string
  readonly onEnd: (method: ScriptMethod, end: ScriptEnd) => void
  /** The values that the real runs of an integration have set. */
  readonly valuesOf: (integrationId: string) => Values | undefined
}

interface Values {
  /** The hash of the script that set them. */
  readonly script: string
  readonly values: Map<string, unknown>
}

/** Runs the scripts of integrations, and keeps the values of `Store` for each of them. */
export class ScriptRunner {
  /** Present where runs are only tried. */
  readonly #trial: Trial | undefined
  /** By integration, the one that ran last at the end. */
  readonly #stores = new Map<string, Values>()

  /** @param trial where runs are only tried. */
  constructor (trial?: Trial) {
    this.#trial = trial
  }

  /**
   * A runner whose runs begin with the values of this one, and change none.
   *
   * @param line the runs of one line wait for one another, whatever their integration.
   * @param onEnd told of each run.
   */
  rehearsal (line: string, onEnd: Trial['onEnd']): ScriptRunner {
    return new ScriptRunner({ line, onEnd, valuesOf: (integrationId) => this.#stores.get(integrationId) })
  }

  /**
   * Runs one method.
   *
   * @throws IntegrationError `error-service-unavailable` when the sandbox is away or does not answer in time.
   */
  async run (calls: Calls, call: ScriptCall): Promise<ScriptEnd> {
    const end = await this.#run(calls, call)
    this.#trial?.onEnd(call.method, end)
    return end
  }

  async #run (calls: Calls, { integrationId, script, method, argument }: ScriptCall): Promise<ScriptEnd> {
    try {
      const store = this.#valuesOf(integrationId, script)
      const ran = await calls.ask(sandbox.run, { integrationId: this.#trial?.line ?? integrationId, script, method, argument, store })
      return { kind: 'ran', ...ran }
    } catch (error) {
      if (!(error instanceof ScriptFailedError)) throw error
      return endOf(error)
    }
  }

  /** Another script begins without values. */
  #valuesOf (integrationId: string, source: string): Map<string, unknown> {
    const script = hash('sha256', source, 'base64')
    const known = this.#stores.get(integrationId) ?? copyOf(this.#trial?.valuesOf(integrationId))
    const kept = known?.script === script ? known : { script, values: new Map<string, unknown>() }
    this.#stores.delete(integrationId)
    this.#stores.set(integrationId, kept)
    const [eldest] = this.#stores.keys()
    if (this.#stores.size > mostStores && eldest !== undefined) this.#stores.delete(eldest)
    return kept.values
  }
}

/** The script that is to be run; undefined when there is none, or when it is switched off. */
export function activeScript ({ scriptEnabled, script }: Pick<Integration, 'scriptEnabled' | 'script'>): string | undefined {
  return scriptEnabled && script !== undefined && script.trim() !== '' ? script : undefined
}

function copyOf (kept: Values | undefined): Values | undefined {
  return kept && { ...kept, values: new Map(kept.values) }
}

function endOf (failed: ScriptFailedError): ScriptEnd {
  const { reason, console } = failed
  if (reason === 'busy') return { kind: 'busy', console, cause: failed }
  const { name, message } = scriptProblem(failed)
  const what = failed.thrown === undefined ? message : `${name}: ${message}`
  return { kind: 'fault', told: told[reason], error: `${reason}: ${what}`, console }
}

/** The error of a script as people read it: with its place, and not too long. */
export function scriptProblem ({ reason, thrown }: ScriptFailedError): { readonly name: string, readonly message: string } {
  if (thrown === undefined) return { name: 'Error', message: sentences[reason] }
  const { name, message, stack } = thrown
  const [, line, column] = /script:(\d{1,9}):(\d{1,9})/.exec(stack ?? '') ?? []
  const place = line === undefined ? '' : ` (line ${line}, column ${column})`
  // The place is worth more than the end of a long message.
  return { name, message: message.slice(0, longestError - place.length) + place }
}
