import { Value } from '@sinclair/typebox/value'
import type { Message } from '../../examples/chat/records.ts'
import { type IncomingInput, type IncomingIntegrationView, IntegrationReplySchema } from '../../schemas/index.ts'
import { incomingBody } from './bodies.ts'
import { headersOf } from './chat.ts'
import { create, type Example } from './example.ts'
import { unchecked } from './unchecked.ts'

/** An incoming webhook of a running example server. */
export class Hook {
  readonly integration: IncomingIntegrationView
  /** The address that senders are given; a profile may follow. */
  readonly url: string
  readonly #example: Example

  private constructor (example: Example, integration: IncomingIntegrationView) {
    this.#example = example
    this.integration = integration
    this.url = `${example.address}${integration.hookPath}`
  }

  /** Creates an incoming webhook that posts into `#general`. */
  static async create (example: Example, fields: Partial<IncomingInput> = {}): Promise<Hook> {
    const body: unknown = await (await create(example, headersOf.admin, { ...incomingBody, ...fields })).json()
    Value.Assert(IntegrationReplySchema, body)
    const { integration } = body
    if (integration.type !== 'webhook-incoming') throw new Error(`another type: ${integration.type}`)
    return new Hook(example, integration)
  }

  /** The messages that this webhook has posted into `#general`, the oldest first. */
  async messages (): Promise<Message[]> {
    return (await messagesIn(this.#example, 'general')).filter(({ bot }) => bot?.i === this.integration._id)
  }
}

/** All messages of a public channel that are kept, the oldest first. */
export async function messagesIn (example: Example, roomName: string): Promise<Message[]> {
  const reply = await fetch(`${example.address}/api/v1/channels.messages?count=0&roomName=${roomName}`, { headers: headersOf.admin })
  return unchecked<{ messages: Message[] }>(await reply.json()).messages.reverse()
}
