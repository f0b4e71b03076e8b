import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalidParams } from '../../errors/index.ts'
import { asError } from '../as-error.ts'

/**
 * Replaces the parsers that the context inherited: JSON only. The host's own
 * parsers and its treatment of `__proto__` do not count. Field names of a body
 * are checked against the schema and never copied: the parser need not reject
 * any name.
 */
export function parseJsonOnly (context: FastifyInstance): void {
  context.removeAllContentTypeParsers()
  context.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    (_request: FastifyRequest, body: Buffer, done) => {
      try {
        done(null, parse(body))
      } catch (error) {
        done(asError(error))
      }
    }
  )
}

function parse (body: Buffer): unknown {
  if (!isUtf8(body)) throw invalidParams([{ path: '', message: 'The body is not valid UTF-8' }])
  const text = body.toString()
  try {
    // RFC 8259, section 8.1: a byte order mark may be ignored.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text)
  } catch (error) {
    // V8's message quotes the text, tokens included; only its position is repeated.
    const position = /position (\d+)/.exec(String(error))?.[1]
    const where = position === undefined ? '' : ` near character ${position}`
    throw invalidParams([{ path: '', message: `The body is not valid JSON${where}` }])
  }
}
