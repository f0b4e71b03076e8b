import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'tap'
import { IntegrationError, RecordDamagedError, RecordNotDecryptedError, RecordTooNewError } from '../../../lib/errors/index.ts'
import { Admission, type AdmissionSettings } from '../../../lib/incoming/admission.ts'
import type { StoredIntegration } from '../../../lib/ports/store.ts'
import { MemoryStore } from '../../../lib/stores/memory/store.ts'
import { awkwardTexts, outgoingRecord, patient } from '../../support/integrations.ts'
import { callsOf } from '../../support/calls.ts'
import { hookRecord, watched } from '../../support/ports.ts'
import { storeWith } from '../../support/store-with.ts'

const noLimits = { rateLimit: false, wrongTokenLimit: false } as const
const record = hookRecord()
const { _id, token } = record
const right = { integrationId: _id, token }
const outgoing = outgoingRecord({ enabled: true })
const unknown = { kind: 'failed', status: 404, code: 'error-invalid-hook', error: 'Invalid integration id or token provided.' }

function storeOf (...records: ReadonlyArray<Parameters<MemoryStore['insert']>[0]>): MemoryStore {
  const store = new MemoryStore()
  for (const one of records) store.insert(one, {}, patient)
  return store
}

function newAdmission (settings: Partial<AdmissionSettings> = {}): Admission {
  return new Admission({ ...noLimits, ...settings }, () => {})
}

test('the right token of an enabled integration', async (t) => {
  const admitted = await newAdmission().admit(callsOf({ store: storeOf(record) }), right, '192.0.2.1')
  t.strictSame(admitted, { kind: 'admitted', integration: record })
})

test('whatever is wrong with id, token or type: one answer, after the same calls', async (t) => {
  const disabled = hookRecord({ _id: 'disabledHook12345', enabled: false })
  for (const [what, integrationId, guess] of [
    ['an id that no integration has', 'unknownId12345678', token],
    ['a wrong token', _id, `${token}x`],
    ['a token in other letters', _id, token.toLowerCase()],
    ['the beginning of a token', _id, token.slice(0, -1)],
    ['no token', _id, ''],
    ['a blank token', _id, ' '],
    ['an outgoing webhook with its own token', outgoing._id, outgoing.token],
    ['a wrong token of an integration that is switched off', disabled._id, 'x'],
    ['no id', '', token],
    ['a long id', 'x'.repeat(10_000), token],
    ...awkwardTexts.map((text) => ['an odd id', text, token] as const)
  ] as const) {
    const calls: string[] = []
    const ports = { store: watched('store', storeOf(record, outgoing, disabled), calls) }
    t.strictSame(await newAdmission().admit(callsOf(ports), { integrationId, token: guess }, '192.0.2.1'), unknown, what)
    t.strictSame(calls, [`store.find(${JSON.stringify(integrationId)})`], what)
  }
})

test('an integration whose token is empty lets nobody in', async (t) => {
  const store = storeWith({ find: () => ({ integration: { ...record, token: '' }, revision: '1' }) })
  t.strictSame(await newAdmission().admit(callsOf({ store }), { ...right, token: '' }, '192.0.2.1'), unknown)
})

test('tokens are compared in constant time, also with no token at all', async (t) => {
  const compared: Array<readonly [number, number]> = []
  const { timingSafeEqual } = crypto
  const replace = (by: typeof timingSafeEqual): void => {
    crypto.timingSafeEqual = by
    syncBuiltinESMExports()
  }
  t.teardown(() => replace(timingSafeEqual))
  replace((a, b) => {
    compared.push([a.byteLength, b.byteLength])
    return timingSafeEqual(a, b)
  })
  const admission = new Admission(noLimits, () => {})
  for (const [integrationId, guess] of [[_id, token], [_id, 'x'], [_id, ''], ['unknown', token], [outgoing._id, outgoing.token]] as const) {
    await admission.admit(callsOf({ store: storeOf(record, outgoing) }), { integrationId, token: guess }, '192.0.2.1')
  }
  t.strictSame(compared, Array.from({ length: 5 }, () => [32, 32]), 'texts of one length, whatever was sent and stored')
})

test('an integration that is switched off says so to the right token alone, without a time to come back', async (t) => {
  const store = storeOf(hookRecord({ enabled: false }))
  t.strictSame(await newAdmission().admit(callsOf({ store }), right, '192.0.2.1'), {
    kind: 'failed', status: 503, code: 'error-integration-disabled', error: 'Service Unavailable'
  })
  t.match(await newAdmission().admit(callsOf({ store }), { ...right, token: 'x' }, '192.0.2.1'), unknown)
})

test('an integration that is switched off takes no request of the rate limit', async (t) => {
  const admission = newAdmission({ rateLimit: 1 })
  const off = callsOf({ store: storeOf(hookRecord({ enabled: false })) })
  for (let count = 0; count < 3; count++) t.match(await admission.admit(off, right, '192.0.2.1'), { status: 503 })
  t.match(await admission.admit(callsOf({ store: storeOf(record) }), right, '192.0.2.1'), { kind: 'admitted' })
})

test('a record that cannot be read, and a store that fails: 503 and a time to come back', async (t) => {
  const causes = [new RecordNotDecryptedError(_id, 'its key is not known'), new RecordDamagedError(_id, 'x'), new RecordTooNewError(_id, '9')]
  for (const cause of causes) {
    const store = storeWith({ find: () => { throw cause } })
    t.match(await newAdmission().admit(callsOf({ store }), right, '192.0.2.1'), {
      kind: 'failed', status: 503, code: 'error-service-unavailable', error: 'Service Unavailable', retryAfter: 5, cause
    })
  }
  const away = storeWith({ find: async () => { throw new Error('away') } })
  const failed = await newAdmission({ wrongTokenLimit: 1 }).admit(callsOf({ store: away }), right, '192.0.2.1')
  t.match(failed, { status: 503, retryAfter: 5 })
  t.ok(failed.kind === 'failed' && failed.cause instanceof IntegrationError)
  const admission = newAdmission({ wrongTokenLimit: 1 })
  for (let count = 0; count < 3; count++) t.match(await admission.admit(callsOf({ store: away }), right, '192.0.2.1'), { status: 503 }, 'no wrong token')
})

test('the rate limit of an integration', async (t) => {
  const other = hookRecord({ _id: 'anotherHook123456' })
  const calls = callsOf({ store: storeOf(record, other) })
  const admission = newAdmission({ rateLimit: 3, wrongTokenLimit: 100 })
  for (let count = 0; count < 3; count++) {
    t.match(await admission.admit(calls, right, `192.0.2.${count}`), { kind: 'admitted' })
    t.match(await admission.admit(calls, { ...right, token: 'x' }, '192.0.2.1'), unknown, 'a wrong token does not count')
  }
  const refused = await admission.admit(calls, right, '192.0.2.9')
  t.match(refused, { status: 429, code: 'error-too-many-requests', error: /^Too many requests\. .*\[error-too-many-requests\]$/ })
  t.ok(refused.kind === 'failed' && Number.isInteger(refused.retryAfter) && Number(refused.retryAfter) >= 1 && Number(refused.retryAfter) <= 20)
  t.match(await admission.admit(calls, { ...right, integrationId: other._id }, '192.0.2.1'), { kind: 'admitted' }, 'each integration has its own')
  t.match(await admission.look(calls, right, '192.0.2.1'), { kind: 'admitted' }, 'a look takes none and needs none')
  const unlimited = newAdmission()
  for (let count = 0; count < 400; count++) await unlimited.admit(calls, right, '192.0.2.1')
  t.match(await unlimited.admit(calls, right, '192.0.2.1'), { kind: 'admitted' }, 'false: no limit')
})

test('many wrong tokens of one address: 429 instead of 404, one report, and never for the right token', async (t) => {
  const reported: string[] = []
  const admission = new Admission({ rateLimit: false, wrongTokenLimit: 30 }, (address) => { reported.push(address) })
  const calls: string[] = []
  const ports = callsOf({ store: watched('store', storeOf(record), calls) })
  const wrong = { ...right, token: 'x' }
  for (let count = 0; count < 30; count++) {
    const way = count % 2 === 0 ? admission.admit(ports, wrong, '192.0.2.1') : admission.look(ports, { integrationId: 'unknown', token }, '::ffff:192.0.2.1')
    t.match(await way, unknown)
  }
  t.strictSame(reported, [])
  for (let count = 0; count < 5; count++) {
    const refused = await admission.admit(ports, wrong, '192.0.2.1')
    t.match(refused, { status: 429, code: 'error-too-many-requests', retryAfter: 2 })
    t.match(await admission.look(ports, wrong, '192.0.2.1'), { status: 429 })
    t.match(await admission.admit(ports, right, '192.0.2.1'), { kind: 'admitted' }, 'the right token')
  }
  t.strictSame(reported, ['192.0.2.1'], 'once')
  t.match(await admission.admit(ports, wrong, '192.0.2.2'), unknown, 'another address')
  t.equal(calls.length, 30 + 15 + 1, 'every request asks the store once')
})

test('addresses of one IPv6 network count together', async (t) => {
  const reported: string[] = []
  const admission = new Admission({ rateLimit: false, wrongTokenLimit: 2 }, (address) => { reported.push(address) })
  const ports = callsOf({ store: storeOf(record) })
  const wrong = { ...right, token: 'x' }
  for (const ip of ['2001:db8::1', '2001:db8::2']) t.match(await admission.admit(ports, wrong, ip), unknown)
  t.match(await admission.admit(ports, wrong, '2001:db8::3'), { status: 429 })
  t.match(await admission.admit(ports, wrong, '2001:db8:0:1::3'), unknown)
  t.strictSame(reported, ['2001:db8:0:0::/64'])
})

test('without a limit for wrong tokens, each is answered 404', async (t) => {
  const admission = newAdmission({ wrongTokenLimit: false })
  const ports = callsOf({ store: storeOf(record) })
  for (let count = 0; count < 100; count++) t.match(await admission.admit(ports, { ...right, token: 'x' }, '192.0.2.1'), unknown)
})

test('a store that answers at once and one that answers later', async (t) => {
  const found: StoredIntegration = { integration: record, revision: '1' }
  for (const find of [() => found, async () => found]) {
    t.match(await newAdmission().admit(callsOf({ store: storeWith({ find }) }), right, '192.0.2.1'), { kind: 'admitted' })
  }
})
