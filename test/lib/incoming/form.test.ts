import fc from 'fast-check'
import { test } from 'tap'
import { decodePercent, isEncodedForm, parseForm } from '../../../lib/incoming/form.ts'

test('texts that are an encoded form, and texts that are none', async (t) => {
  for (const text of ['a=1', 'a=', '=1', 'a=%20b&c=d+e', "a=b*-._~!'()", 'a=b&', '&a=b', 'a=b=c']) t.ok(isEncodedForm(text), text)
  for (const text of ['', 'a', 'a&b', 'a=b c', 'a=ü', 'a=%', 'a=%2', 'a=%zz', 'a="b"', 'https://x.example/?a=b', 'a=b\nc=d', 'load=50%']) t.notOk(isEncodedForm(text), text)
})

test('a form of URLSearchParams is read as it was', async () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (fields) => {
    const text = new URLSearchParams(Object.entries(fields)).toString()
    const form = parseForm(text, undefined)
    const expected = Object.entries(fields).filter(([name, value]) => text !== '' || name !== '' || value !== '')
    return form.kind === 'form' && JSON.stringify(Object.entries(form.fields).sort()) === JSON.stringify(expected.sort())
  }), { numRuns: 1_000 })
})

test('no name means anything special', async (t) => {
  const form = parseForm('__proto__=a&constructor=b&toString=c&a&a=1&a=2', undefined)
  t.equal(form.kind, 'form')
  if (form.kind !== 'form') return
  t.strictSame(Object.entries(form.fields), [['__proto__', 'a'], ['constructor', 'b'], ['toString', 'c'], ['a', '2']])
  t.equal(Object.getPrototypeOf(form.fields), null)
})

test('bytes behind percent signs have a charset, too', async (t) => {
  t.match(parseForm('a=%FC', 'iso-8859-1'), { fields: { a: 'ü' } })
  t.match(parseForm('a=%FC', undefined), { kind: 'refused', reason: 'charset' })
  t.match(parseForm('%FC=a', undefined), { kind: 'refused', reason: 'charset' })
  t.strictSame(decodePercent('50% +%4', undefined), { kind: 'text', text: '50%  %4' })
})

test('a form has at most 1,000 fields', async (t) => {
  t.equal(parseForm('a=1&'.repeat(1_000), undefined).kind, 'form')
  t.match(parseForm('a=1&'.repeat(1_001), undefined), { kind: 'refused', reason: 'too-many-fields' })
})
