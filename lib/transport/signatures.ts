import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import type { TransportSignature } from '../ports/transport.ts'

const prefix = 'whsec_'

/**
 * The headers that prove who sent a body: those of Standard Webhooks, and
 * `X-Hub-Signature-256`, which has room for one signature only and has that of
 * the newest secret.
 *
 * `webhook-signature` is keyed with the decoded bytes of a secret,
 * `x-hub-signature-256` with its whole text.
 *
 * @param body exactly the bytes that are sent.
 * @param seconds the time of this attempt, in seconds since 1970.
 * @throws TypeError when a secret has no key: anybody could forge its signature.
 */
export function signatureHeaders (
  { id, secrets }: TransportSignature, body: Uint8Array, seconds: number
): Record<string, string> {
  const [newest] = secrets
  const named = { 'webhook-id': id, 'webhook-timestamp': String(seconds) }
  // Also without a signature, a receiver can tell that a delivery comes again.
  if (newest === undefined) return named
  const signed = `${id}.${seconds}.`
  return {
    ...named,
    'webhook-signature': secrets
      .map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(signed).update(body).digest('base64')}`)
      .join(' '),
    'x-hub-signature-256': `sha256=${createHmac('sha256', newest).update(body).digest('hex')}`
  }
}

function keyOf (secret: string): Buffer {
  const key = Buffer.from(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret, 'base64')
  if (key.length === 0) throw new TypeError('a secret of the integration is empty')
  return key
}
