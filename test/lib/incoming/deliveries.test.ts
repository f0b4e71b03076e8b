import fc from 'fast-check'
import { test } from 'tap'
import { AdapterTimeoutError } from '../../../lib/errors/index.ts'
import { messenger } from '../../../lib/guard/tables/messenger.ts'
import { type Delivered, deliverOnce, deliveryIdOf, deliveryKey } from '../../../lib/incoming/deliveries.ts'
import { type Outcome, refused, unavailable } from '../../../lib/incoming/outcome.ts'
import type { PostRequest } from '../../../lib/ports/messenger.ts'
import type { IdempotencyClaim, IntegrationStore } from '../../../lib/ports/store.ts'
import { MemoryStore } from '../../../lib/stores/memory/store.ts'
import { callsOf } from '../../support/calls.ts'
import { storeWith } from '../../support/store-with.ts'
import { unchecked } from '../../support/unchecked.ts'
import { until } from '../../support/until.ts'

const settings = { idempotencyTtl: 60_000, timeout: 5_000 }
const posted: Outcome = { kind: 'posted', posted: [{ channel: '#a', _id: 'm1' }, { channel: '#b', error: 'room_is_blocked' }], text: 'secret', timestamp: '2026-08-01T10:00:00.000Z' }
const notPosted: Outcome = { kind: 'separate', posted: [{ channel: '#b', error: 'room_is_blocked' }], text: 'secret', timestamp: '2026-08-01T10:00:00.000Z' }

function deliver (store: IntegrationStore, post: () => Promise<Outcome>, key = 'key', milliseconds = settings.timeout): Promise<Delivered> {
  return deliverOnce(callsOf({ store }, milliseconds), { ...settings, timeout: milliseconds }, key, post)
}

/** Fails the test when the delivery is posted. */
async function never (): Promise<never> {
  throw new Error('the delivery was posted again')
}

test('every header that names a delivery', async (t) => {
  const names = [
    'idempotency-key', 'webhook-id', 'x-github-delivery', 'x-gitea-delivery', 'x-gogs-delivery', 'x-gitlab-event-uuid',
    'x-atlassian-webhook-identifier', 'x-request-uuid'
  ]
  for (const [index, name] of names.entries()) {
    t.equal(deliveryIdOf({ [name]: ' 72d3162e ' }), '72d3162e', name)
    const later = Object.fromEntries(names.slice(index).map((other, place) => [other, `${place}`]))
    t.equal(deliveryIdOf(later), '0', `${name} goes before those behind it`)
    t.equal(deliveryIdOf({ ...later, [name]: '  ' }), index === names.length - 1 ? undefined : '1', `a blank ${name} is none`)
  }
  for (const headers of [{}, { 'request-id': 'a' }, { 'idempotency-key': undefined }, { 'webhook-id': '' }, { 'webhook-id': ['a'] }]) {
    t.equal(deliveryIdOf(headers), undefined, JSON.stringify(headers))
  }
})

test('a delivery is its id, its integration and its body', (t) => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '[', '\uD800', '\0'), maxLength: 4 })
  const delivery = fc.record({ integrationId: text, id: text, body: fc.uint8Array({ maxLength: 3 }) })
  fc.assert(fc.property(delivery, delivery, (one, other) => {
    const isSame = one.integrationId === other.integrationId && one.id === other.id && Buffer.compare(one.body, other.body) === 0
    return (deliveryKey(one.integrationId, one.id, one.body) === deliveryKey(other.integrationId, other.id, other.body)) === isSame
  }), { numRuns: 500 })
  t.match(deliveryKey('a', 'x'.repeat(100_000), new Uint8Array()), /^[\w-]{43}$/, 'of one length')
  t.end()
})

test('a delivery that was posted is not posted again; the note holds no text', async (t) => {
  for (const outcome of [posted, { ...posted, kind: 'separate' as const }]) {
    const notes: string[] = []
    const memory = new MemoryStore()
    const store = storeWith({ settle: (claim, answer, call) => { notes.push(answer); return memory.settle(claim, answer, call) } }, memory)
    t.strictSame(await deliver(store, async () => outcome), { outcome, replayed: false })
    for (let count = 0; count < 2; count++) t.strictSame(await deliver(store, never), { outcome: { ...outcome, text: '' }, replayed: true })
    t.equal(notes.length, 1)
    t.notMatch(notes[0], 'secret')
    t.match(await deliver(store, async () => posted, 'another key'), { replayed: false })
  }
})

test('a claim is kept for the time of the option, and outlives the request', async (t) => {
  const claims: IdempotencyClaim[] = []
  const memory = new MemoryStore()
  const store = storeWith({ claim: (claim, call) => { claims.push(claim); return memory.claim(claim, call) } }, memory)
  await deliver(store, async () => posted)
  await deliver(store, never)
  const [first, second] = claims
  t.match(first, { key: 'hook-key', keptFor: 60_000, lapsesAfter: 10_000 })
  t.not(first?.token, second?.token, 'a token of its own for each request')
})

test('when nothing was posted, the next request posts', async (t) => {
  const store = new MemoryStore()
  for (const outcome of [refused('error-not-allowed'), unavailable(new Error('away')), { kind: 'nothing' }, notPosted] as const) {
    t.strictSame(await deliver(store, async () => outcome), { outcome, replayed: false })
  }
  await t.rejects(deliver(store, async () => { throw new Error('unforeseen') }), { message: 'unforeseen' })
  t.strictSame(await deliver(store, async () => posted), { outcome: posted, replayed: false })
})

test('while the first request is under way, the second waits for it', async (t) => {
  for (const [end, expected] of [
    [posted, { outcome: { ...posted, text: '' }, replayed: true }],
    [refused('error-not-allowed'), { outcome: notPosted, replayed: false }]
  ] as const) {
    const memory = new MemoryStore()
    let looks = 0
    const store = storeWith({ claim: (claim, call) => { looks++; return memory.claim(claim, call) } }, memory)
    const order: string[] = []
    let finish = (): void => {}
    const first = deliver(store, () => new Promise((resolve) => { finish = () => resolve(end) }))
    const second = deliver(store, async () => { order.push('posted by the second'); return notPosted })
    await until('the second has looked twice', () => looks >= 3)
    t.strictSame(order, [])
    finish()
    t.match(await first, { outcome: end })
    t.strictSame(await second, expected)
  }
})

test('a delivery that stays under way: 503, and to be sent again in a second', async (t) => {
  const store = new MemoryStore()
  let finish = (): void => {}
  const first = deliver(store, () => new Promise((resolve) => { finish = () => resolve(posted) }))
  const { outcome, replayed } = await deliver(store, never, 'key', 100)
  t.match(outcome, { kind: 'failed', status: 503, code: 'error-delivery-under-way', retryAfter: 1 })
  t.equal(replayed, false)
  finish()
  await first
  t.match(await deliver(store, never), { replayed: true }, 'the claim of the first was left alone')
})

test('waiting for an earlier request uses up the time of this one', async (t) => {
  const calls = callsOf({ store: storeWith({ claim: () => ({ fingerprint: '', answer: null }) }) })
  const pauses: number[] = []
  calls.pause = async (milliseconds) => { pauses.push(milliseconds); return pauses.length < 6 }
  const { outcome } = await deliverOnce(calls, settings, 'key', never)
  t.match(outcome, { code: 'error-delivery-under-way' }, 'until nothing is left')
  t.strictSame(pauses, [20, 40, 80, 160, 160, 160], 'the looks become rarer')
})

test('a store that cannot be asked: nothing is posted, and the claim is given up', async (t) => {
  for (const claim of [async () => { throw new Error('away') }, () => new Promise<never>(() => {})]) {
    const released: IdempotencyClaim[] = []
    const store = storeWith({ claim, release: (given) => { released.push(given) } })
    await t.rejects(deliver(store, never, 'key', 50), { code: 'error-service-unavailable' })
    await until('it is released', () => released.length === 1)
    t.match(released, [{ key: 'hook-key' }], 'the store may have carried the claim out')
  }
})

test('when the note fails, the outcome is that of the post, and the log hears of it', async (t) => {
  const memory = new MemoryStore()
  for (const [settle, noteFailed] of [
    [async () => { throw new Error('away') }, { code: 'error-service-unavailable' }],
    [() => false, { message: /lapsed/ }]
  ] as const) {
    const delivered = await deliver(storeWith({ settle }, memory), async () => posted, String(settle))
    t.match(delivered, { outcome: posted, replayed: false, noteFailed })
  }
})

test('the note has what is left of the time of the request, and a tenth of it at least', async (t) => {
  const given: number[] = []
  const calls = callsOf({ store: new MemoryStore() })
  const afresh = calls.afresh.bind(calls)
  calls.afresh = (milliseconds) => { given.push(milliseconds ?? -1); return afresh(milliseconds) }
  await deliverOnce(calls, settings, 'key', async () => { await calls.pause(30); return posted })
  t.equal(given.length, 1)
  t.ok(given.every((milliseconds) => milliseconds > 500 && milliseconds < 4_980), `${given}`)
})

test('a post that used up the time is noted all the same', async (t) => {
  const store = new MemoryStore()
  const calls = callsOf({ store, messenger: { post: () => new Promise(() => {}) } }, 1000)
  t.equal(calls.left, 1000)
  const partly = async (): Promise<Outcome> => {
    await t.rejects(async () => await calls.ask(messenger.post, unchecked<PostRequest>({})))
    t.equal(calls.left, 0)
    return posted
  }
  const later = storeWith({ settle: async (claim, answer, call) => { call.signal.throwIfAborted(); return store.settle(claim, answer, call) } }, store)
  t.strictSame(await deliverOnce(calls, { ...settings, timeout: 1000 }, 'key', partly), { outcome: posted, replayed: false })
  t.match(await deliver(later, never), { replayed: true })
})

test('a message that may still be posted keeps its claim', async (t) => {
  const store = new MemoryStore()
  const late = { ...unavailable(new AdapterTimeoutError('messenger.post', 'incoming.timeout')), mayPostLater: true }
  t.match(await deliver(store, async () => late), { outcome: late })
  t.match(await deliver(store, never, 'key', 50), { outcome: { status: 503, retryAfter: 1 } })
})
