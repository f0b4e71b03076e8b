import { createHash } from 'node:crypto'
import { Value } from '@sinclair/typebox/value'
import type { Redis } from 'ioredis'
import type { Test } from 'tap'
import { type Integration, IntegrationSchema } from '../../schemas/index.ts'

/** One entry of the stream of changes. */
export interface Change {
  readonly action: string
  readonly type: string
  readonly _id: string
}

/** What a workspace of RedisStore holds. */
export interface WorkspaceReport {
  /** What does not fit together, a sentence each; empty when all is well. */
  readonly problems: readonly string[]
  /** Every key that begins with the workspace, sorted. */
  readonly keys: readonly string[]
  /** Every record that could be read. */
  readonly integrations: readonly Integration[]
  /** The stream, oldest first. */
  readonly changes: readonly Change[]
}

/** From here on old changes may be missing: the stream is capped. */
const changesKept = 10_000

/** Keys asked for at once. */
const batch = 500

type Members = Map<string, number>

/**
 * Walks every key of a workspace and compares records and indexes both ways:
 * the members that the records ask for must be there, with their scores, and
 * nothing else. URLs and the `_id`s of creators must be well-formed text.
 * Written from the description of RedisStore and without its
 * code, so that a mistake there is not repeated here.
 *
 * @param redis without a `keyPrefix` of its own.
 * @param keyPrefix of the store, and what the host's client puts in front of it.
 */
export async function inspectWorkspace (
  redis: Redis, keyPrefix: string = 'chat-integrations', clientPrefix: string = ''
): Promise<WorkspaceReport> {
  const root = `${clientPrefix}{${keyPrefix}}:`
  const problems: string[] = []
  const types = await typesOf(redis, root)
  const keys = [...types.keys()].sort()
  const isRecord = (key: string): boolean => key.startsWith(`${root}integration:`)
  const integrations = await readRecords(redis, root, keys.filter(isRecord), types, problems)
  const expected = expectedIndexes(root, integrations)
  for (const key of keys) {
    // The queue of deliveries is none of the store's.
    if (isRecord(key) || key === `${root}changes` || key.startsWith(`${root}deliveries:`)) continue
    if (key.startsWith(`${root}idempotency:`) || key.startsWith(`${root}removed:`)) {
      // -1: it never expires. It may have expired since it was seen.
      if (!['string', 'none'].includes(types.get(key) ?? '') || await redis.pttl(key) === -1) problems.push(`${key} is no text that expires`)
      continue
    }
    const historyType = key.startsWith(`${root}history:`) ? 'stream' : key.startsWith(`${root}history-places:`) ? 'hash' : undefined
    if (historyType !== undefined) {
      if (![historyType, 'none'].includes(types.get(key) ?? '') || await redis.pttl(key) === -1) problems.push(`${key} is no ${historyType} that expires`)
      continue
    }
    const wanted = expected.get(key)
    expected.delete(key)
    if (types.get(key) !== 'zset') problems.push(`${key} is a ${types.get(key)}`)
    else if (wanted === undefined) problems.push(`${key} is no index of any record`)
    else compare(key, await membersOf(redis, key), wanted, problems)
  }
  for (const key of expected.keys()) problems.push(`${key} is missing`)
  const changes = await readChanges(redis, `${root}changes`, types, problems)
  compareChanges(changes, integrations, problems)
  return { problems, keys, integrations, changes }
}

/** Asserts that nothing is wrong with a workspace and returns what it holds. */
export async function consistentWorkspace (
  t: Test, redis: Redis, keyPrefix?: string, clientPrefix?: string
): Promise<WorkspaceReport> {
  const report = await inspectWorkspace(redis, keyPrefix, clientPrefix)
  t.strictSame(report.problems.slice(0, 20), [], 'records and indexes fit together')
  return report
}

async function typesOf (redis: Redis, root: string): Promise<Map<string, string>> {
  const keys = new Set<string>()
  const match = `${root.replace(/[\\*?[\]]/g, '\\$&')}*`
  for await (const found of redis.scanStream({ match, count: batch })) {
    // SCAN may return a key twice.
    for (const key of found) keys.add(key)
  }
  const types = new Map<string, string>()
  for (const some of batches([...keys])) {
    const found = await Promise.all(some.map((key) => redis.type(key)))
    some.forEach((key, index) => types.set(key, found[index] ?? 'none'))
  }
  return types
}

async function readRecords (
  redis: Redis, root: string, keys: readonly string[], types: ReadonlyMap<string, string>, problems: string[]
): Promise<Integration[]> {
  const integrations: Integration[] = []
  const strings = keys.filter((key) => types.get(key) === 'string')
  for (const key of keys) if (types.get(key) !== 'string') problems.push(`${key} is a ${types.get(key)}`)
  for (const some of batches(strings)) {
    const records = await redis.mget(some)
    some.forEach((key, index) => {
      const integration = readRecord(key.slice(`${root}integration:`.length), records[index] ?? '')
      if (integration === undefined) problems.push(`${key} holds no integration`)
      else integrations.push(integration)
    })
  }
  return integrations
}

function readRecord (_id: string, record: string): Integration | undefined {
  const json = /^1\.[1-9]\d*\|(.*)$/s.exec(record)?.[1]
  if (json === undefined) return undefined
  try {
    const stored: Record<string, unknown> = JSON.parse(json)
    if ('_id' in stored) return undefined
    const value: unknown = {
      _id,
      _updatedAt: stored['_createdAt'],
      enabled: true,
      scriptEngine: 'isolated-vm',
      scriptEnabled: false,
      skipTranspile: false,
      ...(stored['type'] === 'webhook-incoming' ? { overrideDestinationChannelEnabled: false } : { event: 'sendMessage' }),
      ...stored
    }
    return Value.Check(IntegrationSchema, value) ? value : undefined
  } catch {
    return undefined
  }
}

function expectedIndexes (root: string, integrations: readonly Integration[]): Map<string, Members> {
  const indexes = new Map<string, Members>()
  const add = (key: string, member: string): void => {
    const stored = asStored(`${root}${key}`)
    const members = indexes.get(stored) ?? new Map<string, number>()
    // Scores are all 0: the members sort by their bytes.
    indexes.set(stored, members.set(asStored(member), 0))
  }
  for (const integration of integrations) {
    const { _id, type, name, _createdAt, _createdBy } = integration
    const byCreation = `${Date.parse(_createdAt).toString(36).padStart(9, '0')}:${_id}`
    for (const group of [`type:${type}`, `creator:${_createdBy._id}:${type}`]) {
      add(`${group}:by-creation`, byCreation)
      add(`${group}:by-name`, `${fold(name)}\0${byCreation}`)
    }
    if (type !== 'webhook-outgoing') continue
    for (const url of integration.urls) add('target-urls', `${hash(url, 12)}:${hash(_createdBy._id, 8)}:${byCreation}`)
  }
  return indexes
}

function compare (key: string, found: Members, wanted: Members, problems: string[]): void {
  for (const [member, score] of wanted) {
    if (!found.has(member)) problems.push(`${key} lacks ${JSON.stringify(member)}`)
    else if (found.get(member) !== score) problems.push(`${key} has ${JSON.stringify(member)} with score ${found.get(member)}`)
  }
  for (const member of found.keys()) {
    if (!wanted.has(member)) problems.push(`${key} has ${JSON.stringify(member)}, which no record asks for`)
  }
}

async function membersOf (redis: Redis, key: string): Promise<Members> {
  const flat = await redis.zrange(key, '0', '-1', 'WITHSCORES')
  const members: Members = new Map()
  for (let index = 0; index + 1 < flat.length; index += 2) members.set(flat[index] ?? '', Number(flat[index + 1]))
  return members
}

async function readChanges (
  redis: Redis, key: string, types: ReadonlyMap<string, string>, problems: string[]
): Promise<Change[]> {
  const type = types.get(key)
  if (type !== 'stream') {
    if (type !== undefined) problems.push(`${key} is a ${type}`)
    return []
  }
  const changes: Change[] = []
  for (const [entry, fields] of await redis.xrange(key, '-', '+')) {
    const [action, actionName, typeField, typeName, idField, _id, ...rest] = fields
    if (
      action !== 'action' || typeField !== 'type' || idField !== '_id' || rest.length > 0 ||
      actionName === undefined || typeName === undefined || _id === undefined
    ) problems.push(`entry ${entry} of ${key} is no change`)
    else changes.push({ action: actionName, type: typeName, _id })
  }
  return changes
}

/** Every record must have been reported, unless that is long ago, and what was reported last must still be so. */
function compareChanges (changes: readonly Change[], integrations: readonly Integration[], problems: string[]): void {
  const last = new Map(changes.map((change) => [change._id, change]))
  const records = new Map(integrations.map((integration) => [asStored(integration._id), integration]))
  for (const [_id, { type }] of records) {
    const change = last.get(_id)
    if (change === undefined) {
      if (changes.length < changesKept) problems.push(`no change reports ${_id}`)
    } else if (change.action === 'removed') problems.push(`${_id} was reported as removed`)
    else if (change.type !== type) problems.push(`${_id} was reported as a ${change.type}`)
  }
  for (const [_id, { action }] of last) {
    if (action !== 'removed' && !records.has(_id)) problems.push(`${_id} was reported as ${action} but is not there`)
  }
  const created = changes.filter(({ action }) => action === 'created').map(({ _id }) => _id)
  if (new Set(created).size < created.length) problems.push('an integration was reported as created twice')
}

/**
 * Asserts that nothing is wrong with the workspaces that a contract suite has
 * left behind. Two cases of the suite store ill-formed text, which the checker cannot follow.
 */
export async function consistentAfterContract (t: Test, redis: Redis, keyPrefixes: readonly string[]): Promise<void> {
  const reports = await Promise.all(keyPrefixes.map((keyPrefix) => inspectWorkspace(redis, keyPrefix)))
  const followed = reports.filter(({ integrations }) => integrations.every((integration) =>
    [integration._createdBy._id, ...(integration.type === 'webhook-outgoing' ? integration.urls : [])].every((text) => asStored(text) === text)))
  t.equal(followed.length, keyPrefixes.length - 2, 'the workspaces that the checker can follow')
  t.strictSame(followed.flatMap(({ problems }) => problems).slice(0, 20), [], 'records and indexes fit together')
}

/** As the text comes back from Redis: UTF-8 knows no half surrogate pairs. */
function asStored (text: string): string {
  return Buffer.from(text).toString()
}

/** The same letters in any case are the same. */
function fold (name: string): string {
  return name.toLowerCase().replaceAll('ς', 'σ').replace(/\p{Surrogate}/gu, '\uFFFD')
}

/** How RedisStore shortens what the host or its users named. */
export function hash (text: string, length: number): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, length)
}

function * batches<T> (items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += batch) yield items.slice(start, start + batch)
}
