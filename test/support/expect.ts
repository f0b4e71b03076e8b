import type { Test } from 'tap'
import type { FailureDetails } from '../../lib/index.ts'
import { IncomingIntegrationViewSchema, type IncomingIntegrationView, OutgoingIntegrationViewSchema, type OutgoingIntegrationView } from '../../schemas/index.ts'
import { Value } from '@sinclair/typebox/value'
import type { Reply } from './client.ts'

/** A coded refusal, exactly: `<reason> [<code>]`. */
export function refused (t: Test, reply: Reply, code: string, reason: string, details: FailureDetails | undefined, name: string): void {
  t.equal(reply.status, 400, `${name}: 400`)
  t.strictSame(reply.body, {
    success: false,
    error: `${reason} [${code}]`,
    errorType: code,
    ...(details && { details })
  }, name)
}

/** A body that does not fit: names the field at `path` first. */
export function invalid (t: Test, reply: Reply, path: string, sentence: string | RegExp, name: string): void {
  t.equal(reply.status, 400, `${name}: 400`)
  t.match(reply.body, { success: false, errorType: 'invalid-params', error: sentence, details: { errors: [{ path, message: String }] } }, name)
}

/** The incoming webhook that a create answered. */
export function incoming (t: Test, reply: Reply): IncomingIntegrationView {
  const integration = created(t, reply)
  if (!Value.Check(IncomingIntegrationViewSchema, integration)) throw t.fail('an incoming webhook', { reply })
  return integration
}

/** The outgoing webhook that a create answered. */
export function outgoing (t: Test, reply: Reply): OutgoingIntegrationView {
  const integration = created(t, reply)
  if (!Value.Check(OutgoingIntegrationViewSchema, integration)) throw t.fail('an outgoing webhook', { reply })
  return integration
}

function created (t: Test, { status, body, text }: Reply): unknown {
  // Not the body of a success: a line separator in it would break the report of the test.
  t.equal(status, 200, status === 200 ? 'created' : text)
  t.match(body, { success: true, integration: Object })
  return typeof body === 'object' && body !== null && 'integration' in body ? body.integration : undefined
}
