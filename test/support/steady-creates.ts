import type { Integration } from '../../schemas/index.ts'
import { incomingBody, outgoingBody } from './bodies.ts'
import type { Client } from './client.ts'
import { integrationOf } from './integrations.ts'
import { isUnavailable } from './unavailable.ts'

/** What was answered 200, and when. */
export interface Acknowledged {
  readonly integration: Integration
  /** In milliseconds of performance.now(). */
  readonly at: number
}

/** Requests that arrive all the time, and what became of them. */
export interface SteadyCreates {
  /** What was answered 200. */
  readonly acknowledged: readonly Acknowledged[]
  /** How many were answered 503. */
  readonly failed: () => number
  /** Answers that are neither. */
  readonly others: readonly string[]
  /** How long the slowest answer took, in milliseconds. */
  readonly slowest: () => number
  /** Sends no more and waits for the last answers. */
  stop (): Promise<void>
}

/** Some connections that create one integration after the other, of both types, each under a name of its own. */
export function steadyCreates (client: Client, connections: number): SteadyCreates {
  const acknowledged: Acknowledged[] = []
  const others: string[] = []
  let failed = 0
  let sent = 0
  let slowest = 0
  const stopping = new AbortController()
  const all = Array.from({ length: connections }, async () => {
    while (!stopping.signal.aborted) {
      const number = sent++
      const begun = performance.now()
      const reply = await client.create({ ...(number % 2 === 0 ? incomingBody : outgoingBody), name: `request ${number}` })
      const at = performance.now()
      slowest = Math.max(slowest, at - begun)
      if (reply.status === 200) acknowledged.push({ integration: integrationOf(reply.body), at })
      else if (isUnavailable(reply)) failed++
      else others.push(reply.text)
    }
  })
  return {
    acknowledged,
    failed: () => failed,
    others,
    slowest: () => slowest,
    async stop () {
      stopping.abort()
      await Promise.all(all)
    }
  }
}
