/** The number of errors that are remembered. The oldest error is forgotten first and may be reported again. */
const mostRemembered = 1000

/** The greatest number of errors that one list reports. The next list reports the others. */
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
