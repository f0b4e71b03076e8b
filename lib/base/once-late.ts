/**
 * Waits until the time of somebody else's work is over, and looks again as long
 * as some of it is left. What the work has answered by then is read first: this
 * process may have been busy.
 *
 * @param left how many milliseconds are left at least; zero or less when the work is late.
 * @param late called once, when the work is late.
 * @returns ends the waiting.
 */
export function onceLate (left: () => number, late: () => void): () => void {
  let immediate: NodeJS.Immediate | undefined
  const look = (): void => {
    const milliseconds = left()
    if (milliseconds > 0) timer = setTimeout(look, Math.ceil(milliseconds))
    else immediate = setImmediate(late)
  }
  let timer = setTimeout(look, Math.ceil(Math.max(left(), 0)))
  return () => {
    clearTimeout(timer)
    clearImmediate(immediate)
  }
}
