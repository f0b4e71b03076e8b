import { withoutCommand } from '../../base/redis/without-command.ts'

/** After a report, further errors are left out for so many milliseconds: while Redis is away, each attempt to connect fails. */
const silence = 10_000

/** Tells of errors of connections, a few of many. */
export class ErrorReports {
  readonly #onError: (error: Error) => void
  #reportedAt = -Infinity

  constructor (onError: (error: Error) => void) {
    this.#onError = onError
  }

  /** Never throws: it is called by listeners of connections. */
  readonly report = (error: unknown): void => {
    const now = performance.now()
    if (now - this.#reportedAt < silence) return
    this.#reportedAt = now
    const reported = withoutCommand(error)
    try {
      this.#onError(reported instanceof Error ? reported : new Error(String(reported)))
    } catch {
      // An error of the listener has no other listener.
    }
  }
}
