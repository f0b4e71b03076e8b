import { Value } from '@sinclair/typebox/value'
import type { Test } from 'tap'
import { type Integration, IntegrationReplySchema } from '../../schemas/index.ts'

const alphabet = '[23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz]'

/**
 * The integration that a reply brings; the test fails unless it is a success
 * as the contract's 1.1 and 2.7 describe it.
 */
export async function integrationOf (t: Test, reply: Response): Promise<Integration> {
  t.equal(reply.status, 200)
  t.equal(reply.headers.get('content-type'), 'application/json')
  t.equal(reply.headers.get('cache-control'), 'no-store')
  const text = await reply.text()
  t.notMatch(text, /null/, 'an absent field is absent')
  const body: unknown = JSON.parse(text)
  Value.Assert(IntegrationReplySchema, body)
  t.strictSame(Object.keys(body).sort(), ['integration', 'success'])
  const { integration } = body
  t.match(integration._id, new RegExp(`^${alphabet}{17}$`))
  t.match(integration._createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  t.ok(Math.abs(Date.now() - Date.parse(integration._createdAt)) < 60_000, 'created now')
  t.equal(integration._updatedAt, integration._createdAt)
  return integration
}

/** What a generated token of this length looks like. */
export function generatedToken (length: number): RegExp {
  return new RegExp(`^${alphabet}{${length}}$`)
}
