import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { compareKeys, orderKey } from '../../../lib/base/text-order.ts'

/** Texts without half surrogate pairs, many of them around the ends of the planes. */
const text = fc.array(fc.oneof(
  fc.constantFrom(0x61, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF, 0x1F600),
  fc.integer({ min: 0, max: 0x10FFFF }).filter((code) => code < 0xD800 || code > 0xDFFF)
), { maxLength: 5 }).map((codes) => String.fromCodePoint(...codes))

test('keys sort by code points, as the bytes of UTF-8 do', async (t) => {
  fc.assert(fc.property(text, text, (a, b) => {
    assert.equal(compareKeys(orderKey(a), orderKey(b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
  }), { seed: 20_170_106, numRuns: 5000 })
  t.equal(orderKey('Éclair 日本語'), 'Éclair 日本語', 'nearly every text is its own key')
})

test('two texts have two keys', async (t) => {
  const units = Array.from({ length: 0x10000 }, (_, code) => orderKey(String.fromCharCode(code)))
  t.equal(new Set(units).size, 0x10000)
})
