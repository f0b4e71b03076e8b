/** The questions that the server of the hostile hook requests answers. */
export type HookQuestion = 'port' | 'state'

/** The state of that server. */
export interface HookState {
  /** The longest time for which the event loop did nothing else since the last question, in milliseconds. */
  readonly longestTurn: number
  /** Lines of the log that hold a token, right or wrong. */
  readonly leaks: readonly string[]
  /** Lines of the log at the level of an error. */
  readonly errors: readonly string[]
  /** Whether every object inherits something that it did not inherit at the start. */
  readonly isPolluted: boolean
  /** Rejections that nobody handled, and warnings. */
  readonly complaints: readonly string[]
}
