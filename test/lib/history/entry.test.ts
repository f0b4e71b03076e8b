import assert from 'node:assert/strict'
import { Value } from '@sinclair/typebox/value'
import fc from 'fast-check'
import { test } from 'tap'
import { entryBounds, type HistoryFacts, historyEntry as sizedEntry } from '../../../lib/history/entry.ts'
import { type HistoryEntry, HistoryEntrySchema } from '../../../schemas/history.ts'
import { entryOf, everyEntryField } from '../../support/history.ts'
import { unchecked } from '../../support/unchecked.ts'

const token = 'wZ2WzoBP8msi93aazpYtRq7K'
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/aB=='

function facts (changes: Partial<HistoryFacts> = {}): HistoryFacts {
  return { ...entryOf('a', '1'), ...changes }
}

/** The entry; its size must be no less than it says. */
function historyEntry (...args: Parameters<typeof sizedEntry>): HistoryEntry {
  const { entry, bytes } = sizedEntry(...args)
  assert.ok(bytesOf(entry) <= bytes && bytes <= entryBounds.entry, `${bytesOf(entry)} bytes, not ${bytes}`)
  return entry
}

function bytesOf (value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** Half a surrogate pair that no sender wrote: a text was cut inside a code point. */
function isTorn (text: string): boolean {
  return /\p{Surrogate}/u.test(text)
}

test('keeps what fits as it is', async (t) => {
  const { truncated, ...fields } = everyEntryField
  t.strictSame(historyEntry(facts(fields), []), { ...entryOf('a', '1'), ...fields })
  t.strictSame(historyEntry(facts(), []), entryOf('a', '1'), 'what is not given is not there')
  t.strictSame(historyEntry(facts({ data: null, httpResult: '', error: undefined }), []), { ...entryOf('a', '1'), data: null, httpResult: '' })
})

test('keeps nothing but its fields', async (t) => {
  const entry = historyEntry(unchecked({ ...facts(), integration: { _id: 'a', token, script: 'class Script {}' }, headers: { cookie: 'x' } }), [])
  t.strictSame(entry, entryOf('a', '1'))
})

test('cuts each body at 16 KiB and says which', async (t) => {
  for (const unit of ['x', 'ß', '日', '👩‍👩‍👧', '"', '\0', '\\n']) {
    const text = unit.repeat(20_000)
    const { httpResult = '', truncated } = historyEntry(facts({ httpResult: text }), [])
    t.ok(bytesOf(httpResult) <= entryBounds.body && bytesOf(httpResult) > entryBounds.body - 16, JSON.stringify(unit))
    t.ok(text.startsWith(httpResult), 'the beginning of it')
    t.notOk(isTorn(httpResult), 'between code points')
    t.strictSame(truncated, ['httpResult'])
  }
  const fits = 'x'.repeat(entryBounds.body - 2)
  t.strictSame(historyEntry(facts({ httpResult: fits }), []), { ...entryOf('a', '1'), httpResult: fits }, 'not a byte too early')
  t.strictSame(historyEntry(facts({ httpResult: `${fits}x` }), []).truncated, ['httpResult'])
})

test('a body that is cut keeps its form, and what follows a long text', async (t) => {
  const data = { text: 'x'.repeat(100_000), user: { _id: 'u', name: 'y'.repeat(100_000) }, list: Array.from({ length: 10_000 }, (_, n) => n), last: 1 }
  const cut = historyEntry(facts({ data }), [])
  t.strictSame(cut.truncated, ['data'])
  t.ok(bytesOf(cut.data) <= entryBounds.body && bytesOf(cut.data) > entryBounds.body / 2)
  t.match(cut.data, { text: /^x{8000,}$/, user: { _id: 'u', name: /^y{3000,}$/ }, list: [0, 1, 2] })

  const whole = { text: 'x'.repeat(12_000), siteUrl: 'https://chat.example' }
  t.strictSame(historyEntry(facts({ data: whole }), []), { ...entryOf('a', '1'), data: whole }, 'and one that fits is whole')
})

test('an entry takes 32 KiB at most, whatever is in it', async (t) => {
  const long = '"日\0👩'.repeat(10_000)
  const entry = historyEntry(facts({
    step: long,
    event: long,
    url: long,
    triggerWord: long,
    roomId: long,
    webhookId: long,
    error: long,
    data: { long, more: [long, long] },
    httpCallData: long,
    httpResult: long,
    httpError: Object.assign(new Error(long), { code: long }),
    console: Array.from({ length: 100 }, () => ({ level: 'log', text: long })),
    messages: Array.from({ length: 1000 }, (_, n) => ({ channel: `#${n}`, _id: String(n) })),
    notes: Array.from({ length: 1000 }, () => 'attachments[0] is no object')
  }), [token, secret])
  t.ok(bytesOf(entry) <= entryBounds.entry, String(bytesOf(entry)))
  t.ok(bytesOf(entry) > entryBounds.entry - 1024, 'and uses them')
  t.ok(Value.Check(HistoryEntrySchema, entry))
  for (const name of ['step', 'url', 'data', 'console', 'httpResult', 'httpCallData', 'notes', 'messages']) t.ok(entry.truncated?.includes(name), name)
  for (const { channel, _id } of entry.messages ?? []) t.equal(channel, `#${_id}`, 'a message is there or not')
})

test('the payload goes before what can be read elsewhere', async (t) => {
  const body = 'x'.repeat(15_000)
  const entry = historyEntry(facts({ data: { body }, httpResult: body, httpCallData: body }), [])
  t.strictSame(entry.data, { body })
  t.equal(entry.httpResult, body)
  t.ok((entry.httpCallData === undefined ? 0 : bytesOf(entry.httpCallData)) < 3000)
  t.strictSame(entry.truncated, ['httpCallData'])
})

test('takes out what headers carry, under any spelling and at any depth', async (t) => {
  const names = ['authorization', 'Authorization', 'COOKIE', 'Set-Cookie', 'X-Auth-Token', 'proxy-authorization']
  const headers = Object.fromEntries(names.map((name) => [name, `Bearer credential of ${name}`]))
  const values = { ...headers, 'Set-Cookie': ['a=credential', { credential: 'credential' }], accept: '*/*' }
  for (const field of ['data', 'httpCallData'] as const) {
    const entry = historyEntry(facts({ [field]: { headers: values, list: [[{ headers: values }]] } }), [])
    t.notMatch(JSON.stringify(entry), /credential/, field)
    t.match(entry[field], { headers: { accept: '*/*', COOKIE: '***' }, list: [[{ headers: { Authorization: '***' } }]] })
    t.notOk('truncated' in entry)
  }
})

test('takes out every known secret, in every form and every field', async (t) => {
  const secrets = [token, secret, 'quote" \\back slash/', '日本語の秘密の言葉']
  for (const one of secrets) {
    const forms = [
      one, JSON.stringify({ token: one }), `token=${encodeURIComponent(one)}&x=1`, new URLSearchParams({ token: one }).toString(), `<${one}>`,
      one.replace('whsec_', ''), JSON.stringify({ one }).replaceAll('/', '\\/')
    ]
    for (const form of forms) {
      const entry = historyEntry(facts({
        step: form,
        url: `https://a/${form}`,
        triggerWord: form,
        error: form,
        webhookId: form,
        roomId: form,
        event: form,
        data: { token: form, [form]: 1, deep: [[form]] },
        httpCallData: form,
        httpResult: form,
        httpError: new Error(form),
        console: [{ level: 'log', text: form }],
        messages: [{ channel: form, error: form }],
        notes: [form]
      }), secrets)
      const text = JSON.stringify(entry)
      for (const form of [one, encodeURIComponent(one), JSON.stringify(one).slice(1, -1)]) t.notOk(text.includes(form), form)
      t.notOk(text.includes('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), 'nor without what says that it is a secret')
      t.ok(text.includes('***'))
      t.notOk('truncated' in entry)
    }
  }
})

test('a short secret is taken out where it stands alone', async (t) => {
  const entry = historyEntry(facts({ data: { token: 'abc', number: 123, list: ['abc', 'abcd'], text: 'abcd abc' } }), ['abc', '123', '', ' '])
  t.strictSame(entry.data, { token: '***', number: '***', list: ['***', 'abcd'], text: 'abcd abc' })
})

test('no part of a secret is left where a body is cut', async (t) => {
  for (let before = entryBounds.body - 60; before < entryBounds.body + 60; before++) {
    for (const head of ['', `${token} ${token} ${token} `]) {
      const { httpResult = '' } = historyEntry(facts({ httpResult: `${head}${'.'.repeat(before - head.length)}${token} end` }), [token])
      for (let length = 4; length <= token.length; length++) {
        if (httpResult.includes(token.slice(0, length))) t.fail(`${before}: ${httpResult.slice(-40)}`)
      }
    }
  }
  t.pass('of 240 cuts')
})

test('never throws, whatever the bodies are', async (t) => {
  const circular: Record<string, unknown> = { name: 'loop' }
  circular.self = circular
  let deep: unknown = 'deepest'
  for (let depth = 0; depth < 100_000; depth++) deep = [deep]
  const thrower = { get value () { throw new Error('no') }, kept: 1 }
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const odd: Record<string, unknown> = {
    circular,
    deep,
    thrower,
    revoked: revoked.proxy,
    proxy: new Proxy({}, { ownKeys () { throw new Error('no') } }),
    function: () => {},
    symbol: Symbol('x'),
    bigint: 10n ** 30n,
    numbers: [NaN, Infinity, -0, 1e300],
    dates: [new Date(0), new Date(NaN)],
    bytes: Buffer.alloc(100_000),
    map: new Map([[1, 2]]),
    toJSON: { toJSON () { throw new Error('no') } },
    error: new Error('message'),
    odd: Object.assign(new Error('x'), { message: Symbol('x') }),
    prototype: JSON.parse('{"__proto__":{"polluted":1},"constructor":1}'),
    null: Object.create(null),
    holes: Array(3),
    long: Array(1_000_000),
    halves: ['\uD83D', '\uDE00'],
    undefined: [undefined, () => {}, Symbol('x')],
    hostile: Object.assign(Object.create({ inherited: 1 }), { own: 1 })
  }
  for (const [what, value] of Object.entries(odd)) {
    const entry = historyEntry(facts({ data: value, httpCallData: { value }, httpError: value }), [token])
    t.ok(bytesOf(entry) <= entryBounds.entry, what)
    t.ok(Value.Check(HistoryEntrySchema, JSON.parse(JSON.stringify(entry))), what)
  }
  const bodyOf = (data: unknown): unknown => historyEntry(facts({ data }), []).data
  t.strictSame(bodyOf(odd.dates), ['1970-01-01T00:00:00.000Z', null])
  t.strictSame(bodyOf(odd.bigint), '1000000000000000000000000000000')
  t.strictSame(bodyOf(odd.bytes), '(100000 bytes)')
  t.strictSame(bodyOf(odd.thrower), { value: '(unreadable)', kept: 1 })
  t.strictSame(bodyOf(odd.revoked), '(unreadable)')
  t.strictSame(bodyOf(odd.undefined), [null, null, null])
  t.strictSame(bodyOf(odd.holes), [null, null, null])
  t.strictSame(bodyOf(odd.numbers), [null, null, -0, 1e300])
  t.strictSame(bodyOf(odd.hostile), { own: 1 })
  t.strictSame(bodyOf(odd.error), { name: 'Error', message: 'message' })
  t.strictSame(JSON.stringify(bodyOf(odd.prototype)), '{"__proto__":{"polluted":1},"constructor":1}')
  t.equal(Reflect.get({}, 'polluted'), undefined)
  t.strictSame(historyEntry(facts({ data: odd.circular }), []).truncated, ['data'])
})

test('says what the error of a call says', async (t) => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED', secretCommand: token })
  const said: Array<[unknown, HistoryEntry['httpError']]> = [
    [cause, { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 127.0.0.1:1' }],
    [new TypeError('fetch failed', { cause }), { code: 'ECONNREFUSED', message: 'fetch failed' }],
    [new Error('plain'), { message: 'plain' }],
    [{ code: 'ETIMEDOUT', message: 'of an earlier attempt' }, { code: 'ETIMEDOUT', message: 'of an earlier attempt' }],
    [{ code: 5, message: 5 }, { message: 'something that is no Error was thrown' }],
    ['text', { message: 'text' }],
    [null, { message: 'something that is no Error was thrown' }]
  ]
  for (const [error, expected] of said) t.strictSame(historyEntry(facts({ httpError: error }), []).httpError, expected)
})

test('numbers that are none are left out', async (t) => {
  t.strictSame(historyEntry(facts({ attempt: NaN, status: Infinity, duration: NaN }), []), entryOf('a', '1'))
})

test('any JSON data comes back whole, or is named as cut', async () => {
  fc.assert(fc.property(fc.jsonValue(), fc.string({ unit: 'binary', maxLength: 30_000 }), (value, text) => {
    const data: unknown = JSON.parse(JSON.stringify(value))
    const entry = historyEntry(facts({ data, httpResult: text, httpCallData: { data, text } }), [])
    assert.ok(bytesOf(entry) <= entryBounds.entry)
    const { truncated = [] } = entry
    if (!truncated.includes('data')) assert.deepEqual(entry.data, data)
    else assert.ok(bytesOf(data) > entryBounds.body / 2 || JSON.stringify(data).includes('['.repeat(20)))
    assert.equal(truncated.includes('httpResult'), entry.httpResult !== text)
    if (!truncated.includes('httpCallData')) assert.deepEqual(entry.httpCallData, { data, text })
  }), { numRuns: 300 })
})

test('takes no longer for a large body than for one that is cut just so', async (t) => {
  const time = (length: number): number => {
    const data = { list: Array.from({ length }, () => ({ text: 'x'.repeat(100) })), text: `${token}`.repeat(length) }
    const begin = performance.now()
    for (let turn = 0; turn < 20; turn++) historyEntry(facts({ data, httpResult: data.text }), [token, secret])
    return performance.now() - begin
  }
  time(1000)
  const [small, large] = [time(1000), time(100_000)]
  t.ok(large < 20 * small + 100, `${small} ms, and ${large} ms for a hundred times as much`)
})
