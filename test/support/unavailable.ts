import type { Test } from 'tap'
import type { Reply } from './client.ts'

/** The one body that a client gets while the store or an adapter of the host does not do its work. */
const body = '{"success":false,"error":"Service Unavailable","errorType":"error-service-unavailable"}'

/** Whether this is the documented answer of a server whose store or adapter does not do its work, to the letter. */
export function isUnavailable ({ status, headers, text }: Reply): boolean {
  return status === 503 && text === body && /^[1-9]\d*$/.test(headers.get('retry-after') ?? '') &&
    headers.get('content-type') === 'application/json' && headers.get('cache-control') === 'no-store'
}

/** Asserts it. */
export function unavailable (t: Test, reply: Reply, name: string): void {
  t.ok(isUnavailable(reply), name, { found: { status: reply.status, text: reply.text, headers: [...reply.headers] } })
}
