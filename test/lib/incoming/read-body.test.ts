import { Buffer } from 'node:buffer'
import { test } from 'tap'
import { readBody, type ReadBody } from '../../../lib/incoming/read-body.ts'

// The table of bodies is in senders/; here is the rest: the parts for scripts, and doubtful cases.

const form = 'application/x-www-form-urlencoded'

function read (body: string | Buffer, header?: string): ReadBody {
  const result = readBody(Buffer.from(body), header)
  if (result.kind === 'refused') throw new Error(result.error)
  return result
}

test('a script gets the body as it came, and the fields of a form', async (t) => {
  t.strictSame(read('\uFEFF {"a":1}\n'), { kind: 'read', payload: { a: 1 }, content: { a: 1 }, contentRaw: ' {"a":1}\n', form: {} })
  t.strictSame(read(' hello\n'), { kind: 'read', payload: { text: 'hello' }, content: 'hello', contentRaw: ' hello\n', form: {} })
  t.strictSame(read(''), { kind: 'read', payload: undefined, content: undefined, contentRaw: '', form: {} })
  t.strictSame(read('[1]'), { kind: 'read', payload: undefined, content: [1], contentRaw: '[1]', form: {} })
  const encoded = read('payload=%7B%22a%22%3A1%7D&b=2', form)
  t.strictSame([encoded.payload, encoded.content, { ...encoded.form }], [{ a: 1 }, { a: 1 }, { payload: '{"a":1}', b: '2' }])
  const plain = read('payload={"a":"1&2"}', form)
  t.strictSame([plain.payload, { ...plain.form }, plain.contentRaw], [{ a: '1&2' }, { payload: '{"a":"1&2"}' }, 'payload={"a":"1&2"}'])
  const fields = read('a=1&b=2', form)
  t.equal(fields.payload, fields.content)
  t.strictSame({ ...fields.form }, { a: '1', b: '2' })
})

test('a multipart body with a file that is no text', async (t) => {
  const body = Buffer.concat([Buffer.from('--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n'), Buffer.from([0xFF]), Buffer.from('\r\n--x--')])
  const { contentRaw, form } = read(body)
  t.ok(contentRaw.includes('\uFFFD'))
  t.strictSame({ ...form }, {})
})

test('in doubt, the header helps', async (t) => {
  for (const [body, header, content] of [
    ['load=5', undefined, { load: '5' }],
    ['load=5', form, { load: '5' }],
    ['load=5', 'application/octet-stream', { load: '5' }],
    ['load=5', 'text/plain', 'load=5'],
    ['text=5', 'text/plain', { text: '5' }],
    ['[FIRING] a', 'text/plain', '[FIRING] a'],
    ['[FIRING] a', form, '[FIRING] a'],
    ['payload=5 kg', form, 'payload=5 kg'],
    ['"a" is down', undefined, '"a" is down'],
    ['5 is high', undefined, '5 is high'],
    ['-1e3', undefined, -1000],
    ['true', 'text/plain', true],
    ['--x is an option', undefined, '--x is an option']
  ] as const) {
    const found = read(body, header).content
    t.strictSame(typeof found === 'object' && found !== null ? { ...found } : found, content, `${body} as ${header}`)
  }
})

test('refusals tell the place and repeat nothing', async (t) => {
  for (const [body, header, reason, position] of [
    ['\n {"text":"s3cret}', undefined, 'broken-json', 18],
    ['{curly} text', 'text/plain', 'broken-json', 1],
    ['[FIRING] s3cret', 'application/problem+json', 'broken-json', 1],
    ['{"a":1}{"b":2}', undefined, 'broken-json', 7],
    ['payload=%7B%22a%22%7D', form, 'broken-json', 4],
    ['payload={"a":"s3cret" "}', form, 'broken-json', 14],
    ['payload=%7Bs3cret "', form, 'broken-json', 1],
    ['payload=null', form, 'payload-no-object', undefined],
    ['payload=s3cret&text=a', form, 'payload-no-object', undefined],
    ['--x\r\nContent-Disposition: form-data; name=payload_json\r\n\r\ns3cret\r\n--x--', undefined, 'payload-no-object', undefined]
  ] as const) {
    const refusal = readBody(Buffer.from(body), header)
    t.match(refusal, { kind: 'refused', code: 'error-invalid-payload', reason }, body)
    t.equal(refusal.kind === 'refused' ? refusal.position : -1, position, body)
    t.notMatch(JSON.stringify(refusal), 's3cret')
  }
})

test('a blank payload field is absent', async (t) => {
  t.strictSame({ ...read('payload=&text=a', form).payload }, { payload: '', text: 'a' })
})

test('field names of the body pollute nothing', async (t) => {
  for (const body of ['{"__proto__":{"text":"a"},"constructor":{"prototype":{"text":"b"}}}', '__proto__=a&constructor=b', 'payload={"__proto__":{"text":"a"}}']) {
    const { payload } = read(body, form)
    t.ok(payload !== undefined && Object.hasOwn(payload, '__proto__'))
    t.equal(payload?.['text'], undefined)
    t.equal(Reflect.get({}, 'text'), undefined)
  }
})
