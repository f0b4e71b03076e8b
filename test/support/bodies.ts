import type { IncomingInput, OutgoingInput } from '../../schemas/index.ts'

/** The body of the API document's first call. */
export const incomingBody = {
  type: 'webhook-incoming',
  username: 'rocket.cat',
  channel: '#general',
  scriptEnabled: false,
  name: 'testHook',
  enabled: true
} as const satisfies IncomingInput

/** The body of the API document's second call. */
export const outgoingBody = {
  type: 'webhook-outgoing',
  name: 'Testing via REST API',
  event: 'sendMessage',
  enabled: false,
  channel: '#general',
  username: 'rocket.cat',
  urls: ['http://text2gif.guggy.com/guggify'],
  scriptEnabled: false
} satisfies OutgoingInput
