import { setMaxListeners } from 'node:events'
import type { PortCall } from '../ports/call.ts'
import type { IdempotencyClaim } from '../ports/store.ts'
import type { IncomingIntegration, OutgoingIntegration } from '../../schemas/index.ts'

/** A call that is never given up. */
export const patient: PortCall = { signal: new AbortController().signal }
// Cases that run at the same time share it.
setMaxListeners(0, patient.signal)

/** A call that was given up before it began. */
export const givenUp: PortCall = { signal: AbortSignal.abort() }

/** An incoming webhook with the fields that every one has. */
export function incomingRecord (changes: Partial<IncomingIntegration> = {}): IncomingIntegration {
  return {
    _id: 'xY5qzpZ2WzoBP8msi',
    type: 'webhook-incoming',
    name: 'testHook',
    enabled: true,
    username: 'rocket.cat',
    userId: 'rocketCatId',
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    overrideDestinationChannelEnabled: false,
    token: 'aFh7dWyTX2nMNHGJ5tEgqYSxJYvo3i9RAK6BP4sZmQwcLb8k',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z',
    // A copy: a case that spoils its record must not spoil the samples of another case.
    ...structuredClone(changes)
  }
}

/** An outgoing webhook with the fields that every one has. */
export function outgoingRecord (changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return {
    _id: '3aazpZ2WzoBP8msi9',
    type: 'webhook-outgoing',
    name: 'Testing via REST API',
    enabled: false,
    username: 'rocket.cat',
    userId: 'rocketCatId',
    event: 'sendMessage',
    urls: ['http://text2gif.guggy.com/guggify'],
    channel: ['#general'],
    scriptEnabled: false,
    scriptEngine: 'isolated-vm',
    skipTranspile: false,
    token: 'wZ2WzoBP8msi93aazpYtRq7K',
    _createdAt: '2017-01-06T13:23:46.018Z',
    _createdBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' },
    _updatedAt: '2017-01-06T13:23:46.018Z',
    // A copy: a case that spoils its record must not spoil the samples of another case.
    ...structuredClone(changes)
  }
}

/** Every optional field of an incoming webhook. */
export const everyIncomingOption = {
  channelIds: ['#generalId'],
  script: 'class Script {}\n',
  scriptError: { name: 'SyntaxError', message: 'Unexpected token' },
  alias: 'Guggy',
  avatar: 'http://res.guggy.com/logo_128.png',
  emoji: ':ghost:',
  _updatedBy: { _id: 'aobEdbYhXfu5hkeqG', username: 'graywolf336' }
} satisfies Partial<IncomingIntegration>

/** Every optional field of an outgoing webhook. */
export const everyOutgoingOption = {
  ...everyIncomingOption,
  triggerWords: ['!guggy', '!gif'],
  triggerWordAnywhere: true,
  targetRoom: '#general',
  targetRoomId: '#generalId',
  secret: 'whsec_YW4gZXhhbXBsZSBvZiBhIGtleTogMzIgYnl0ZXMgISE=',
  previousSecret: { secret: 'whsec_YW4gZXhhbXBsZSBvZiBhIGZvcm1lciBrZXk6IDMyIGI=', until: '2017-01-07T13:23:46.018Z' },
  switchedOff: { at: '2017-01-06T13:23:46.018Z', reason: 'the receiver has answered 410' },
  runOnEdits: false,
  impersonateUser: true,
  retryFailedCalls: true,
  retryCount: 4,
  retryDelay: 'powers-of-ten'
} satisfies Partial<OutgoingIntegration>

/** Texts that a store might take apart, re-encode, cut or match as a pattern. */
export const awkwardTexts = [
  '',
  ' ',
  'naïve 日本語 👩‍👩‍👧 \u202E',
  // Half a surrogate pair, in either half: JSON can say it, UTF-8 cannot.
  'high \uD83D',
  'low \uDE00',
  'nul \0 in \0 it',
  '\r\n$5\r\nhello\r\n*1\r\n',
  'a:b:{c}:*:?[d]\\',
  '{chat-integrations}:changes',
  '"\'`\\" %s %d </script> \u2028\u2029',
  '\uFEFFbom',
  '[]',
  '1.1|{"_id":"x"}',
  '__proto__'
] as const

let claims = 0

/** A claim with a key and a token of its own. */
export function newClaim (fields: Partial<IdempotencyClaim> = {}): IdempotencyClaim {
  const number = claims++
  return { key: `key-${number}`, fingerprint: 'fingerprint', token: `token-${number}`, lapsesAfter: 60_000, keptFor: 60_000, ...fields }
}
