import { inspect } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { MemoryStore } from '../../../lib/index.ts'
import { Dispatcher, type DispatcherOptions, type EmitResult } from '../../../lib/outgoing/dispatcher.ts'
import { triggerOf } from '../../../lib/outgoing/index/trigger.ts'
import { TriggerIndex } from '../../../lib/outgoing/index/trigger-index.ts'
import type { Job } from '../../../lib/ports/queue.ts'
import { loggable } from '../../../lib/routes/loggable.ts'
import type { EventData } from '../../../schemas/events/data.ts'
import { eventNames, type OutgoingIntegration } from '../../../schemas/index.ts'
import { eachTurn } from '../../support/each-turn.ts'
import { eventRoom, eventUser, messageEvent } from '../../support/events.ts'
import { outgoingRecord, patient } from '../../support/integrations.ts'
import { keeperOf, keepLog } from '../../support/outgoing.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'

function on (_id: string, changes: Partial<OutgoingIntegration> = {}): OutgoingIntegration {
  return outgoingRecord({ _id, enabled: true, ...changes })
}

function indexOf (...integrations: readonly OutgoingIntegration[]): DispatcherOptions['index'] {
  const index = new TriggerIndex()
  for (const integration of integrations) {
    const trigger = triggerOf(integration)
    if (trigger !== undefined) index.put(trigger)
  }
  return { index, loaded: async () => index }
}

/** A dispatcher, the jobs that it has queued and dropped, and its log. */
function dispatcherOf (index: DispatcherOptions['index'], options: Partial<DispatcherOptions> = {}) {
  const jobs: Job[] = []
  const batches: number[] = []
  const dropped: Job[] = []
  const log = keepLog()
  const dispatcher = new Dispatcher({
    index,
    enqueue: (batch) => {
      batches.push(batch.length)
      jobs.push(...batch)
    },
    keyPrefix: 'workspace',
    siteUrl: 'https://chat.example',
    log,
    loggable,
    onDropped: (batch) => { dropped.push(...batch) },
    ...options
  })
  return { dispatcher, emit: dispatcher.emit, jobs, batches, dropped, log }
}

const hello: EventData['sendMessage'] = messageEvent({ message: { text: 'deploy now' } })

test('one job for each URL of each integration', async (t) => {
  const { emit, jobs, log } = dispatcherOf(indexOf(
    on('a', { urls: ['https://one.example/', 'https://two.example/'], triggerWords: ['now', 'deploy'] }),
    on('b'),
    on('c', { triggerWords: ['status'] }),
    on('d', { enabled: false })
  ))
  const before = Date.now()
  t.strictSame(await emit('sendMessage', hello), { deliveries: 3, dropped: 0 })
  t.strictSame(jobs.map(({ integrationId, url }) => [integrationId, url]).sort(), [
    ['a', 'https://one.example/'], ['a', 'https://two.example/'], ['b', 'http://text2gif.guggy.com/guggify']
  ])
  const payload = {
    bot: false,
    channel_id: 'generalId',
    channel_name: 'general',
    message_id: 'messageId',
    timestamp: '2024-05-06T07:08:09.010Z',
    user_id: 'aliceId',
    user_name: 'alice',
    text: 'deploy now',
    siteUrl: 'https://chat.example'
  }
  for (const { id, lane, integrationId, url, createdAt, ...job } of jobs) {
    t.match(lane, /^[\w-]{22}$/)
    t.strictSame(job, {
      v: 1,
      keyPrefix: 'workspace',
      event: 'sendMessage',
      user: { _id: 'aliceId', username: 'alice' },
      room: { _id: 'generalId', type: 'c' },
      attempts: 0,
      payload: integrationId === 'a' ? { ...payload, trigger_word: 'deploy' } : payload
    })
    t.match(id, /^msg_[2-9A-Za-z]{22}$/)
    t.ok(Date.parse(createdAt) >= before && Date.parse(createdAt) <= Date.now(), createdAt)
  }
  t.equal(new Set(jobs.map(({ id }) => id)).size, 3)
  t.strictSame(log.lines, [])
})

test('events without a room', async (t) => {
  const { emit, jobs } = dispatcherOf(indexOf(on('a', { event: 'userCreated', channel: [], targetRoom: '#general' })))
  t.strictSame(await emit('userCreated', { user: eventUser() }), { deliveries: 1, dropped: 0 })
  t.notOk('room' in (jobs[0] ?? {}))
  t.strictSame(jobs[0]?.user, { _id: 'aliceId', username: 'alice' })
})

test('what fits nothing asks nobody', async (t) => {
  const { emit } = dispatcherOf(indexOf(on('a', { channel: ['#other'] })), { enqueue: () => { t.fail('the queue is not asked') } })
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 0 })
  t.strictSame(await emit('roomLeft', { room: eventRoom(), user: eventUser() }), { deliveries: 0, dropped: 0 })
})

test('each result is an object of the caller', async (t) => {
  const { emit } = dispatcherOf(indexOf())
  const result = await emit('sendMessage', hello)
  result.deliveries = 5
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 0 })
})

test('wrong arguments count nothing and are logged once', async (t) => {
  const { emit, log, jobs } = dispatcherOf(indexOf(on('a')))
  const wrong: ReadonlyArray<readonly [unknown, unknown]> = [
    ['sendMessage', null],
    ['s3cret', hello],
    ['toString', hello],
    [Symbol('s3cret'), hello],
    ['sendMessage', { ...hello, user: new Proxy({}, { get () { throw new Error('s3cret') } }) }],
    ['sendMessage', { get user () { throw hello } }],
    ['sendMessage', { ...hello, room: { ...hello.room, type: 'd', users: Array.from({ length: 9 }, () => ({ _id: 's3cret' })) } }],
    ['sendMessage', { ...hello, message: { ...hello.message, timestamp: 's3cret' } }]
  ]
  for (let round = 0; round < 3; round++) {
    for (const [event, data] of wrong) {
      t.strictSame(await emit(unchecked<'sendMessage'>(event), unchecked(data)), { deliveries: 0, dropped: 0 })
    }
  }
  const messages = log.lines.map(({ facts }) => ('err' in facts && facts.err instanceof Error ? facts.err.message : ''))
  t.strictSame(messages, [
    "emit('sendMessage', data): data must be an object",
    'emit: the first argument must be the name of an event',
    "emit('sendMessage', data): data.user._id cannot be read",
    "emit('sendMessage', data): data.user cannot be read",
    "emit('sendMessage', data): data.room.users[].username must be a text that is not empty",
    "emit('sendMessage', data): data.message.timestamp must be a Date, or a text that Date.parse understands, of the years 0 to 9999"
  ])
  t.notMatch(inspect(log.lines), /s3cret/)
  t.strictSame(await emit('sendMessage', hello), { deliveries: 1, dropped: 0 })
  t.equal(jobs.length, 1)
})

test('nothing of the host but what is public reaches a job or the log', async (t) => {
  const secrets = { password: 's3cret', services: { token: 's3cret' }, toJSON: () => 's3cret' }
  const secretive = (value: object): object => new Proxy({ ...value, ...secrets }, {})
  const failing = { enqueue: () => { throw Object.assign(new Error('away'), { command: { args: ['s3cret'] } }) } }
  for (const options of [{}, failing]) {
    const { emit, jobs, dropped, log } = dispatcherOf(indexOf(...eventNames.map((event) => on(event, { event, channel: ['all_direct_messages'] }))), options)
    for (const event of eventNames) {
      await emit(event, unchecked({
        room: secretive(eventRoom({ type: 'd', users: [unchecked(secretive(eventUser()))] })), user: secretive(eventUser()), message: secretive(hello.message), ...secrets
      }))
    }
    t.equal(jobs.length + dropped.length, eventNames.length)
    t.notMatch(inspect([jobs, dropped, log.lines], { depth: 20, showHidden: true }), /s3cret/)
  }
})

test('what the host changes later does not matter', async (t) => {
  const store = new MemoryStore()
  store.insert(on('a'), {}, patient)
  const { keeper } = keeperOf(store)
  t.teardown(() => keeper.close())
  const { emit, jobs } = dispatcherOf(keeper)
  const data = messageEvent()
  const before = Date.now()
  const result = emit('sendMessage', data)
  const after = Date.now()
  await sleep(50)
  keeper.start()
  data.message.text = 'changed'
  data.room.name = 'changed'
  t.strictSame(await result, { deliveries: 1, dropped: 0 })
  t.match(jobs, [{ payload: { text: 'deploy now', channel_name: 'general' } }])
  const createdAt = Date.parse(jobs[0]?.createdAt ?? '')
  t.ok(createdAt >= before && createdAt <= after, 'the time is that of the event, and not that of the queue')
})

test('events before the index is loaded wait for it, a second at most', async (t) => {
  const { keeper } = keeperOf(new MemoryStore())
  t.teardown(() => keeper.close())
  const { emit, log } = dispatcherOf(keeper)
  const begin = performance.now()
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 1 })
  const elapsed = performance.now() - begin
  t.ok(elapsed > 900 && elapsed < 9000, `${elapsed} ms`)
  t.match(log.lines, [{ message: /cannot be queued/, facts: { err: { message: /did not answer within one second/ } } }])
})

test('a queue that fails, is late, or is full', async (t) => {
  const index = indexOf(on('a', { urls: ['https://one.example/', 'https://two.example/'] }))
  let answer: () => Promise<void> | void = () => {}
  const { emit, dropped, log } = dispatcherOf(index, { enqueue: () => answer() })
  answer = () => { throw new Error('full') }
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 2 })
  answer = async () => { throw new Error('away') }
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 2 })
  answer = () => new Promise(() => {})
  const begin = performance.now()
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 2 })
  const elapsed = performance.now() - begin
  t.ok(elapsed > 900 && elapsed < 9000, `${elapsed} ms`)
  answer = () => {}
  t.strictSame(await emit('sendMessage', hello), { deliveries: 2, dropped: 0 })
  t.equal(dropped.length, 6)
  t.match(log.lines, [{ message: /cannot be queued/, facts: { err: { message: 'full' } } }])
  t.equal(log.lines.length, 1, 'once for each outage')
})

test('many deliveries are queued in parts, and what a part loses is counted', async (t) => {
  const many = indexOf(...Array.from({ length: 1200 }, (_, number) => on(`i${number}`, { urls: ['https://one.example/', 'https://two.example/'] })))
  const { emit, batches } = dispatcherOf(many)
  t.strictSame(await emit('sendMessage', hello), { deliveries: 2400, dropped: 0 })
  t.strictSame(batches, new Array(12).fill(200))
  await emit('sendMessage', messageEvent({ message: { text: 'x'.repeat(40_000) } }))
  t.ok(Math.max(...batches.slice(12)) < 10, 'fewer of long messages')

  let room = 2
  const full = dispatcherOf(many, { enqueue: () => { if (room-- <= 0) throw new Error('full') } })
  t.strictSame(await full.emit('sendMessage', hello), { deliveries: 400, dropped: 2000 })
  t.equal(full.dropped.length, 2000)

  const hanging = dispatcherOf(many, { enqueue: () => new Promise(() => {}) })
  const begin = performance.now()
  t.strictSame(await hanging.emit('sendMessage', hello), { deliveries: 0, dropped: 2400 })
  t.ok(performance.now() - begin < 9000, 'a second for all parts')
})

test('a flood: nothing piles up, and the books balance', async (t) => {
  let underWay = 0
  let largest = 0
  let queued = 0
  const { emit, log } = dispatcherOf(indexOf(on('a')), {
    enqueue: async (jobs) => {
      underWay += jobs.length
      largest = Math.max(largest, underWay)
      await sleep(20)
      underWay -= jobs.length
      queued += jobs.length
    }
  })
  const results = await Promise.all(Array.from({ length: 50_000 }, () => emit('sendMessage', hello)))
  t.ok(largest <= 10_000, `${largest} deliveries were on their way at once`)
  const sum = results.reduce((sum, result): EmitResult => ({
    deliveries: sum.deliveries + result.deliveries, dropped: sum.dropped + result.dropped
  }))
  t.equal(sum.deliveries + sum.dropped, 50_000)
  t.ok(sum.deliveries >= 10_000, `${sum.deliveries} deliveries were queued`)
  t.equal(queued, sum.deliveries)
  t.equal(log.lines.length, 1, 'the log does not grow with the flood')
})

test('long work neither holds the caller nor the event loop', async (t) => {
  // Each place of the text begins as all words begin.
  const integrations = Array.from({ length: 100 }, (_, number) => on(`i${number}`, {
    triggerWordAnywhere: true, triggerWords: Array.from({ length: 100 }, (_, word) => `${'a'.repeat(1 + word)}-${number}`)
  }))
  const { emit } = dispatcherOf(indexOf(...integrations, on('fits', { triggerWords: ['aaa'] })))
  const begin = process.cpuUsage()
  const result = emit('sendMessage', messageEvent({ message: { text: 'a'.repeat(20_000) } }))
  const { user, system } = process.cpuUsage(begin)
  t.ok(user + system < 100_000, `the caller was held for ${(user + system) / 1000} ms of processor time`)
  const turns = await eachTurn(result)
  t.strictSame(await result, { deliveries: 1, dropped: 0 })
  t.ok(turns > 10, `others had ${turns} turns`)
})

test('many events at once do not hold the event loop together', async (t) => {
  const { emit, jobs } = dispatcherOf(indexOf(on('a')))
  // Longer than one turn may take, on any machine.
  const count = 6000
  const results = Promise.all(Array.from({ length: count }, () => emit('sendMessage', hello)))
  let most = 0
  let before = 0
  const turns = await eachTurn(results, () => {
    most = Math.max(most, jobs.length - before)
    before = jobs.length
  })
  t.equal(jobs.length, count)
  t.ok(turns > 2 && most < count / 2, `${turns} turns, ${most} jobs in one of them`)
})

test('the end: what is under way is finished, and what comes later is dropped', async (t) => {
  const answers: Array<() => void> = []
  const { dispatcher, emit, dropped } = dispatcherOf(indexOf(on('a')), { enqueue: () => new Promise((resolve) => { answers.push(resolve) }) })
  const underWay = emit('sendMessage', hello)
  await until('the queue was asked', () => answers.length === 1)
  let isClosed = false
  const closed = dispatcher.close().then(() => { isClosed = true })
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 1 })
  t.equal(dropped.length, 1)
  t.notOk(isClosed)
  answers[0]?.()
  t.strictSame(await underWay, { deliveries: 1, dropped: 0 })
  await closed
  await dispatcher.close()
  t.strictSame(await emit('sendMessage', hello), { deliveries: 0, dropped: 1 })
  await dispatcherOf(indexOf()).dispatcher.close()
})
