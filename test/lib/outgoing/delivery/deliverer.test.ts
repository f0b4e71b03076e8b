import { test } from 'tap'
import { day } from '../../../../lib/outgoing/delivery/backoff.ts'
import { historyEntry } from '../../../../lib/history/entry.ts'
import type { OutgoingIntegration } from '../../../../schemas/index.ts'
import { chatMessenger } from '../../../support/chat-messenger.ts'
import {
  answered, type DelivererChoice, delivererOf, jobOf, now, triggerRecord, unanswered, url, waitOf
} from '../../../support/deliverer.ts'
import { patient } from '../../../support/integrations.ts'
import { until } from '../../../support/until.ts'
import { members, workspace } from '../../../support/workspace.ts'

const trigger = triggerRecord()

test('a delivery: the payload with the token, signed, one entry, one report', async (t) => {
  const { handle, requests, entries, secrets, reports } = await delivererOf()
  const job = jobOf(trigger, { payload: { ...jobOf(trigger).payload, trigger_word: 'deploy' } })
  t.equal(await handle(job), 'done')
  t.strictSame(requests, [{
    url,
    method: 'POST',
    data: { token: trigger.token, ...job.payload },
    signature: { id: 'msg_1', secrets: ['whsec_c2VjcmV0'] },
    mayUseAllowed: true
  }])
  t.match(entries, [{
    type: 'outgoing-webhook',
    integration: { _id: trigger._id },
    step: 'after-http-call',
    finished: true,
    event: 'sendMessage',
    url,
    triggerWord: 'deploy',
    roomId: 'GENERAL',
    data: job.payload,
    attempt: 1,
    status: 200,
    duration: 5,
    webhookId: 'msg_1'
  }])
  t.equal(entries[0]?.error, undefined)
  t.strictSame(secrets, [[trigger.token, 'whsec_c2VjcmV0']])
  t.strictSame(reports, [{
    integration: { _id: trigger._id, name: trigger.name },
    url,
    event: 'sendMessage',
    webhookId: 'msg_1',
    roomId: 'GENERAL',
    messageId: 'm1',
    attempt: 1,
    outcome: 'delivered',
    status: 200,
    duration: 5
  }])
})

test('the former secret signs as well while its time lasts', async (t) => {
  const until = new Date(now + 1000).toISOString()
  const integration = triggerRecord({ previousSecret: { secret: 'whsec_b2xk', until } })
  const { handle, requests, clock, secrets } = await delivererOf({ integrations: [integration] })
  await handle(jobOf(integration))
  clock.now += 1001
  await handle(jobOf(integration))
  t.strictSame(requests.map(({ signature }) => signature?.secrets), [['whsec_c2VjcmV0', 'whsec_b2xk'], ['whsec_c2VjcmV0']])
  t.ok(secrets.every((hidden) => hidden.includes('whsec_b2xk')))
})

test('any 2xx is a success, with or without a body', async (t) => {
  for (const status of [200, 201, 202, 204, 299]) {
    const { handle, entries, reports } = await delivererOf({ receiver: () => answered(status) })
    t.equal(await handle(jobOf(trigger)), 'done')
    t.match([entries[0], reports[0]], [{ step: 'after-http-call', finished: true, status }, { outcome: 'delivered' }], String(status))
  }
})

test('what is tried again, with retryFailedCalls', async (t) => {
  const integration = triggerRecord({ retryFailedCalls: true, retryCount: 2, retryDelay: 'powers-of-two' })
  const passing = [
    ...[408, 425, 429, 500, 502, 503].map((status) => answered(status, 'sorry')),
    ...(['dns', 'connect', 'tls', 'timeout', 'protocol'] as const).map((kind) => unanswered(kind, true))
  ]
  for (const outcome of passing) {
    const { handle, entries, reports } = await delivererOf({ integrations: [integration], receiver: () => outcome })
    const first = await handle(jobOf(integration))
    t.match(first, { job: { id: 'msg_1', attempts: 1 } })
    t.ok(waitOf(first) >= 1600 && waitOf(first) <= 2400)
    t.match([entries[0], reports[0]], [
      { step: 'going-to-retry', finished: false, attempt: 1, error: /./, nextAttemptAt: /^2026-07-16T12:00:0[12]/ }, { outcome: 'retrying', nextAttemptAt: /^2026/ }
    ])
    t.equal(await handle(jobOf(integration, { attempts: 2 })), 'done')
    t.match([entries[1], reports[1]], [{ step: 'too-many-retries', finished: true, attempt: 3 }, { outcome: 'failed', attempt: 3 }])
  }
  const lasting = [
    ...[301, 302, 307, 400, 401, 403, 404, 422].map((status) => answered(status)),
    ...(['invalid-request', 'refused-address', 'too-large'] as const).map((kind) => unanswered(kind, false))
  ]
  for (const outcome of lasting) {
    const { handle, entries } = await delivererOf({ integrations: [integration], receiver: () => outcome })
    t.equal(await handle(jobOf(integration)), 'done')
    t.match(entries, [{ step: 'failed-for-good', finished: true, attempt: 1, error: /./ }])
  }
})

test('without retryFailedCalls, nothing is tried again', async (t) => {
  const { handle, entries } = await delivererOf({ receiver: () => answered(500, 'oh') })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(entries, [{ step: 'failed-and-not-configured-to-retry', status: 500, httpResult: 'oh', error: 'the receiver answered 500' }])
})

test('Retry-After counts', async (t) => {
  const integration = triggerRecord({ retryFailedCalls: true, retryCount: 1 })
  const { handle } = await delivererOf({ integrations: [integration], receiver: () => answered(503, '', { retryAfter: 7_000_000 }) })
  t.equal(waitOf(await handle(jobOf(integration))), 7_000_000)
})

test('an answer that breaks off after 2xx is a success, and is not sent again', async (t) => {
  const integration = triggerRecord({ retryFailedCalls: true, retryCount: 3 })
  for (const kind of ['protocol', 'timeout', 'too-large'] as const) {
    const { handle, entries, reports } = await delivererOf({ integrations: [integration], receiver: () => unanswered(kind, true, { status: 200 }) })
    t.equal(await handle(jobOf(integration)), 'done')
    t.match([entries[0], reports[0]], [{ step: 'after-http-call', status: 200, httpError: { code: kind }, notes: [/broke off/] }, { outcome: 'delivered' }])
  }
})

test('each attempt reads the integration again', async (t) => {
  const { handle, store, requests, entries } = await delivererOf()
  const change = async (changes: Partial<OutgoingIntegration>): Promise<void> => {
    const found = await store.find(trigger._id)
    if (found === null) throw new Error('not found')
    await store.replace(found, { ...triggerRecord(), ...changes }, patient)
  }
  await change({ token: 'another', secret: 'whsec_bmV3' })
  await handle(jobOf(trigger))
  t.match(requests, [{ data: { token: 'another' }, signature: { secrets: ['whsec_bmV3'] } }])
  await change({ urls: ['https://other.example/'] })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(entries[1], { step: 'url-removed', finished: true, error: /taken out/ })
  await change({ enabled: false })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(entries[2], { step: 'integration-disabled', finished: true })
  const found = await store.find(trigger._id)
  if (found !== null) await store.remove(found, patient)
  t.equal(await handle(jobOf(trigger)), 'done')
  t.equal(entries.length, 3, 'the history of a removed integration is gone')
  t.equal(requests.length, 1)
})

test('an enabled script fails closed', async (t) => {
  const scripted = triggerRecord({ scriptEnabled: true, script: 'class Script {}' })
  const { handle, requests, entries } = await delivererOf({ integrations: [scripted] })
  t.equal(await handle(jobOf(scripted)), 'done')
  t.strictSame(requests, [])
  t.match(entries, [{ step: 'execute-script-error-running-prepare_outgoing_request', error: /^no-sandbox/, attempt: 1 }])
  for (const harmless of [{ scriptEnabled: false, script: 'class Script {}' }, { scriptEnabled: true, script: ' ' }]) {
    const { handle, requests } = await delivererOf({ integrations: [triggerRecord(harmless)] })
    await handle(jobOf(trigger))
    t.equal(requests.length, 1)
  }
})

test('authority: a room that is not public needs a user that may hear it now', async (t) => {
  const { owner, admin } = members
  const ofOwner = { _createdBy: { _id: owner._id, username: owner.username }, channel: ['#team'], channelIds: ['#teamId'] }
  const cases: ReadonlyArray<readonly [string, Partial<OutgoingIntegration>, { _id: string, type: string } | undefined, RegExp | undefined]> = [
    ['a member with own', ofOwner, { _id: 'teamId', type: 'p' }, undefined],
    ['no member', { ...ofOwner, channel: ['#secret'] }, { _id: 'secretId', type: 'p' }, /^error-not-allowed/],
    ['a direct room of its own', { ...ofOwner, channel: ['@owner'] }, { _id: 'directId', type: 'd' }, undefined],
    ['a direct room of others', { ...ofOwner, channel: ['@guest'] }, { _id: 'otherId', type: 'd' }, /^error-not-allowed/],
    ['a scope with own', { ...ofOwner, channel: ['all_private_groups'], channelIds: ['all_private_groups'] }, { _id: 'teamId', type: 'p' }, /^error-not-allowed/],
    ['a type of the host', { ...ofOwner, channel: ['#secret'] }, { _id: 'secretId', type: 'l' }, /^error-not-allowed/],
    ['full', { _createdBy: { _id: admin._id, username: 'admin' } }, { _id: 'teamId', type: 'p' }, undefined],
    ['the creator is gone', { _createdBy: { _id: 'goneId', username: 'gone' } }, { _id: 'teamId', type: 'p' }, /^creator-gone/],
    ['the creator is gone, and the changer holds full', { _createdBy: { _id: 'goneId', username: 'gone' }, _updatedBy: { _id: admin._id, username: 'admin' } }, { _id: 'teamId', type: 'p' }, undefined],
    ['the creator is gone, and the changer does not', { _createdBy: { _id: 'goneId', username: 'gone' }, _updatedBy: { _id: owner._id, username: 'owner' } }, { _id: 'teamId', type: 'p' }, /^creator-gone/],
    ['a public room needs nobody', { _createdBy: { _id: 'goneId', username: 'gone' } }, { _id: 'GENERAL', type: 'c' }, undefined],
    ['a private room that was made, for a member with own', { ...ofOwner, event: 'roomCreated', channel: [], channelIds: [] }, { _id: 'teamId', type: 'p' }, undefined],
    ['a private room that was made, for no member', { ...ofOwner, event: 'roomCreated', channel: [], channelIds: [] }, { _id: 'secretId', type: 'p' }, /^error-not-allowed/],
    ['no room needs nobody', { _createdBy: { _id: 'goneId', username: 'gone' } }, undefined, undefined],
    ['impersonateUser with own', { ...ofOwner, impersonateUser: true }, { _id: 'GENERAL', type: 'c' }, /^error-not-allowed/],
    ['impersonateUser and nobody', { _createdBy: { _id: 'goneId', username: 'gone' }, impersonateUser: true }, { _id: 'GENERAL', type: 'c' }, /^creator-gone/]
  ]
  for (const [name, changes, room, error] of cases) {
    const integration = triggerRecord(changes)
    const { handle, requests, entries } = await delivererOf({ integrations: [integration] })
    const { room: _room, ...job } = jobOf(integration)
    t.equal(await handle({ ...job, ...(room !== undefined && { room }) }), 'done', name)
    t.equal(requests.length, error === undefined ? 1 : 0, name)
    t.match(entries, [error === undefined ? { step: 'after-http-call' } : { step: 'not-allowed', error, finished: true }], name)
  }
})

test('opened addresses are for creators with the full permission, or for all', async (t) => {
  const { owner } = members
  const ofOwner = triggerRecord({ _createdBy: { _id: owner._id, username: owner.username } })
  const gone = triggerRecord({ _createdBy: { _id: 'goneId', username: 'gone' } })
  for (const [integration, allowFor, expected] of [
    [trigger, 'full', true], [ofOwner, 'full', false], [gone, 'full', false], [ofOwner, 'all', true], [gone, 'all', true]
  ] as const) {
    const { handle, requests } = await delivererOf({ integrations: [integration], settings: { allowFor } })
    await handle(jobOf(integration))
    t.match(requests, [{ mayUseAllowed: expected }])
  }
})

test('a refused address is named in the log, with the options, and not in the history', async (t) => {
  const error = { code: 'refused-address', message: 'not public; outgoing.allow opens it' }
  const { handle, entries, log } = await delivererOf({ receiver: () => unanswered('refused-address', false, { error, address: '10.0.0.1' }) })
  for (let calls = 0; calls < 3; calls++) await handle(jobOf(trigger))
  t.match(log.lines, [{ message: /outgoing\.allow/, facts: { address: '10.0.0.1' } }])
  t.equal(log.lines.length, 1, 'once')
  t.notMatch(JSON.stringify(entries), /10\.0\.0\.1/)
})

test('failures of our own use up no attempt and are tried for a day', async (t) => {
  const { directory } = workspace()
  const away = (): never => { throw new Error('away') }
  const broken: DelivererChoice[] = [
    { ports: { directory: { ...directory, findUser: away } } },
    { ports: { hasPermission: away } }
  ]
  for (const choice of broken) {
    const { handle, requests, entries, log, clock } = await delivererOf(choice)
    const outcome = await handle(jobOf(trigger, { attempts: 1 }))
    t.match(outcome, { job: { attempts: 1, failures: 1 } })
    const again = await handle(jobOf(trigger, { failures: 9 }))
    t.ok(waitOf(again) >= 48_000 && waitOf(again) <= 72_000)
    t.strictSame([requests.length, entries.length], [0, 0])
    t.equal(log.lines.length, 1, 'one line for an outage')
    clock.now += day
    t.equal(await handle(jobOf(trigger)), 'done')
    t.match(entries, [{ step: 'delivery-expired', finished: true }])
  }
})

test('a delivery ends a day after its event', async (t) => {
  const { handle, requests, entries, clock } = await delivererOf()
  clock.now += day - 1
  await handle(jobOf(trigger))
  t.equal(requests.length, 1)
  clock.now += 1
  t.equal(await handle(jobOf(trigger)), 'done')
  t.equal(requests.length, 1)
  t.match(entries[1], { step: 'delivery-expired', error: /a day/ })
})

test('410 switches the integration off', async (t) => {
  const { handle, store, entries, changes } = await delivererOf({ receiver: () => answered(410) })
  t.equal(await handle(jobOf(trigger)), 'done')
  const at = new Date(now).toISOString()
  t.match(await store.find(trigger._id), { integration: { enabled: false, _updatedAt: at, switchedOff: { at, reason: /410/ } } })
  t.match(entries, [{ step: 'after-process-http-status-410', status: 410, error: /was switched off/ }])
  t.match(changes, [{ action: 'updated', integration: { enabled: false }, previous: { enabled: true }, by: { _id: 'adminId' } }])
})

test('410 of several calls at once: each entry says that the integration was switched off', async (t) => {
  const answers: Array<() => void> = []
  const { handle, entries } = await delivererOf({
    receiver: () => new Promise((resolve) => { answers.push(() => { resolve(answered(410)) }) })
  })
  const both = [handle(jobOf(trigger)), handle(jobOf(trigger, { id: 'msg_2' }))]
  await until('both calls are under way', () => answers.length === 2)
  for (const answer of answers) answer()
  await Promise.all(both)
  t.match(entries, [{ error: /was switched off/ }, { error: /was switched off/ }])
})

test('an integration that is switched on again after 410 is not paused', async (t) => {
  const { handle, store, requests, deliverer } = await delivererOf({ receiver: () => answered(requests.length === 1 ? 410 : 200) })
  await handle(jobOf(trigger))
  t.equal(deliverer.pausedSince(jobOf(trigger).lane), undefined)
  const found = await store.find(trigger._id)
  if (found === null) throw new Error('the integration is gone')
  await store.replace(found, { ...found.integration, enabled: true }, patient)
  t.equal(await handle(jobOf(trigger, { id: 'msg_2' })), 'done')
  t.equal(requests.length, 2)
})

test('410 changes nothing when the integration was changed meanwhile', async (t) => {
  const made = await delivererOf({
    async receiver () {
      const found = await made.store.find(trigger._id)
      if (found !== null) await made.store.replace(found, { ...found.integration, name: 'changed' }, patient)
      return answered(410)
    }
  })
  await made.handle(jobOf(trigger))
  t.match(await made.store.find(trigger._id), { integration: { enabled: true, name: 'changed' } })
  t.match(made.entries, [{ error: /stays as it is/ }])
  t.strictSame(made.changes, [])
})

test('410 of one of several URLs pauses this URL', async (t) => {
  const integration = triggerRecord({ urls: [url, 'https://other.example/'] })
  const { handle, store, requests, deliverer } = await delivererOf({
    integrations: [integration], receiver: (request) => answered(request.url === url ? 410 : 200)
  })
  await handle(jobOf(integration))
  t.match(await store.find(integration._id), { integration: { enabled: true } })
  t.equal(deliverer.pausedSince(jobOf(integration).lane), now)
  t.ok(waitOf(await handle(jobOf(integration))) >= 600_000, 'unspent')
  t.equal(await handle(jobOf(integration, { url: 'https://other.example/' })), 'done')
  t.equal(requests.length, 2)
})

test('after ten failures the deliveries wait, and use up no attempt', async (t) => {
  const { handle, requests, clock } = await delivererOf({ receiver: () => answered(requests.length <= 10 ? 500 : 200) })
  for (let calls = 0; calls < 10; calls++) await handle(jobOf(trigger))
  const outcome = await handle(jobOf(trigger))
  t.ok(waitOf(outcome) >= 30_000)
  t.notOk(outcome !== 'done' && outcome.job !== undefined)
  t.equal(requests.length, 10)
  clock.now += 30_000
  t.equal(await handle(jobOf(trigger)), 'done')
  t.equal(await handle(jobOf(trigger)), 'done')
  t.equal(requests.length, 12)
})

test('five calls of a URL at a time; another receiver is not delayed', async (t) => {
  let answer = (): void => {}
  const waiting = new Promise<void>((resolve) => { answer = resolve })
  const other = triggerRecord({ _id: 'other', urls: ['https://fast.example/'] })
  const { handle, requests } = await delivererOf({
    integrations: [trigger, other],
    async receiver (request) {
      if (request.url === url) await waiting
      return answered(200)
    }
  })
  const hanging = Array.from({ length: 5 }, () => handle(jobOf(trigger)))
  await new Promise((resolve) => { setTimeout(resolve, 20) })
  const sixth = await handle(jobOf(trigger))
  t.ok(waitOf(sixth) > 0)
  t.equal(await handle(jobOf(other)), 'done')
  t.equal(requests.length, 6)
  answer()
  t.strictSame(await Promise.all(hanging), Array(5).fill('done'))
})

test('one creator with own only has a quarter of the calls', async (t) => {
  let answer = (): void => {}
  const waiting = new Promise<void>((resolve) => { answer = resolve })
  const { owner } = members
  const mine = Array.from({ length: 20 }, (_, index) => triggerRecord({
    _id: `own-${index}`, _createdBy: { _id: owner._id, username: owner.username }, urls: [`https://slow.example/${index}`]
  }))
  const { handle, requests } = await delivererOf({
    integrations: [trigger, ...mine],
    settings: { concurrency: 16 },
    async receiver (request) {
      if (request.url !== url) await waiting
      return answered(200)
    }
  })
  const outcomes = mine.map((integration) => handle(jobOf(integration)))
  const sentAway = (await Promise.all(outcomes.slice(4))).map(waitOf)
  t.equal(sentAway.length, 16)
  t.ok(sentAway.every((wait) => wait > 0))
  t.equal(requests.length, 4)
  t.equal(await handle(jobOf(trigger)), 'done', 'the administrator is not delayed')
  answer()
  await Promise.all(outcomes)
})

test('the answer of a receiver is posted', async (t) => {
  const reply = JSON.stringify({ text: 'hello', alias: 'Bot', channel: '#secret', username: 'Robot', attachments: [{ text: 'more' }] })
  const messenger = chatMessenger()
  const { handle, entries } = await delivererOf({ messenger, receiver: () => answered(200, reply) })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(messenger.posts, [{
    as: { _id: 'rocket.cat', username: 'rocket.cat' },
    to: { room: { _id: 'GENERAL' } },
    message: { text: 'hello', alias: 'Robot', attachments: [{ text: 'more' }], bot: { i: trigger._id } },
    integration: { _id: trigger._id, name: trigger.name, type: 'webhook-outgoing' },
    deliveryId: /./
  }])
  t.match(entries, [{ step: 'url-response-sent-message', messages: [{ channel: '#general', _id: 'message-1' }], httpResult: reply, finished: true }])
})

test('targetRoom and impersonateUser', async (t) => {
  const reply = '{"text":"hello"}'
  const cases: ReadonlyArray<readonly [Partial<OutgoingIntegration>, object, object]> = [
    [{ targetRoom: '#team', targetRoomId: '#teamId' }, { room: { _id: 'teamId' } }, { _id: 'rocket.cat' }],
    [{ targetRoom: '#renamed', targetRoomId: '#teamId' }, { room: { _id: 'teamId' } }, { _id: 'rocket.cat' }],
    [{ targetRoom: '@owner', targetRoomId: '@ownerId' }, { user: { _id: 'ownerId' } }, { _id: 'rocket.cat' }],
    [{ targetRoom: 'owner' }, { user: { _id: 'ownerId' } }, { _id: 'rocket.cat' }],
    [{ targetRoom: 'team' }, { room: { _id: 'teamId' } }, { _id: 'rocket.cat' }],
    [{ impersonateUser: true }, { room: { _id: 'GENERAL' } }, { _id: 'guestId' }]
  ]
  for (const [changes, to, as] of cases) {
    const messenger = chatMessenger()
    const integration = triggerRecord(changes)
    const { handle } = await delivererOf({ integrations: [integration], messenger, receiver: () => answered(200, reply) })
    await handle(jobOf(integration))
    t.match(messenger.posts, [{ to, as }], JSON.stringify(changes))
  }
  for (const [changes, error] of [
    [{ targetRoom: '#gone', targetRoomId: '#goneId' }, 'error-invalid-room'],
    [{ targetRoom: '@team' }, 'error-invalid-room'],
    [{ userId: 'goneId' }, 'error-invalid-user']
  ] as const) {
    const integration = triggerRecord(changes)
    const { handle, entries, reports } = await delivererOf({ integrations: [integration], receiver: () => answered(200, reply) })
    t.equal(await handle(jobOf(integration)), 'done')
    t.match([entries[0], reports[0]], [{ step: 'after-http-call-send-message-failed', error, messages: [{ error }] }, { outcome: 'delivered' }])
  }
})

test('what makes no message is posted nowhere', async (t) => {
  for (const text of ['', 'ok', '[]', '{"success":true}', '{"text":"  "}', '{"text":null}', '{"text":', '"text"', '{"attachments":[]}']) {
    const messenger = chatMessenger()
    const { handle, entries } = await delivererOf({ messenger, receiver: () => answered(200, text) })
    t.equal(await handle(jobOf(trigger)), 'done')
    t.strictSame(messenger.posts, [], text)
    t.match(entries, [{ step: 'after-http-call' }])
  }
  const { handle, entries } = await delivererOf({ messenger: null, receiver: () => answered(200, '{"text":"hello"}') })
  await handle(jobOf(trigger))
  t.match(entries, [{ step: 'after-http-call', notes: [/no messenger/] }])
})

test('a message that the chat refuses is refused once', async (t) => {
  const messenger = chatMessenger({ post: { '#GENERAL': { refuse: 'room_is_archived' } } })
  const { handle, entries } = await delivererOf({ messenger, receiver: () => answered(200, '{"text":"hello"}') })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(entries, [{ step: 'after-http-call-send-message-failed', error: 'room_is_archived', messages: [{ channel: '#general', error: 'room_is_archived' }] }])
})

test('a message that cannot be posted is tried three times, and the receiver is not called again', async (t) => {
  const messenger = chatMessenger({ post: { '#GENERAL': { fail: new Error('away') } } })
  const { handle, entries, requests } = await delivererOf({ messenger, receiver: () => answered(200, '{"text":"hello"}') })
  let outcome = await handle(jobOf(trigger))
  for (let tries = 1; tries < 3; tries++) {
    waitOf(outcome)
    if (outcome === 'done' || outcome.job === undefined) throw new Error('it does not come again')
    t.match(outcome.job, { reply: { text: '{"text":"hello"}', attempt: 1, failures: tries } })
    outcome = await handle(outcome.job)
  }
  t.equal(outcome, 'done')
  t.equal(messenger.posts.length, 3)
  t.equal(new Set(messenger.posts.map(({ deliveryId }) => deliveryId)).size, 1)
  t.equal(requests.length, 1)
  t.match(entries, [{ finished: false, error: /could not be posted/ }, { finished: true, error: /could not be posted/ }])

  const recovering = chatMessenger()
  const again = await delivererOf({ messenger: recovering })
  t.equal(await again.handle(jobOf(trigger, { reply: { text: '{"text":"hello"}', attempt: 1, failures: 1 } })), 'done')
  t.match(again.entries, [{ step: 'url-response-sent-message', attempt: 1 }])
  t.strictSame(again.requests, [])
})

test('a very long answer that cannot be posted is not kept', async (t) => {
  const messenger = chatMessenger({ post: { '#GENERAL': { fail: new Error('away') } } })
  const { handle } = await delivererOf({ messenger, receiver: () => answered(200, JSON.stringify({ text: 'x'.repeat(70_000) })) })
  t.equal(await handle(jobOf(trigger)), 'done')
})

test('a mistake after the receiver has taken a delivery does not make it act again', async (t) => {
  const { handle, requests, entries, log } = await delivererOf({
    receiver: () => answered(200, '{"text":"hello"}'),
    recorded ({ step }) { if (step !== 'after-http-call') throw new Error('a mistake of ours') }
  })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.equal(requests.length, 1)
  t.match(entries.at(-1), { step: 'after-http-call', status: 200, finished: true, notes: [/could not be worked on/] })
  t.match(log.lines, [{ message: /wait, because a part of this server failed/ }])
})

test('an answer that is no JSON of people is not read', async (t) => {
  for (const [text, note] of [
    [`{"text":${'['.repeat(1000)}${']'.repeat(1000)}}`, /levels of nesting/],
    [`{"text":"hello","more":[${'1,'.repeat(60_000)}1]}`, /values/],
    ['{"text":"hello"', /begins as JSON/]
  ] as const) {
    const messenger = chatMessenger()
    const { handle, entries } = await delivererOf({ messenger, receiver: () => answered(200, text) })
    t.equal(await handle(jobOf(trigger)), 'done')
    t.strictSame(messenger.posts, [])
    t.match(entries, [{ step: 'after-http-call', status: 200, notes: [note] }])
  }
})

test('jobs of other versions and workspaces are put back unspent, damaged ones are left out', async (t) => {
  const { handle, requests, entries, log } = await delivererOf()
  for (const changes of [{ v: 2 }, { keyPrefix: 'other' }]) {
    const outcome = await handle({ ...jobOf(trigger), ...changes })
    t.ok(waitOf(outcome) >= 12_000)
    t.notOk(outcome !== 'done' && 'job' in outcome)
  }
  for (const changes of [{ url: 5 }, { payload: null }, { attempts: -1 }, { createdAt: 'soon' }, { event: 'nonsense' }, { user: {} }, { reply: {} }]) {
    t.equal(await handle(Object.assign(jobOf(trigger), changes)), 'done', JSON.stringify(changes))
  }
  t.strictSame([requests, entries], [[], []])
  t.equal(log.lines.length, 2)
})

test('a call that is given up leaves the job as it was', async (t) => {
  const { handle, entries } = await delivererOf({ receiver: () => unanswered('aborted', true) })
  t.strictSame(await handle(jobOf(trigger)), { retryIn: 0 })
  t.strictSame(entries, [])
})

test('user name and password of a URL are in no entry and no report', async (t) => {
  const integration = triggerRecord({ urls: ['https://user:password@receiver.example/x'] })
  const { handle, requests, entries, reports } = await delivererOf({ integrations: [integration] })
  await handle(jobOf(integration))
  t.match(requests, [{ url: 'https://user:password@receiver.example/x' }])
  t.match([entries[0]?.url, reports[0]?.url], ['https://receiver.example/x', 'https://receiver.example/x'])
  t.notMatch(JSON.stringify([entries, reports]), /password/)
})

test('a call that is given up after the receiver has taken the delivery is not made again', async (t) => {
  const { handle, reports } = await delivererOf({ receiver: () => unanswered('aborted', true, { status: 200 }) })
  t.equal(await handle(jobOf(trigger)), 'done')
  t.match(reports, [{ outcome: 'delivered', status: 200 }])
})

test('a receiver that echoes the credentials of its URL brings them into no entry', async (t) => {
  const [user, password] = ['deployer', 'a pass/word']
  const basic = Buffer.from(`${user}:${password}`).toString('base64')
  const integration = triggerRecord({ urls: [`https://${user}:${encodeURIComponent(password)}@receiver.example/x`] })
  const { handle, entries, secrets } = await delivererOf({
    integrations: [integration], receiver: () => answered(200, JSON.stringify({ headers: { Authorization: `Basic ${basic}` }, password }))
  })
  await handle(jobOf(integration))
  const [facts] = entries
  if (facts === undefined) throw new Error('there is no entry')
  const { entry } = historyEntry(facts, secrets[0] ?? [])
  t.match(entry.httpResult, /Basic \*\*\*/)
  t.notMatch(JSON.stringify(entry), new RegExp(`${basic}|${password}`))
})

test('durations are whole milliseconds, as those of incoming webhooks', async (t) => {
  const { handle, entries, reports } = await delivererOf({ receiver: () => answered(200, '', { duration: 24.526_406 }) })
  await handle(jobOf(trigger))
  t.match([entries[0]?.duration, reports[0]?.duration], [25, 25])
})
