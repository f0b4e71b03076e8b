import { requireInteger } from '../base/require-integer.ts'
import { defaultKeyPrefix, requireKeyPrefix } from '../base/workspace-name.ts'

/** Options of every queue. */
export interface QueueOptions {
  /**
   * Names the workspace, as for the store. Two workspaces never run each other's
   * deliveries. The name must not be blank and must not hold a brace.
   *
   * @defaultValue `'chat-integrations'`
   */
  readonly keyPrefix?: string
  /**
   * How many deliveries this process works on at a time. An integer from 1 to
   * 10,000.
   *
   * @defaultValue `64`
   */
  readonly concurrency?: number
  /**
   * How many deliveries to one URL of one integration the queue keeps. Further
   * ones are dropped. An integer from 1 to 1,000,000.
   *
   * @defaultValue `1000`
   */
  readonly maxWaitingPerLane?: number
}

/** The names of the options. */
export const queueOptionNames = ['keyPrefix', 'concurrency', 'maxWaitingPerLane'] as const satisfies ReadonlyArray<keyof QueueOptions>

/**
 * The options with their defaults.
 *
 * @param owner the class whose options they are.
 * @throws InvalidOptionError
 */
export function checkedQueueOptions (options: QueueOptions, owner: string): Required<QueueOptions> {
  const { keyPrefix = defaultKeyPrefix, concurrency = 64, maxWaitingPerLane = 1000 } = options
  requireKeyPrefix(keyPrefix, owner)
  requireInteger('concurrency', concurrency, 1, 10_000, owner)
  requireInteger('maxWaitingPerLane', maxWaitingPerLane, 1, 1_000_000, owner)
  return { keyPrefix, concurrency, maxWaitingPerLane }
}
