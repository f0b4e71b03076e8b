import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { test } from 'tap'
import { headerValue } from '../../../lib/incoming/content-type.ts'
import { parseMultipart } from '../../../lib/incoming/multipart.ts'

function fieldsOf (body: string | Buffer, header?: string): unknown {
  const form = parseMultipart(Buffer.from(body), headerValue(header))
  return form?.kind === 'form' ? { ...form.fields } : form
}

function part (name: string, value: string, more = ''): string {
  return `Content-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
}

test('a form of fetch is read as it was', async () => {
  await fc.assert(fc.asyncProperty(fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), fc.string({ unit: 'grapheme' })), async (fields) => {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob([new Uint8Array([0xFF, 0x00, 0x0D, 0x0A, 0x2D, 0x2D])]), 'a.bin')
    const request = new Response(form)
    const read = parseMultipart(Buffer.from(await request.arrayBuffer()), headerValue(request.headers.get('content-type') ?? ''))
    // FormData writes each line end as CRLF.
    const expected = Object.entries(fields).map(([name, value]) => [name, value.replace(/\r?\n|\r/g, '\r\n')])
    return read?.kind === 'form' && JSON.stringify(Object.entries(read.fields)) === JSON.stringify(expected)
  }), { numRuns: 300 })
})

test('files are ignored, and so are parts without a name', async (t) => {
  const body = `--x\r\n${part('payload', '{}', '; filename="a.json"')}--x\r\n${part('b', '2', "; filename*=UTF-8''a.json")}--x\r\nContent-Type: text/plain\r\n\r\nc\r\n--x\r\n\r\nd\r\n--x\r\n${part('e', '5')}--x--`
  t.strictSame(fieldsOf(body, 'multipart/form-data; boundary=x'), { e: '5' })
})

test('the boundary of the bytes counts where the header has none, or another', async (t) => {
  const body = `--x\r\n${part('a', '1')}--x--\r\n`
  for (const header of [undefined, 'multipart/form-data', 'multipart/form-data; boundary=y', 'text/plain', `multipart/form-data; boundary=${'y'.repeat(300)}`]) {
    t.strictSame(fieldsOf(body, header), { a: '1' }, String(header))
  }
  t.equal(fieldsOf('--x\r\nhello', undefined), undefined, 'a text with dashes')
  t.equal(fieldsOf('--\r\nContent-Type: a', undefined), undefined, 'no boundary')
  t.equal(fieldsOf('hello', 'multipart/form-data; boundary=x'), undefined)
})

test('odd lines', async (t) => {
  const header = 'multipart/form-data; boundary=x'
  t.strictSame(fieldsOf('preamble\r\n--x \t\r\ncontent-disposition:form-data;name=a\r\n\r\n1\r\n2\r\n--xy\r\n3\r\n--x--\r\nepilogue', header), { a: '1\r\n2\r\n--xy\r\n3' })
  t.strictSame(fieldsOf('\r\n--x\nContent-Disposition: form-data; name=a\n\n1\n--x\nContent-Disposition: form-data; name=b\n\n2', header), { a: '1', b: '2' }, 'line feeds, and no end')
  t.strictSame(fieldsOf(`--x\r\n--x\r\n${part('a', '')}--x--`, header), { a: '' }, 'an empty part')
  t.strictSame(fieldsOf(`--x\r\n${part('ä', 'ö')}--x--`, header), { ä: 'ö' })
  t.strictSame(fieldsOf(`--x\r\n${part('__proto__', '1')}--x--`, header), { ['__proto__']: '1' })
})

test('a part may have a charset', async (t) => {
  const body = (charset: string): Buffer => Buffer.from(`--x\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain${charset}\r\n\r\nü\r\n--x--`, 'latin1')
  t.strictSame(fieldsOf(body('; charset=iso-8859-1')), { a: 'ü' })
  t.match(fieldsOf(body('')), { kind: 'refused', reason: 'charset' })
})

test('a body has at most 1,000 parts, and headers have an end', async (t) => {
  t.type(fieldsOf(`--x\r\n${part('a', '1')}`.repeat(1_000)), 'object')
  t.match(fieldsOf(`--x\r\n${part('a', '1')}`.repeat(1_001)), { kind: 'refused', reason: 'too-many-fields' })
  t.strictSame(fieldsOf(`--x\r\nContent-Type: a\r\n${'a: b\r\n'.repeat(2_000)}${part('a', '1')}--x--`), {})
})
