import { Buffer } from 'node:buffer'
import { test } from 'tap'
import { decode } from '../../../lib/incoming/charset.ts'

test('UTF-8, with and without a byte order mark', async (t) => {
  t.strictSame(decode(Buffer.from('Größe'), undefined), { kind: 'text', text: 'Größe' })
  t.strictSame(decode(Buffer.from('\uFEFFGröße'), undefined), { kind: 'text', text: 'Größe' })
  t.strictSame(decode(Buffer.from('\uFEFFGröße'), 'utf-16'), { kind: 'text', text: 'Größe' })
  t.strictSame(decode(Buffer.from('x'), ''), { kind: 'text', text: 'x' })
})

test('another charset only where the header names it', async (t) => {
  const bytes = Buffer.from('Größe', 'latin1')
  for (const charset of ['iso-8859-1', 'ISO-8859-1', 'latin1', 'windows-1252']) {
    t.strictSame(decode(bytes, charset), { kind: 'text', text: 'Größe' }, charset)
  }
  t.match(decode(bytes, undefined), { kind: 'refused', reason: 'charset', error: /name the charset in the Content-Type header$/ })
  t.match(decode(bytes, 'utf-8'), { kind: 'refused', error: /name the charset/ })
  t.match(decode(bytes, 'klingon'), { kind: 'refused', error: /is not known/ })
  t.match(decode(Buffer.from([0x81, 0x20]), 'shift_jis'), { kind: 'refused', error: /does not fit/ })
})

test('text of long units is not taken for UTF-8, although the bytes would fit', async (t) => {
  // ESC $ B … ESC ( B: only ASCII bytes.
  t.strictSame(decode(Buffer.from('\x1B$B$"\x1B(B'), 'iso-2022-jp'), { kind: 'text', text: 'あ' })
  t.strictSame(decode(Buffer.from('{}', 'utf16le'), 'utf-16'), { kind: 'text', text: '{}' })
  t.strictSame(decode(Buffer.from('{}', 'utf16le').swap16(), 'UTF16'), { kind: 'text', text: '{}' })
})
