import fc from 'fast-check'
import { test } from 'tap'
import { isHttpUrl, normalize } from '../../../../lib/management/draft/normalize.ts'
import { validateInput } from '../../../../lib/management/input/validators.ts'
import { IntegrationError } from '../../../../lib/errors/index.ts'
import { incomingBody, outgoingBody } from '../../../support/bodies.ts'

const limits = { maxScriptLength: 65536 }
const runs = { numRuns: 2000, seed: 20170106 }

/** Text as people and attackers write it: blanks, commas, control characters, halves of surrogate pairs. */
const text = fc.string({ unit: fc.oneof(fc.constantFrom(' ', ',', '\n', '\0', '\ud800', 'é', '😀', '#', '@', 'a', 'b'), fc.string({ minLength: 1, maxLength: 1 })) })

const optional = {
  alias: text,
  avatar: text,
  emoji: text,
  script: text,
  token: text,
  targetRoom: text,
  retryDelay: text,
  triggerWords: fc.oneof(text, fc.array(text)),
  retryCount: fc.integer({ min: -1, max: 12 }),
  retryFailedCalls: fc.boolean(),
  urls: fc.array(fc.oneof(text, fc.webUrl()), { maxLength: 30 }),
  channel: fc.oneof(text, fc.array(text)),
  name: text,
  username: text
}

function outcome<T> (run: () => T): T | IntegrationError {
  try {
    return run()
  } catch (error) {
    if (error instanceof IntegrationError) return error
    throw error
  }
}

test('whatever is sent is either normalised or refused as invalid-params', (t) => {
  fc.assert(fc.property(fc.constantFrom(incomingBody, outgoingBody), fc.record(optional, { requiredKeys: [] }), (body, fields) => {
    const result = outcome(() => normalize(validateInput({ ...body, ...fields }), limits))
    if (result instanceof IntegrationError) return result.code === 'invalid-params'
    const lists = [result.channels, ...(result.type === 'webhook-outgoing' ? [result.urls, result.triggerWords ?? ['x']] : [])]
    return lists.every((list) => new Set(list).size === list.length && list.every((entry) => entry !== '' && entry === entry.trim())) &&
      result.name === result.name.trim() && result.name !== ''
  }), runs)
  t.end()
})

test('normalising what was normalised changes nothing', (t) => {
  fc.assert(fc.property(fc.record(optional, { requiredKeys: [] }), (fields) => {
    const first = outcome(() => normalize(validateInput({ ...outgoingBody, ...fields }), limits))
    if (first instanceof IntegrationError || first.type !== 'webhook-outgoing') return
    const { channels, eventText, event, ...rest } = first
    const again = normalize(validateInput({ ...rest, channel: channels, event: eventText }), limits)
    t.strictSame(again, first)
  }), { ...runs, numRuns: 300 })
  t.end()
})

test('the object of the caller is not changed', (t) => {
  const body = Object.freeze({ ...outgoingBody, urls: Object.freeze([' http://a.example ', '']), triggerWords: Object.freeze([' a ', '']) })
  const copy = structuredClone(body)
  normalize(validateInput(body), limits)
  t.strictSame(body, copy)
  t.end()
})

test('an http URL is what the parser takes for one as it is', (t) => {
  const byParser = (value: string): boolean => {
    try {
      return /^https?:\/\/[^\s\p{Cc}]+$/iu.test(value) && new URL(value).host !== ''
    } catch {
      return false
    }
  }
  const parts = fc.constantFrom(
    'a', 'b1', '1', '256', '0x1', '-', '--', 'xn--', 'xn--a', 'xn--mnchen-3ya', '.', '..', ':', ':80', ':99999', ':x', '/', '?', '#', '@', '\\', '[', ']',
    '[::1]', '%', '%zz', ' ', '\t', '\0', 'Ä', '\ud800', 'ſ', 'K', '_', '~', 'localhost', '127.0.0.1', '1.2.3.4.5'
  )
  const urls = fc.tuple(fc.constantFrom('http://', 'https://', 'HTTP://', 'http:/', 'http:', 'ftp://', ''), fc.array(parts, { maxLength: 8 }))
    .map(([start, rest]) => start + rest.join(''))
  fc.assert(fc.property(fc.oneof(urls, fc.webUrl(), fc.string()), (url) => isHttpUrl(url) === byParser(url)), { seed: 1, numRuns: 20_000 })
  t.end()
})

test('a URL is good however often it was looked at before', (t) => {
  // URL.canParse of Node.js 20 changes its mind after some thousand calls.
  let refused = 0
  for (let i = 0; i < 50_000; i++) if (!isHttpUrl(i % 2 === 0 ? 'http://Ä.example/' : 'http://a.example/ä')) refused++
  t.equal(refused, 0)
  t.end()
})
