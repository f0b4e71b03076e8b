import type { Awaitable } from '../../ports/awaitable.ts'
import type { PortCall } from '../../ports/call.ts'
import type { AddOutcome, Job } from '../../ports/queue.ts'
import { type Answer, kindOf, propertyOf } from '../answer.ts'
import { methodsOf, type PortTable } from '../table.ts'

const outcome: Answer<AddOutcome> = {
  read (answer) {
    if (answer === undefined || answer === null) return { value: { full: [] } }
    const full = propertyOf(answer, 'full')
    if (!Array.isArray(full) || !full.every((id): id is string => typeof id === 'string')) return undefined
    return { value: { full } }
  },
  must: (answer) => 'nothing, or { full } with the ids of the jobs whose lanes are full; ' +
    (typeof answer === 'object' ? `full is ${kindOf(propertyOf(answer, 'full'))}` : `the answer is ${kindOf(answer)}`)
}

/** A queue that always answers which lanes are full. Its other methods belong to the life cycle. */
interface AskedQueue {
  add (jobs: readonly Job[], call: PortCall): Awaitable<AddOutcome>
}

/** The table of the port `queue`. */
export const queue = { add: methodsOf<AskedQueue>('queue')('add', outcome) } satisfies PortTable<AskedQueue>
