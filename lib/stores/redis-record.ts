import { TypeCompiler } from '@sinclair/typebox/compiler'
import { IncomingIntegrationSchema, type Integration, OutgoingIntegrationSchema } from '../../schemas/index.ts'
import { RecordDamagedError, RecordTooNewError } from '../errors.ts'

/** The format that this version writes. A later version that writes another one raises it. */
const format = '1'

const checkIncoming = TypeCompiler.Compile(IncomingIntegrationSchema)
const checkOutgoing = TypeCompiler.Compile(OutgoingIntegrationSchema)

/**
 * An integration as one string: `<format>.<revision>|<json>`. A change of the
 * record raises the revision; a script compares it as text and never needs to
 * read the JSON.
 */
export function encodeRecord (integration: Integration, revision: number): string {
  return `${format}.${revision}|${JSON.stringify(integration)}`
}

/**
 * Reads a record back.
 *
 * @throws RecordDamagedError when it is no integration with this `_id`.
 * @throws RecordTooNewError when a later version wrote it.
 */
export function decodeRecord (id: string, record: string): Integration {
  const head = /^([1-9]\d{0,8})\.[1-9]\d*\|/.exec(record)
  if (head?.[1] === undefined) throw new RecordDamagedError(id, 'it does not begin with format and revision')
  if (head[1] !== format) throw new RecordTooNewError(id, head[1])
  const integration = parse(id, record.slice(head[0].length))
  if (checkIncoming.Check(integration) || checkOutgoing.Check(integration)) {
    if (integration._id === id) return integration
    throw new RecordDamagedError(id, 'it holds another _id')
  }
  throw new RecordDamagedError(id, 'it is not an integration')
}

function parse (id: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The parser's message quotes the text, tokens included.
    throw new RecordDamagedError(id, 'its JSON is broken')
  }
}
