/** What a flooded server can be asked. */
export type FloodQuestion = 'port' | 'state'

/** How a server is doing. */
export interface FloodState {
  /** Bytes of the JavaScript heap that are in use after a collection. */
  readonly heap: number
  /** Timers that wait. */
  readonly timers: number
  /** Listeners on the Redis client. */
  readonly listeners: number
  /** Rejections that nobody handled, and warnings. */
  readonly complaints: readonly string[]
}
