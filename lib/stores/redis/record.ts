import { TypeCompiler } from '@sinclair/typebox/compiler'
import { IncomingIntegrationSchema, type Integration, OutgoingIntegrationSchema } from '../../../schemas/index.ts'
import { RecordDamagedError, RecordTooNewError } from '../../errors/index.ts'
import type { StoredIntegration } from '../../ports/store.ts'

/** The format that this version writes. A change of the format raises the number. */
const format = '1'

const checkIncoming = TypeCompiler.Compile(IncomingIntegrationSchema)
const checkOutgoing = TypeCompiler.Compile(OutgoingIntegrationSchema)

/** The values of fields that a record leaves out: nearly every integration has them. */
const usual = {
  enabled: true,
  scriptEnabled: false,
  scriptEngine: 'isolated-vm',
  skipTranspile: false
} as const

const usualIncoming = { ...usual, overrideDestinationChannelEnabled: false } as const
const usualOutgoing = { ...usual, event: 'sendMessage' } as const

/**
 * An integration as one string: `<format>.<revision>|<json>`. A change of the
 * record raises the revision. A script compares the revision as text and never
 * needs to read the JSON.
 *
 * The JSON leaves out the fields that can be derived, which saves about a
 * quarter: the `_id`, which is in the key; `_updatedAt` before the first change;
 * and usual values.
 *
 * @param previous the revision of the state that this one follows.
 */
export function encodeRecord (integration: Integration, previous: string = `${format}.0`): string {
  // BigInt: the next number differs, however long the number is.
  const revision = BigInt(previous.slice(format.length + 1)) + 1n
  return `${format}.${revision}|${JSON.stringify(integration.type === 'webhook-incoming'
    ? {
        ...integration,
        ...unusual(integration),
        overrideDestinationChannelEnabled: unless(
          usualIncoming.overrideDestinationChannelEnabled, integration.overrideDestinationChannelEnabled)
      }
    : {
        ...integration,
        ...unusual(integration),
        event: unless(usualOutgoing.event, integration.event)
      })}`
}

/** The fields that the record of any integration may leave out; undefined where it does. */
function unusual (integration: Integration): { readonly [field in keyof Integration]?: Integration[field] | undefined } {
  return {
    _id: undefined,
    enabled: unless(usual.enabled, integration.enabled),
    scriptEnabled: unless(usual.scriptEnabled, integration.scriptEnabled),
    scriptEngine: unless(usual.scriptEngine, integration.scriptEngine),
    skipTranspile: unless(usual.skipTranspile, integration.skipTranspile),
    _updatedAt: unless(integration._createdAt, integration._updatedAt)
  }
}

function unless<T> (usual: T, value: T): T | undefined {
  return value === usual ? undefined : value
}

/**
 * Reads a record back.
 *
 * @throws RecordDamagedError when the record holds no integration with this `_id`.
 * @throws RecordTooNewError when a later version wrote the record.
 */
export function decodeRecord (id: string, record: string): StoredIntegration {
  const [head, revision, written] = /^(([1-9]\d{0,8})\.[1-9]\d{0,29})\|/.exec(record) ?? []
  if (head === undefined || revision === undefined || written === undefined) {
    throw new RecordDamagedError(id, 'it does not begin with format and revision')
  }
  if (written !== format) throw new RecordTooNewError(id, written)
  const integration = asIntegration(id, complete(id, parse(id, record.slice(head.length))))
  if (integration._id === id) return { integration, revision }
  throw new RecordDamagedError(id, 'it holds another _id')
}

/** The depth that a record may have. An integration has three levels; a later version may add some. */
const deepest = 20

function asIntegration (id: string, value: unknown): Integration {
  // A value with very many levels cannot be copied or written as JSON again.
  if (isDeeper(value, deepest)) throw new RecordDamagedError(id, 'it is nested too deep')
  if (checkIncoming.Check(value) || checkOutgoing.Check(value)) return value
  throw new RecordDamagedError(id, 'it is not an integration')
}

function isDeeper (value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  // No list of the values: this runs for every record that is read.
  for (const name in value) {
    if (isDeeper(Reflect.get(value, name), levels - 1)) return true
  }
  return false
}

/** Adds the fields that the record leaves out. */
function complete (_id: string, stored: unknown): unknown {
  if (typeof stored !== 'object' || stored === null || !('type' in stored) || !('_createdAt' in stored)) return stored
  return {
    _id,
    _updatedAt: stored._createdAt,
    ...(stored.type === 'webhook-incoming' ? usualIncoming : usualOutgoing),
    ...stored
  }
}

function parse (id: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The message of the parser quotes the text, tokens included. It is left out.
    throw new RecordDamagedError(id, 'its JSON is broken')
  }
}
