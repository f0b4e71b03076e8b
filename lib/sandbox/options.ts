import { requireKnownOptions } from '../base/known-options.ts'
import { requireInteger } from '../base/require-integer.ts'

/** Options of {@link ScriptSandbox}. */
export interface ScriptSandboxOptions {
  /**
   * How many worker threads run scripts. Each one takes about 12 MB, beside the
   * memory of the script that it runs. An integer from 1 to 16.
   *
   * @defaultValue `2`
   */
  readonly workers?: number
  /**
   * Milliseconds of script time. A script is late when this much time has passed
   * and the process has used this much CPU time, or when four times as much time
   * has passed. An integer from 10 to 10,000.
   *
   * @defaultValue `200`
   */
  readonly time?: number
  /**
   * Bytes of memory that a script may use, the argument and the result included.
   * An integer from 2 MiB to 256 MiB.
   *
   * @defaultValue `16777216`
   */
  readonly memory?: number
  /**
   * Bytes of the argument as JSON, and bytes of the script. An integer from
   * 1,024 to 16 MiB.
   *
   * @defaultValue `1048576`
   */
  readonly input?: number
  /**
   * Bytes of the result as JSON. An integer from 1,024 to 16 MiB.
   *
   * @defaultValue `262144`
   */
  readonly output?: number
  /**
   * Lines of `console` that a run keeps. Further ones are dropped. An integer
   * from 0 to 1,000.
   *
   * @defaultValue `100`
   */
  readonly consoleLines?: number
  /**
   * Bytes of `console` that a run keeps. The line that crosses the limit is cut.
   * An integer from 0 to 1 MiB.
   *
   * @defaultValue `8192`
   */
  readonly consoleBytes?: number
  /**
   * Keys that `Store` holds for one integration. An integer from 0 to 10,000.
   *
   * @defaultValue `100`
   */
  readonly storeKeys?: number
  /**
   * Bytes that `Store` holds for one integration: the keys, and the values as
   * JSON. An integer from 0 to 16 MiB.
   *
   * @defaultValue `65536`
   */
  readonly storeBytes?: number
  /**
   * Runs that wait for one integration, beside the one that is under way. An
   * integer from 1 to 1,000.
   *
   * @defaultValue `10`
   */
  readonly waitingPerIntegration?: number
  /**
   * Runs that wait for all integrations together. An integer from 1 to 10,000.
   *
   * @defaultValue `100`
   */
  readonly waiting?: number
}

/** The limits of one run. */
export type RunLimits = Pick<Required<ScriptSandboxOptions>,
  'time' | 'memory' | 'input' | 'output' | 'consoleLines' | 'consoleBytes' | 'storeKeys' | 'storeBytes'>

const mebibyte = 1024 * 1024

/** The value that an option has by default, and its least and its largest value. */
const ranges: Readonly<Record<keyof ScriptSandboxOptions, readonly [usual: number, least: number, most: number]>> = {
  workers: [2, 1, 16],
  time: [200, 10, 10_000],
  memory: [16 * mebibyte, 2 * mebibyte, 256 * mebibyte],
  input: [mebibyte, 1024, 16 * mebibyte],
  output: [256 * 1024, 1024, 16 * mebibyte],
  consoleLines: [100, 0, 1000],
  consoleBytes: [8 * 1024, 0, mebibyte],
  storeKeys: [100, 0, 10_000],
  storeBytes: [64 * 1024, 0, 16 * mebibyte],
  waitingPerIntegration: [10, 1, 1000],
  waiting: [100, 1, 10_000]
}

/**
 * The options with their default values.
 *
 * @throws InvalidOptionError
 */
export function checkedOptions (options: ScriptSandboxOptions): Required<ScriptSandboxOptions> {
  requireKnownOptions(options, Object.keys(ranges), 'ScriptSandbox')
  const valueOf = (name: keyof ScriptSandboxOptions): number => {
    const [usual, least, most] = ranges[name]
    const value = options[name] ?? usual
    requireInteger(name, value, least, most, 'ScriptSandbox')
    return value
  }
  return {
    workers: valueOf('workers'),
    time: valueOf('time'),
    memory: valueOf('memory'),
    input: valueOf('input'),
    output: valueOf('output'),
    consoleLines: valueOf('consoleLines'),
    consoleBytes: valueOf('consoleBytes'),
    storeKeys: valueOf('storeKeys'),
    storeBytes: valueOf('storeBytes'),
    waitingPerIntegration: valueOf('waitingPerIntegration'),
    waiting: valueOf('waiting')
  }
}
