import { randomBytes } from 'node:crypto'
import { customAlphabet } from 'nanoid'

/** Letters and digits without those that are easily confused (0 O, 1 l I, U V). */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz'

/** The `_id` of a new integration: 17 characters, 98 bits from node:crypto, evenly distributed. */
export const newIntegrationId = customAlphabet(alphabet, 17)

/** The token that posts to an incoming webhook: 48 characters, 277 bits. */
export const newIncomingToken = customAlphabet(alphabet, 48)

/** The token that an outgoing webhook sends along: 24 characters, 138 bits. */
export const newOutgoingToken = customAlphabet(alphabet, 24)

/** The secret that signs the requests of an outgoing webhook: `whsec_`, as Standard Webhooks recommends, and 32 random bytes in base64. */
export function newSigningSecret (): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** The `webhook-id` of a delivery: `msg_`, as Standard Webhooks recommends, and 22 characters, 127 bits. */
export function newWebhookId (): string {
  return `msg_${webhookId()}`
}

const webhookId = customAlphabet(alphabet, 22)
