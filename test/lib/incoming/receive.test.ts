import { Buffer } from 'node:buffer'
import { test } from 'tap'
import type { Ports } from '../../../lib/guard/ports.ts'
import { defaultProfile } from '../../../lib/incoming/profiles/default.ts'
import { profileNamed } from '../../../lib/incoming/profiles/index.ts'
import { type HookReply, type IncomingFacts, Receiver } from '../../../lib/incoming/receive.ts'
import { ScriptRunner } from '../../../lib/model/script/runner.ts'
import { refused } from '../../../lib/incoming/outcome.ts'
import { MemoryStore } from '../../../lib/index.ts'
import type { IncomingIntegration } from '../../../schemas/index.ts'
import { callsOf } from '../../support/calls.ts'
import { type Behaviours, type ChatMessenger, chatMessenger } from '../../support/chat-messenger.ts'
import { hookRecord, watched } from '../../support/ports.ts'
import { storeWith } from '../../support/store-with.ts'
import { workspace } from '../../support/workspace.ts'

const { directory } = workspace()

/** A request of a sender. */
interface Sent {
  readonly integration?: IncomingIntegration
  readonly deliveryId?: string
  readonly profile?: 'slack' | 'mattermost' | 'discord'
  readonly wait?: boolean
}

/** A receiver, and what it asks and keeps. */
interface Receiving {
  readonly messenger: ChatMessenger
  readonly facts: IncomingFacts[]
  /** Sends a payload. */
  send (payload: unknown, sent?: Sent): Promise<HookReply>
}

function receiving (behaviours: Behaviours = {}, ports: Partial<Ports> = {}, timeout = 5_000): Receiving {
  const messenger = chatMessenger(behaviours)
  const facts: IncomingFacts[] = []
  const newCalls = () => callsOf({ store: new MemoryStore(), ...ports, messenger }, timeout)
  const receiver = new Receiver({ maxTextLength: 40_000, idempotencyTtl: 60_000, timeout }, newCalls, (given) => { facts.push(given) }, new ScriptRunner())
  return {
    messenger,
    facts,
    send: async (payload, { integration = hookRecord(), deliveryId, profile = '', wait = false } = {}) => {
      const body = typeof payload === 'string' ? Buffer.from(payload) : Buffer.from(JSON.stringify(payload))
      const found = profileNamed(profile)
      if (found === undefined) throw new Error(`no profile ${profile}`)
      return await receiver.receive({ integration, body, contentType: undefined, deliveryId, profile: found, wishes: { wait }, sender })
    }
  }
}

/** The parts of a request that only scripts see. */
const sender = { headers: {}, url: '' }

/** Status and body of the answer, as one text. */
function answerOf ({ answer: { status, body } }: HookReply): string {
  return `${status} ${body}`
}

const several = hookRecord({ channel: ['#general', '#team', '@owner'] })
const unavailable = '503 {"success":false,"error":"Service Unavailable"}'
const success = '200 {"success":true,"ok":true}'

test('a payload is posted at every destination of the integration', async (t) => {
  const { send, messenger, facts } = receiving()
  const reply = await send({ text: ' hello ', username: 'CI' }, { integration: several })
  t.equal(answerOf(reply), success)
  t.match(reply, { replayed: false, failed: undefined, causes: [] })
  t.strictSame(messenger.asked, ['check #GENERAL', 'check #teamId', 'check @ownerId', 'post #GENERAL', 'post #teamId', 'post @ownerId'], 'each is checked before the first post')
  for (const { as, message } of messenger.posts) {
    t.strictSame({ as, message }, {
      as: { _id: 'rocket.cat', username: 'rocket.cat' },
      message: { text: 'hello', alias: 'CI', parseUrls: true, groupable: false, bot: { i: several._id } }
    })
  }
  t.match(facts, [{ type: 'incoming-webhook', step: 'sent-message', status: 200, messages: [{ channel: '#general', _id: 'message-1' }, {}, {}] }])
})

test('?wait=true tells the messages', async (t) => {
  const reply = await receiving().send({ text: 'a' }, { integration: several, wait: true })
  t.equal(answerOf(reply), '200 {"success":true,"ok":true,"messages":[{"channel":"#general","_id":"message-1"},{"channel":"#team","_id":"message-2"},{"channel":"@owner","_id":"message-3"}]}')
})

test('a messenger that answers later, and one without check', async (t) => {
  const later = receiving({ later: true })
  t.equal(answerOf(await later.send({ text: 'a' }, { integration: several })), success)
  t.strictSame(later.messenger.asked.slice(0, 3), ['check #GENERAL', 'check #teamId', 'check @ownerId'])
  const without = receiving({ withoutCheck: true })
  t.equal(answerOf(await without.send({ text: 'a' }, { integration: several })), success)
  t.strictSame(without.messenger.asked, ['post #GENERAL', 'post #teamId', 'post @ownerId'])
})

test('the steps come in order: the earlier failure wins, and later steps make no call', async (t) => {
  const script = { scriptEnabled: true, script: 'class Script {}' }
  const lost = { userId: 'goneId', channel: ['#gone'] }
  for (const [what, payload, changes, expected, calls] of [
    ['a broken body before the script', '{"text":', { ...script, ...lost }, /^400 .*\[error-invalid-payload\]/, []],
    ['the account before the script', '{}', { ...script, ...lost }, /^400 \{"success":false,"error":"error-invalid-user"\}$/, ['directory.findUser("goneId")']],
    ['the script before the message', '{}', script, /^400 .*"errorType":"error-running-script","details":\{"reason":"no-sandbox"\}/, ['directory.findUser("rocket.cat")']],
    ['the message before the account', '{"channel":"#general"}', lost, /^400 .*\[error-no-message\]/, []],
    ['the account before the destinations', { text: 'a', channel: '#nowhere' }, lost, /^400 \{"success":false,"error":"error-invalid-user"\}$/, ['directory.findUser("goneId")']],
    ['the destinations before the messenger', { text: 'a' }, { channel: ['#general', '#gone'] }, /^400 \{"success":false,"error":"invalid-channel"\}$/,
      ['directory.findUser("rocket.cat")', 'directory.findRoom("general")', 'directory.findRoom("gone")']],
    ['an override that is not allowed', { text: 'a', channel: '#general' }, {}, /^400 \{"success":false,"error":"overriding destination channel is disabled for this integration"\}$/,
      ['directory.findUser("rocket.cat")']]
  ] as const) {
    const asked: string[] = []
    const { send, messenger } = receiving({}, { directory: watched('directory', directory, asked) })
    t.match(answerOf(await send(payload, { integration: hookRecord({ ...changes, channel: [...('channel' in changes ? changes.channel : ['#general'])] }) })), expected, what)
    t.strictSame(asked, calls, what)
    t.strictSame(messenger.posts, [], what)
  }
})

test('an enabled script that nothing runs fails closed; without a script the flag means nothing', async (t) => {
  const { send, messenger } = receiving()
  for (const profile of [undefined, 'slack', 'mattermost', 'discord'] as const) {
    const { answer } = await send({ text: 'a' }, { integration: hookRecord({ scriptEnabled: true, script: 'x' }), ...(profile && { profile }) })
    t.equal(answer.status, 400)
    t.notMatch(answer.body, 'class')
  }
  t.strictSame(messenger.asked, [])
  t.equal(answerOf(await send({ text: 'a' }, { integration: hookRecord({ scriptEnabled: true }) })), success)
  t.equal(answerOf(await send({ text: 'a' }, { integration: hookRecord({ scriptEnabled: false, script: 'x' }) })), success)
})

test('the account is looked up at every call, by its _id', async (t) => {
  const users = [{ _id: 'u1', username: 'bot' }]
  const moved = { ...directory, findUser: (key: string) => users.find(({ _id, username }) => key === _id || key === username) }
  const { send, messenger } = receiving({}, { directory: moved })
  const integration = hookRecord({ userId: 'u1', username: 'bot' })
  await send({ text: 'a' }, { integration })
  users.splice(0, 1, { _id: 'u1', username: 'renamed' })
  await send({ text: 'a' }, { integration })
  t.strictSame(messenger.posts.map(({ as }) => as.username), ['bot', 'renamed'])
  users.splice(0, 1, { _id: 'u2', username: 'bot' }, { _id: 'u3', username: 'u1' })
  for (const [profile, expected] of [
    [undefined, '400 {"success":false,"error":"error-invalid-user"}'], ['slack', '404 no_service'],
    ['mattermost', '400 {"id":"error-invalid-user","message":"error-invalid-user","status_code":400}'], ['discord', '400 {"code":0,"message":"error-invalid-user"}']
  ] as const) {
    t.equal(answerOf(await send({ text: 'a' }, { integration, ...(profile && { profile }) })), expected, 'another user that has the name, and one that is named like the _id')
  }
  t.equal(messenger.posts.length, 2)
})

test('the account of the integration posts, whatever the payload says', async (t) => {
  const { send, messenger } = receiving()
  await send({ text: 'a', username: 'admin', alias: 'root', userId: 'adminId', as: { _id: 'adminId' }, bot: { i: 'x' }, _id: 'm' })
  t.match(messenger.posts, [{ as: { _id: 'rocket.cat' }, message: { alias: 'admin', bot: { i: 'xY5qzpZ2WzoBP8msi' } } }])
  t.notOk('_id' in (messenger.posts[0]?.message ?? {}))
})

test('one refusal of a check means that nothing is posted, and the answer is its bare word', async (t) => {
  for (const word of ['error-not-allowed', 'error-message-size-exceeded', 'room_is_blocked', 'You_have_been_muted', 'any other word']) {
    const { send, messenger, facts } = receiving({ check: { '#teamId': { refuse: word } } })
    const reply = await send({ text: 'a' }, { integration: several })
    t.equal(answerOf(reply), `400 {"success":false,"error":"${word}"}`)
    t.strictSame(messenger.asked, ['check #GENERAL', 'check #teamId', 'check @ownerId'])
    t.match(facts, [{ step: 'check-destinations', error: word, messages: [{ channel: '#team', error: word }] }])
  }
})

test('of several refusals the first in order counts, and a failure goes before a refusal', async (t) => {
  const refusals = receiving({ check: { '@ownerId': { refuse: 'third' }, '#teamId': { refuse: 'second' } } })
  t.equal(answerOf(await refusals.send({ text: 'a' }, { integration: several })), '400 {"success":false,"error":"second"}')
  const mixed = receiving({ check: { '#teamId': { refuse: 'second' }, '@ownerId': { fail: new Error('away') } } })
  const reply = await mixed.send({ text: 'a' }, { integration: several })
  t.equal(answerOf(reply), unavailable)
  t.match(reply.failed, { retryAfter: 5, cause: { code: 'error-service-unavailable' } })
  t.strictSame(mixed.messenger.posts, [])
})

test('a messenger that fails, hangs or answers garbage: 503, to be sent again', async (t) => {
  for (const behaviour of [{ fail: new Error('away') }, { fail: 'text' }, { answer: undefined }, { answer: { _id: '' } }, 'hang'] as const) {
    for (const later of [false, true]) {
      const post = receiving({ post: { '#GENERAL': behaviour }, later }, {}, 60)
      const reply = await post.send({ text: 'a' })
      t.equal(answerOf(reply), unavailable)
      t.match(reply.failed, { status: 503, retryAfter: 5, cause: { cause: Error } })
      t.match(post.facts, [{ step: 'post-message', status: 503, error: 'error-service-unavailable', messages: [{ channel: '#general', error: 'error-service-unavailable' }] }])
      if (typeof behaviour === 'object' && 'answer' in behaviour) continue
      const check = receiving({ check: { '#GENERAL': behaviour }, later }, {}, 60)
      t.equal(answerOf(await check.send({ text: 'a' })), unavailable)
      t.strictSame(check.messenger.posts, [])
    }
  }
})

test('check, post and everything else share the time of the request', async (t) => {
  const { send } = receiving({ check: { '#GENERAL': 'hang' }, post: { '#GENERAL': 'hang' } }, {}, 100)
  const start = performance.now()
  t.equal(answerOf(await send({ text: 'a' })), unavailable)
  t.ok(performance.now() - start < 5_000)
})

test('once one message is posted the answer is 200, and what failed stands beside it', async (t) => {
  const cause = new Error('away')
  const { send, facts } = receiving({ post: { '#teamId': { fail: cause }, '@ownerId': { refuse: 'room_is_blocked' } } })
  const reply = await send({ text: 'a' }, { integration: several, wait: true })
  t.equal(answerOf(reply), '200 {"success":true,"ok":true,"messages":[{"channel":"#general","_id":"message-1"},{"channel":"#team","error":"error-service-unavailable"},{"channel":"@owner","error":"room_is_blocked"}]}')
  t.match(reply, { failed: undefined, causes: [{ cause: { cause } }] }, 'the failure is for the log')
  t.match(facts, [{ step: 'sent-message', status: 200, messages: [{ _id: 'message-1' }, { error: 'error-service-unavailable' }, { error: 'room_is_blocked' }] }])
  t.notMatch(JSON.stringify(facts), 'away')
})

test('posts that are all refused', async (t) => {
  const { send } = receiving({ post: { '#GENERAL': { refuse: 'room_is_blocked' }, '#teamId': { refuse: 'x' }, '@ownerId': { refuse: 'y' } } })
  t.equal(answerOf(await send({ text: 'a' }, { integration: several })), '400 {"success":false,"error":"room_is_blocked"}')
})

test('the reason that a messenger gives for a refusal is for the log, and not for the sender', async (t) => {
  const cause = new Error('the room is read-only')
  for (const reply of [
    await receiving({ check: { '#GENERAL': { refuse: 'error-not-allowed', cause } } }).send({ text: 'a' }),
    await receiving({ post: { '#GENERAL': { refuse: 'error-not-allowed', cause } } }).send({ text: 'a' })
  ]) {
    t.equal(answerOf(reply), '400 {"success":false,"error":"error-not-allowed"}')
    t.match(reply, { failed: { cause }, causes: [] })
  }
  const part = await receiving({ post: { '#teamId': { refuse: 'x', cause } } }).send({ text: 'a' }, { integration: several })
  t.match(part, { failed: undefined, causes: [cause] })
  const second = new Error('another reason')
  const both = await receiving({ check: { '#GENERAL': { refuse: 'x', cause }, '#teamId': { refuse: 'y', cause: second } } }).send({ text: 'a' }, { integration: several })
  t.match(both, { failed: { cause }, causes: [second] })
  t.equal(both.causes.length, 1)
})

const open = hookRecord({ overrideDestinationChannelEnabled: true })

test('destinations of the payload', async (t) => {
  for (const [payload, asked] of [
    [{ channel: '#team' }, ['#teamId']],
    [{ channel: ['#team', '@owner', 'general'] }, ['#teamId', '@ownerId', '#GENERAL']],
    [{ roomId: 'teamId' }, ['#teamId']],
    [{ roomId: ['teamId', 'GENERAL'] }, ['#teamId', '#GENERAL']],
    [{ channel: '', roomId: 'teamId' }, ['#teamId']],
    [{ channel: '  ' }, ['#GENERAL']],
    [{ channel: null, roomId: [] }, ['#GENERAL']],
    [{ channel: {} }, ['#GENERAL']]
  ] as const) {
    const { send, messenger } = receiving()
    t.equal(answerOf(await send({ text: 'a', ...payload }, { integration: open })), success, JSON.stringify(payload))
    t.strictSame(messenger.asked.filter((call) => call.startsWith('post')), asked.map((name) => `post ${name}`), JSON.stringify(payload))
  }
  const { send } = receiving()
  t.equal(answerOf(await send({ text: 'a', channel: '' })), success, 'a blank channel is no override')
  t.equal(answerOf(await send({ text: 'a', roomId: 'GENERAL' })), '400 {"success":false,"error":"overriding destination channel is disabled for this integration"}')
  t.equal(answerOf(await send({ text: 'a', channel: '#general' })), '400 {"success":false,"error":"overriding destination channel is disabled for this integration"}', 'also for its own')
})

test('a place that is asked for under several names gets one message', async (t) => {
  const { send, messenger } = receiving({}, {})
  const payload = { text: 'a', channel: ['#general', 'general', '#GENERAL', '#team', '@owner', '@ownerId', '#general'] }
  const { answer } = await send(payload, { integration: open, wait: true })
  t.strictSame(messenger.asked, ['check #GENERAL', 'check #teamId', 'check @ownerId', 'post #GENERAL', 'post #teamId', 'post @ownerId'])
  t.match(JSON.parse(answer.body).messages, [
    { channel: '#general', _id: 'message-1' }, { channel: 'general', _id: 'message-1' }, { channel: '#GENERAL', _id: 'message-1' },
    { channel: '#team', _id: 'message-2' }, { channel: '@owner', _id: 'message-3' }, { channel: '@ownerId', _id: 'message-3' }
  ], 'and each name has its line')
  const own = receiving()
  await own.send({ text: 'a' }, { integration: hookRecord({ channel: ['#general', '#GENERAL'] }) })
  t.strictSame(own.messenger.asked, ['check #GENERAL', 'post #GENERAL'], 'also among the destinations of the integration')
  const refused = receiving({ post: { '#GENERAL': { refuse: 'x', cause: new Error('once') } } })
  t.equal((await refused.send({ ...payload, separateResponse: true }, { integration: open })).causes.length, 1, 'one cause')
})

test('separateResponse: each destination stands for itself', async (t) => {
  const { send, messenger } = receiving({ check: { '#teamId': { refuse: 'room_is_blocked' } }, post: { '@ownerId': { refuse: 'You_have_been_muted' } } })
  const payload = { text: 'a', separateResponse: true, channel: ['#nowhere', '#team', '@owner', '#general'] }
  const expected = '{"responses":[{"channel":"#nowhere","error":"invalid-channel"},{"channel":"#team","error":"room_is_blocked"},{"channel":"@owner","error":"You_have_been_muted"},{"channel":"#general","message":{"_id":"message-1"}}],"success":true}'
  t.equal(answerOf(await send(payload, { integration: open })), `200 ${expected}`)
  t.strictSame(messenger.asked, ['check #teamId', 'check @ownerId', 'check #GENERAL', 'post @ownerId', 'post #GENERAL'])
  for (const [separateResponse, status] of [[false, 400], ['true', 400], [1, 400]] as const) {
    t.equal((await send({ ...payload, separateResponse }, { integration: open })).answer.status, status, 'only true says so')
  }
  for (const [profile, answer] of [['slack', '200 ok'], ['mattermost', '200 ok'], ['discord', '204 ']] as const) {
    t.equal(answerOf(await send(payload, { integration: open, profile })), answer)
  }
})

test('separateResponse: all failed', async (t) => {
  const { send } = receiving({ check: { '#teamId': { refuse: 'room_is_blocked' } } })
  const payload = { text: 'a', separateResponse: true, channel: ['#nowhere', '#team'] }
  t.equal(answerOf(await send(payload, { integration: open })),
    '400 {"responses":[{"channel":"#nowhere","error":"invalid-channel"},{"channel":"#team","error":"room_is_blocked"}],"success":false,"error":"invalid-channel"}')
  t.equal(answerOf(await send(payload, { integration: open, profile: 'slack' })), '404 channel_not_found')
  const away = receiving({ check: { '#teamId': { refuse: 'room_is_blocked' } }, post: { '#GENERAL': { fail: new Error('away') } } })
  const reply = await away.send({ ...payload, channel: ['#team', '#general'] }, { integration: open })
  t.equal(answerOf(reply), unavailable, 'sending again helps')
})

test('an adapter that fails is a 503, never a refusal', async (t) => {
  const fail = async (): Promise<never> => { throw new Error('away') }
  for (const ports of [{ directory: { ...directory, findUser: fail } }, { directory: { ...directory, findRoom: fail } }, { hasPermission: fail }]) {
    const { send, messenger } = receiving({}, ports)
    const reply = await send({ text: 'a', channel: '#team' }, { integration: open })
    t.equal(answerOf(reply), unavailable)
    t.match(reply.failed, { retryAfter: 5, cause: { cause: { cause: { message: 'away' } } } })
    t.strictSame(messenger.asked, [])
  }
})

test('sent again: nothing is posted, and the answer is as the first was', async (t) => {
  for (const [profile, wait, separate, expected] of [
    [undefined, false, false, success],
    [undefined, true, false, '200 {"success":true,"ok":true,"messages":[{"channel":"#general","_id":"message-1"}]}'],
    [undefined, false, true, '200 {"responses":[{"channel":"#general","message":{"_id":"message-1"}}],"success":true}'],
    ['slack', true, false, '200 ok'],
    ['mattermost', false, false, '200 ok'],
    ['discord', false, false, '204 ']
  ] as const) {
    const { send, messenger, facts } = receiving({}, { store: new MemoryStore() })
    const sent = { deliveryId: 'd1', wait, ...(profile && { profile }) }
    const payload = { text: 'a', ...(separate && { separateResponse: true }) }
    const first = await send(payload, sent)
    const again = await send(payload, sent)
    t.equal(answerOf(first), expected)
    t.equal(answerOf(again), expected)
    t.strictSame([first.replayed, again.replayed], [false, true])
    t.equal(messenger.posts.length, 1)
    t.match(facts, [{ step: 'sent-message', webhookId: 'd1' }, { step: 'sent-before', webhookId: 'd1', status: first.answer.status, messages: [{ _id: 'message-1' }] }])
    t.match(await send({ ...payload, text: 'b' }, sent), { replayed: false }, 'another body is another delivery')
    t.match(await send(payload, { ...sent, deliveryId: 'd2' }), { replayed: false })
    t.match(await send(payload, { ...sent, integration: hookRecord({ _id: 'anotherHook123456' }) }), { replayed: false })
    t.equal(messenger.posts.length, 4)
  }
})

test('sent again to Discord with wait: the same message', async (t) => {
  const { send } = receiving({}, { store: new MemoryStore() })
  const sent = { deliveryId: 'd1', wait: true, profile: 'discord' } as const
  const first = await send({ content: ' disk full ' }, sent)
  t.match(JSON.parse(first.answer.body), { id: 'message-1', content: 'disk full', channel_id: 'general', timestamp: /^\d{4}-.*Z$/ })
  t.equal(answerOf(await send({ content: ' disk full ' }, sent)), answerOf(first))
})

test('sent again in the words of another profile', async (t) => {
  const { send, messenger } = receiving({}, { store: new MemoryStore() })
  await send({ text: 'a', content: 'b' }, { deliveryId: 'd1' })
  t.equal(answerOf(await send({ text: 'a', content: 'b' }, { deliveryId: 'd1', profile: 'slack' })), '200 ok')
  t.match(JSON.parse((await send({ text: 'a', content: 'b' }, { deliveryId: 'd1', profile: 'discord', wait: true })).answer.body), { id: 'message-1', content: 'b' })
  t.equal(messenger.posts.length, 1)
})

test('sent again after a refusal or a failure: tried again, with the same ids for the host', async (t) => {
  const posts: Record<string, { refuse: string } | { fail: Error }> = { '#GENERAL': { fail: new Error('away') } }
  const { send, messenger } = receiving({ post: posts }, { store: new MemoryStore() })
  t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), unavailable)
  posts['#GENERAL'] = { refuse: 'x' }
  t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), '400 {"success":false,"error":"x"}')
  delete posts['#GENERAL']
  t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), success)
  t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), success)
  t.equal(messenger.posts.length, 3)
  t.equal(new Set(messenger.posts.map(({ deliveryId }) => deliveryId)).size, 1)
})

test('sent again after a messenger that was late: the message may still be posted, so it is not posted again', async (t) => {
  for (const [behaviours, posts] of [
    [{ post: { '#GENERAL': 'hang' as const } }, 1],
    [{ check: { '#GENERAL': 'hang' as const } }, 0]
  ] as const) {
    const memory = new MemoryStore()
    // However long this machine takes, the claim does not lapse.
    const store = storeWith({ claim: (claim, call) => memory.claim({ ...claim, lapsesAfter: 60_000 }, call) }, memory)
    const { send, messenger } = receiving(behaviours, { store }, 100)
    t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), unavailable)
    const again = await send({ text: 'a' }, { deliveryId: 'd1' })
    t.equal(again.failed?.code, posts === 1 ? 'error-delivery-under-way' : 'error-service-unavailable')
    t.equal(messenger.posts.length, posts)
    t.strictSame(messenger.asked, posts === 1 ? ['check #GENERAL', 'post #GENERAL'] : ['check #GENERAL', 'check #GENERAL'])
  }
})

test('a store that cannot be asked for the delivery: nothing is posted', async (t) => {
  const { send, messenger } = receiving({}, { store: storeWith({ claim: async () => { throw new Error('away') } }) })
  t.equal(answerOf(await send({ text: 'a' }, { deliveryId: 'd1' })), unavailable)
  t.strictSame(messenger.asked, [])
  t.equal(answerOf(await send({ text: 'a' })), success, 'a delivery without an id needs no store')
})

test('a note that fails: the message is posted, the answer says so, and the log hears of it', async (t) => {
  const { send } = receiving({}, { store: storeWith({ settle: async () => { throw new Error('away') } }) })
  const reply = await send({ text: 'a' }, { deliveryId: 'd1' })
  t.equal(answerOf(reply), success)
  t.match(reply, { failed: undefined, causes: [{ code: 'error-service-unavailable' }] })
})

test('a text that is too long is cut, and the history says so', async (t) => {
  const { send, messenger, facts } = receiving()
  t.equal(answerOf(await send({ text: 'x'.repeat(40_001), attachments: 5 })), success)
  t.equal(messenger.posts[0]?.message.text, `${'x'.repeat(39_999)}…`)
  t.match(facts, [{ notes: [/cut/, /attachments/] }])
})

test('the history says why nothing was posted, where the answer does not', async (t) => {
  const gone = receiving()
  const orphan = hookRecord({ overrideDestinationChannelEnabled: true, _createdBy: { _id: 'gone', username: 'gone' } })
  t.equal(answerOf(await gone.send({ text: 'a', channel: '#general' }, { integration: orphan })), '400 {"success":false,"error":"error-not-allowed"}')
  t.match(gone.facts, [{ step: 'find-destinations', error: 'error-not-allowed', notes: ['the reason is creator-gone'] }])
  const scripted = receiving()
  await scripted.send({ text: 'a' }, { integration: hookRecord({ scriptEnabled: true, script: 'class Script {}' }) })
  t.match(scripted.facts, [{ error: 'error-running-script', notes: ['the reason is no-sandbox'] }])
})

test('facts for the history: payload, time and secrets', async (t) => {
  const kept: Array<readonly [IncomingFacts, readonly string[]]> = []
  const receiver = new Receiver({ maxTextLength: 100, idempotencyTtl: 1_000, timeout: 5_000 }, () => callsOf({ messenger: chatMessenger() }), (...given) => { kept.push(given) }, new ScriptRunner())
  const request = { sender, contentType: undefined, deliveryId: undefined, profile: defaultProfile, wishes: { wait: false } }
  const integration = hookRecord({ script: 'class Script {}' })
  await receiver.receive({ ...request, integration, body: Buffer.from('{"text":"a"}') })
  await receiver.receive({ ...request, integration: hookRecord(), body: Buffer.from('{"text":') })
  receiver.refuse({ ...request, integration }, refused('error-refused'))
  t.match(kept, [
    [{ _id: /^[\w-]{17}$/, type: 'incoming-webhook', integration: { _id: integration._id }, finished: true, data: { text: 'a' }, status: 200, duration: Number }, [integration.token, 'class Script {}']],
    [{ data: '{"text":', error: 'error-invalid-payload', status: 400, step: 'read-body' }, [integration.token]],
    [{ error: 'error-refused', status: 400, data: undefined }, [integration.token, 'class Script {}']]
  ])
  for (const [{ _createdAt, _updatedAt }] of kept) t.ok(Date.parse(_createdAt) <= Date.parse(_updatedAt))
})
