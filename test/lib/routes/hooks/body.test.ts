import { Buffer } from 'node:buffer'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import type { FastifyRequest } from 'fastify'
import { test } from 'tap'
import { BodyError, readBytes, requirePlain } from '../../../../lib/routes/hooks/body.ts'
import { unchecked } from '../../../support/unchecked.ts'

const bounds = { bodyLimit: 10, bodyTimeout: 60_000 }

function read (stream: Readable, contentLength?: string, more: Partial<typeof bounds> = {}): Promise<Buffer> {
  return readBytes(unchecked<FastifyRequest['raw']>(stream), contentLength, { ...bounds, ...more })
}

async function failureOf (body: Promise<Buffer>): Promise<unknown> {
  const error: unknown = await body.then(() => null, (reason: unknown) => reason)
  return error instanceof BodyError ? error.failed : error
}

test('a body of any number of chunks', async (t) => {
  const chunk = fc.oneof(fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)), fc.string({ maxLength: 3 }))
  await t.resolves(async () => await fc.assert(fc.asyncProperty(fc.array(chunk, { maxLength: 6 }), async (chunks) => {
    const whole = Buffer.concat(chunks.map((part) => Buffer.from(part)))
    const result = await read(Readable.from(chunks)).catch((error: unknown) => error)
    return Buffer.isBuffer(result) ? result.equals(whole) && whole.length <= 10 : whole.length > 10 && result instanceof BodyError
  })))
})

test('the limit', async (t) => {
  const tooLarge = { kind: 'failed', status: 413, code: 'error-body-too-large', error: 'The body is larger than 10 bytes [error-body-too-large]', details: { limit: 10 } }
  t.equal(String(await read(Readable.from(['0123456789']), '10')), '0123456789')
  t.strictSame(await failureOf(read(Readable.from(['0123456789a']))), tooLarge)
  t.strictSame(await failureOf(read(Readable.from(['01234', '56789', 'a']))), tooLarge)
  const unread = new Readable({ read () { t.fail('it is read') } })
  t.strictSame(await failureOf(read(unread, '11')), tooLarge, 'what is announced as too large is not read')
  t.strictSame(await failureOf(read(Object.assign(Readable.from(['a']), { receivedEncodedLength: 11 }))), tooLarge, 'the compressed body counts as well')
  t.equal(String(await read(Readable.from(['a']), 'nonsense')), 'a')
})

test('a body that is too slow', async (t) => {
  const stream = new PassThrough()
  stream.write('a')
  t.match(await failureOf(read(stream, undefined, { bodyTimeout: 20 })), { status: 408, code: 'error-body-too-slow', error: 'The body did not arrive within 0.02 s [error-body-too-slow]' })
  stream.end('b')
  t.equal(stream.listenerCount('data'), 0)
})

test('a body that breaks off, and errors after the end', async (t) => {
  const unreadable = { status: 400, code: 'error-invalid-payload', error: 'The body could not be read to its end [error-invalid-payload]' }
  for (const error of [undefined, Object.assign(new Error('aborted'), { code: 'ECONNRESET' }), new Error('incorrect header check')]) {
    const stream = new PassThrough()
    stream.write('a')
    const failed = failureOf(read(stream))
    stream.destroy(error)
    t.match(await failed, unreadable)
    stream.emit('error', new Error('again'))
  }
  const refusing = new PassThrough()
  const refused = failureOf(read(refusing))
  const ofTheHost = Object.assign(new Error('Too much'), { statusCode: 413 })
  refusing.destroy(ofTheHost)
  t.equal(await refused, ofTheHost)
})

test('a compressed body', async (t) => {
  for (const encoding of [undefined, '', ' ', 'identity', ' Identity ']) requirePlain(encoding)
  for (const encoding of ['gzip', 'x-gzip', 'deflate', 'br', 'zstd', 'gzip, identity', 'identity, gzip', 'identityx']) {
    t.match(await failureOf((async () => { requirePlain(encoding); return Buffer.alloc(0) })()), {
      status: 415, code: 'error-unsupported-encoding', error: /^Send the body without Content-Encoding/
    }, encoding)
  }
})
