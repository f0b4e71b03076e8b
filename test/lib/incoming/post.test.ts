import { test } from 'tap'
import type { Destination } from '../../../lib/incoming/destinations.ts'
import { checkPost, post, type Posting, postingOf } from '../../../lib/incoming/post.ts'
import type { HookMessage } from '../../../schemas/hooks/message.ts'
import type { Messenger, PostRequest } from '../../../lib/index.ts'
import { callsOf } from '../../support/calls.ts'
import { type Behaviour, chatMessenger } from '../../support/chat-messenger.ts'
import { hookRecord } from '../../support/ports.ts'
import { unchecked } from '../../support/unchecked.ts'

const general: Destination = { channel: 'general', id: '#GENERAL', target: { room: { _id: 'GENERAL' } } }
const owner: Destination = { channel: '@owner', id: '@ownerId', target: { user: { _id: 'ownerId', username: 'owner' } } }

const message: HookMessage = {
  text: 'Build 5 passed',
  alias: 'CI',
  attachments: [{ title: 'Log', fields: [{ title: 'a', value: 'b' }], attachments: [{ text: 'inner' }] }],
  parseUrls: false,
  groupable: false,
  customFields: { a: { b: [1] } }
}

function newPosting (deliveryKey?: string): Posting {
  return postingOf({ integration: hookRecord(), as: { _id: 'rocket.cat', username: 'rocket.cat' }, message: structuredClone(message), deliveryKey })
}

test('the messenger gets the message with the mark of the integration, and nothing secret', async (t) => {
  const messenger = chatMessenger()
  t.strictSame(await post(callsOf({ messenger }), newPosting(), general), { channel: 'general', _id: 'message-1' })
  t.strictSame(await post(callsOf({ messenger }), newPosting(), owner), { channel: '@owner', _id: 'message-2' })
  const request = {
    as: { _id: 'rocket.cat', username: 'rocket.cat' },
    to: { room: { _id: 'GENERAL' } },
    message: { ...message, bot: { i: 'xY5qzpZ2WzoBP8msi' } },
    integration: { _id: 'xY5qzpZ2WzoBP8msi', name: 'testHook', type: 'webhook-incoming' }
  }
  t.strictSame(messenger.posts, [request, { ...request, to: { user: { _id: 'ownerId', username: 'owner' } } }])
})

test('a check gets the same as the post', async (t) => {
  const requests: PostRequest[] = []
  const messenger: Messenger = { post: (request) => { requests.push(request); return { _id: 'm' } }, check: (request) => { requests.push(request) } }
  const posting = newPosting('key')
  t.equal(await checkPost(callsOf({ messenger }), posting, general), general)
  await post(callsOf({ messenger }), posting, general)
  t.strictSame(requests[0], requests[1])
})

test('a delivery has an id for each destination, the same each time', async (t) => {
  const messenger = chatMessenger()
  const calls = callsOf({ messenger })
  for (const [key, destination] of [['key', general], ['key', { ...general, channel: '#general' }], ['key', owner], ['other', general]] as const) {
    await post(calls, newPosting(key), destination)
  }
  const [first, again, elsewhere, other] = messenger.posts.map(({ deliveryId }) => deliveryId)
  t.match(first, /^[\w-]{43}$/)
  t.equal(again, first, 'by whatever name the destination is called')
  t.equal(new Set([first, elsewhere, other]).size, 3)
  await post(calls, newPosting(), general)
  t.notOk('deliveryId' in (messenger.posts.at(-1) ?? {}), 'without a key there is none')
})

test('refusals and failures', async (t) => {
  const cause = new Error('why')
  const ends: ReadonlyArray<readonly [Behaviour, object]> = [
    [{ refuse: 'room_is_blocked' }, { channel: 'general', error: 'room_is_blocked' }],
    [{ refuse: 'error-service-unavailable' }, { channel: 'general', error: 'error-service-unavailable' }],
    [{ refuse: 'any other word', cause }, { channel: 'general', error: 'any other word', cause }],
    [{ fail: new Error('away') }, { channel: 'general', error: 'error-service-unavailable', hasFailed: true, cause: { code: 'error-service-unavailable' } }],
    [{ fail: undefined }, { channel: 'general', error: 'error-service-unavailable', hasFailed: true }],
    ['hang', { channel: 'general', error: 'error-service-unavailable', hasFailed: true, cause: { cause: { code: 'FCI_ERR_ADAPTER_TIMEOUT' } } }]
  ]
  for (const [behaviour, end] of ends) {
    const refusal = typeof behaviour === 'object' && 'refuse' in behaviour
    for (const later of [false, true]) {
      const calls = callsOf({ messenger: chatMessenger({ post: { '#GENERAL': behaviour }, check: { '#GENERAL': behaviour }, later }) }, 50)
      for (const result of [await post(calls, newPosting(), general), await checkPost(calls, newPosting(), general)]) {
        t.match(result, end)
        t.equal(result !== undefined && 'hasFailed' in result, !refusal)
        if (refusal && behaviour.cause === undefined) t.notOk(result !== undefined && 'cause' in result)
      }
    }
  }
  const garbage = callsOf({ messenger: chatMessenger({ post: { '#GENERAL': { answer: 'm1' } } }) })
  t.match(await post(garbage, newPosting(), general), { error: 'error-service-unavailable', hasFailed: true })
})

test('a messenger that changes what it gets changes nothing for another destination, nor between check and post', async (t) => {
  const requests: string[] = []
  const spoil = (request: PostRequest): { _id: string } => {
    requests.push(JSON.stringify(request))
    const { as, to, message, integration } = unchecked<Record<'as' | 'to' | 'message' | 'integration', Record<string, Record<string, unknown>>>>(request)
    Object.assign(as, { _id: 'adminId' })
    Object.assign(to, { room: { _id: 'secretId' }, user: undefined })
    Object.assign(message, { text: 'spoilt', attachments: [], customFields: null, alias: undefined })
    Object.assign(message['bot'] ?? {}, { i: 'x' })
    Object.assign(integration, { _id: 'x' })
    return { _id: 'm' }
  }
  const spoilDeeply = (request: PostRequest): { _id: string } => {
    requests.push(JSON.stringify(request))
    const { to, message } = unchecked<{ to: { room?: { _id: string } }, message: { attachments: Array<{ title?: string, fields?: unknown[], attachments?: unknown[] }>, customFields: { a: { b: number[] } } } }>(request)
    if (to.room !== undefined) to.room._id = 'secretId'
    const [first] = message.attachments
    for (const change of [
      () => { message.attachments.push({}) },
      () => { if (first !== undefined) first.title = 'spoilt' },
      () => { first?.fields?.push({}) },
      () => { first?.attachments?.splice(0) },
      () => { message.customFields.a.b.push(2) },
      () => { Object.assign(message.customFields, { c: 1 }) }
    ]) t.throws(change, TypeError, 'the parts of a message are frozen')
    return { _id: 'm' }
  }
  for (const act of [spoil, spoilDeeply]) {
    requests.splice(0)
    const calls = callsOf({ messenger: { post: act, check: unchecked<Required<Messenger>['check']>(act) } })
    const posting = newPosting('key')
    for (let round = 0; round < 2; round++) {
      await checkPost(calls, posting, general)
      await post(calls, posting, general)
    }
    t.equal(requests.length, 4)
    t.strictSame(requests, [requests[0], requests[0], requests[0], requests[0]])
    t.match(JSON.parse(requests[0] ?? ''), { to: { room: { _id: 'GENERAL' } }, message })
  }
  t.strictSame(general.target, { room: { _id: 'GENERAL' } })
})
