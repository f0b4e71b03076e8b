import fc from 'fast-check'
import { test } from 'tap'
import { parseJson } from '../../../lib/incoming/json.ts'
import { brokenAt } from '../../../lib/model/json.ts'
import { anyJson } from '../../hostile/support/json.ts'

function isJson (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** JSON, and JSON with something put in, taken out or cut off. */
const nearlyJson = fc.tuple(anyJson, fc.nat(), fc.constantFrom('', '"', '\\', ',', '}', ']', ':', '{', '1', 'e', '-', '.', 'u', '\n', '\x01', ' ', 'é'), fc.boolean(), fc.boolean())
  .map(([json, at, letter, replace, cut]) => {
    const place = at % (json.length + 1)
    return json.slice(0, place) + letter + (cut ? '' : json.slice(place + (replace ? 1 : 0)))
  })

test('the position is where no continuation could help', async (t) => {
  let broken = 0
  fc.assert(fc.property(nearlyJson, (text) => {
    const at = brokenAt(text)
    if (isJson(text)) return at === text.length
    broken++
    // The text before may still become JSON, and with the character it cannot.
    return at <= text.length && brokenAt(text.slice(0, at)) === at && brokenAt(text.slice(0, at + 1)) === at
  }), { numRuns: 5_000 })
  t.ok(broken > 1_000, `${broken} were broken`)
})

test('positions', async (t) => {
  for (const [text, position] of [
    ['{"text":"a" "b"}', 12], ['{"text":}', 8], ['{text:1}', 1], ['{"a":1,}', 7], ['{"a" 1}', 5], ["{'a':1}", 1], ['{"a":"', 6], ['{', 1],
    ['{"a":tru }', 8], ['{"a":01}', 6], ['{"a":1.}', 7], ['{"a":-}', 6], ['{"a":1e}', 7], ['{"a":1e+}', 8], ['{"a":"\\x"}', 7], ['{"a":"\\u12g"}', 10],
    ['{"a":"\n"}', 6], ['{}x', 2], ['[1 2]', 3], ['[1,]', 3], ['[}', 1], ['{]', 1], ['', 0]
  ] as const) {
    t.notOk(isJson(text), text)
    t.equal(brokenAt(text), position, text)
    t.match(parseJson(text, 'The body', 3), { kind: 'refused', reason: 'broken-json', position: position + 3 })
  }
})

test('the refusal repeats nothing of the text', async (t) => {
  const refusal = parseJson('{"token":"s3cret', 'The payload', 0)
  t.match(refusal, { error: 'The payload is not valid JSON: look at character 16' })
  t.notMatch(JSON.stringify(refusal), 's3cret')
})

test('nesting has a limit, in which texts do not count', async (t) => {
  const deep = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`
  t.equal(parseJson(deep(200), 'The body', 0).kind, 'json')
  t.match(parseJson(deep(202), 'The body', 0), { kind: 'refused', reason: 'too-deep' })
  t.match(parseJson('['.repeat(1_000_000), 'The body', 0), { kind: 'refused', reason: 'too-deep' })
  t.equal(parseJson(`["${'[\\"{'.repeat(500)}"]`, 'The body', 0).kind, 'json')
  t.equal(parseJson(`[${'[],{},'.repeat(500)}1]`, 'The body', 0).kind, 'json')
})

test('the number of values has a limit, in which texts do not count', async (t) => {
  for (const value of ['1', '{}', '[]', '"a"']) {
    t.equal(parseJson(`[${`${value},`.repeat(20_000)}1]`, 'The body', 0).kind, 'json', value)
    t.match(parseJson(`[${`${value},`.repeat(50_000)}1]`, 'The body', 0), {
      kind: 'refused', reason: 'too-many-values', error: 'The body has more than 50000 values'
    }, value)
  }
  t.match(parseJson(`{${Array.from({ length: 50_001 }, (_, index) => `"k${index}":1`).join(',')}}`, 'The payload', 0), { reason: 'too-many-values' })
  t.equal(parseJson(`["${',{['.repeat(200_000)}"]`, 'The body', 0).kind, 'json')
})
