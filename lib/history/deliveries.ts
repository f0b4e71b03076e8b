/** Outgoing webhooks at work, as far as the history asks them. */
export interface Deliveries {
  /** The workspace of the queue. */
  readonly keyPrefix: string
  /**
   * Since when the receiver of a lane is paused in this process, in milliseconds
   * since 1970; undefined when it is not.
   */
  pausedSince (lane: string): number | undefined
}
