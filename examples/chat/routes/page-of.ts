import { Type } from '@sinclair/typebox'

/** The part of a list that a query asks for. */
export const pageFields = {
  offset: Type.Integer({ minimum: 0, default: 0 }),
  count: Type.Integer({ minimum: 0, default: 50, description: 'At most 100; 0 for everything there is.' })
}

/** The fields of a reply that describe its part of the list. */
export const pageReplyFields = { count: Type.Integer(), offset: Type.Integer(), total: Type.Integer() }

const maxCount = 100

/** The number of items that a query asks for, with Rocket.Chat's upper limit and its meaning of 0. */
export function countOf ({ count }: { readonly count: number }): number {
  return count === 0 ? Infinity : Math.min(count, maxCount)
}
