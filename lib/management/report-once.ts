/** So many errors are remembered; when more are met, the oldest ones are told again. */
const mostRemembered = 1000

/** More errors than this of one list are not told at once. The next list tells of the others. */
const mostAtOnce = 10

/**
 * Makes a function that passes on every error once, however often it is met.
 * Errors with the same message are the same error.
 *
 * @param report is told of each error that is new.
 */
export function reportOnce (report: (error: Error) => void): (errors: readonly Error[]) => void {
  const told = new Set<string>()
  return (errors) => {
    let left = mostAtOnce
    for (const error of errors) {
      if (left === 0) return
      if (told.has(error.message)) continue
      const [oldest] = told
      if (told.size >= mostRemembered && oldest !== undefined) told.delete(oldest)
      told.add(error.message)
      report(error)
      left--
    }
  }
}
