import { TypeCompiler } from '@sinclair/typebox/compiler'
import { IncomingIntegrationSchema, type Integration, OutgoingIntegrationSchema } from '../../schemas/index.ts'
import { RecordDamagedError, RecordTooNewError } from '../errors.ts'
import { type StoredIntegration } from '../ports/store.ts'

/** The format that this version writes. A later version that writes another one raises it. */
const format = '1'

const checkIncoming = TypeCompiler.Compile(IncomingIntegrationSchema)
const checkOutgoing = TypeCompiler.Compile(OutgoingIntegrationSchema)

/**
 * An integration as one string: `<format>.<revision>|<json>`. A change of the
 * record raises the revision; a script compares it as text and never needs to
 * read the JSON.
 *
 * @param previous the revision of the state that this one follows.
 */
export function encodeRecord (integration: Integration, previous: string = `${format}.0`): string {
  const revision = Number(previous.slice(format.length + 1)) + 1
  return `${format}.${revision}|${JSON.stringify(integration)}`
}

/**
 * Reads a record back.
 *
 * @throws RecordDamagedError when it is no integration with this `_id`.
 * @throws RecordTooNewError when a later version wrote it.
 */
export function decodeRecord (id: string, record: string): StoredIntegration {
  const [head, revision, written] = /^(([1-9]\d{0,8})\.[1-9]\d*)\|/.exec(record) ?? []
  if (head === undefined || revision === undefined || written === undefined) {
    throw new RecordDamagedError(id, 'it does not begin with format and revision')
  }
  if (written !== format) throw new RecordTooNewError(id, written)
  const integration = parse(id, record.slice(head.length))
  if (checkIncoming.Check(integration) || checkOutgoing.Check(integration)) {
    if (integration._id === id) return { integration, revision }
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
