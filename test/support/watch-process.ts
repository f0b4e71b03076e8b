import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Test } from 'tap'

/** What a process went through while it was watched. */
export interface Watched {
  /** How long the event loop was held at most, in milliseconds. */
  readonly held: number
  /** By how many bytes the process grew at most. */
  readonly grown: number
}

/** Watches this process until `end`, or until the end of the test. */
export function watchProcess (t: Test): { end (): Watched } {
  const before = process.memoryUsage.rss()
  let most = before
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()) }, 5)
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const stop = (): void => {
    clearInterval(timer)
    delay.disable()
  }
  t.teardown(stop)
  return {
    end () {
      stop()
      return { held: delay.max / 1e6, grown: most - before }
    }
  }
}
