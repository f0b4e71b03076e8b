/** The last argument of every method of a port, besides its input. */
export interface PortCall {
  /**
   * Aborted when the caller no longer waits for the answer (`adapterTimeout`).
   * A store must not start a write after that: the client has been answered
   * 503.
   */
  readonly signal: AbortSignal
  /**
   * Whether the signal is aborted. Reading this is cheaper than asking for the
   * signal: the signal is made on first use, and most calls end without it.
   */
  readonly aborted?: boolean
}
