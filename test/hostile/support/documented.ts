import assert from 'node:assert/strict'
import type { TObject } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import {
  type HistoryEntry, HistoryEntrySchema, type IntegrationView, integrationViewSchemas, IntegrationViewSchema
} from '../../../schemas/index.ts'

/** What came back, wherever it came from. */
export interface Answer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** The endpoints. */
export const endpoints = ['create', 'list', 'get', 'update', 'remove', 'regenerateToken', 'history', 'clearHistory'] as const

/** One of the endpoints. */
export type Endpoint = typeof endpoints[number]

const writing: readonly Endpoint[] = ['create', 'update']
/** A new token arms what it belongs to: the caller must still be allowed to do it. */
const arming: readonly Endpoint[] = [...writing, 'regenerateToken']
const managing: readonly Endpoint[] = ['update', 'remove', 'regenerateToken', 'clearHistory']
const withBody: readonly Endpoint[] = ['create', ...managing]

interface Refusal {
  readonly status: number
  readonly endpoints: readonly Endpoint[]
}

/** Failures without an errorType, by what they say. */
const plain: Readonly<Record<string, Refusal>> = {
  'User does not have the permissions required for this action [error-unauthorized]': { status: 403, endpoints: ['list', 'remove', 'history'] },
  'Invalid integration type.': { status: 400, endpoints: writing },
  'No integration found.': { status: 400, endpoints: managing },
  'The integration does not exists.': { status: 400, endpoints: ['get'] },
  'not-authorized': { status: 400, endpoints: ['get', 'history'] }
}

/** Failures with an errorType, and what they say in front of it. */
const coded: Readonly<Record<string, Refusal & { readonly reason: RegExp }>> = {
  not_authorized: { status: 400, reason: /^Unauthorized$/, endpoints: withBody },
  'error-invalid-channel': { status: 400, reason: /^Invalid [cC]hannel$/, endpoints: arming },
  'error-invalid-channel-start-with-chars': { status: 400, reason: /^Invalid channel\. Start with @ or #$/, endpoints: writing },
  'error-invalid-room': { status: 400, reason: /^Invalid room$/, endpoints: writing },
  'error-invalid-event-type': { status: 400, reason: /^Invalid event type$/, endpoints: writing },
  'error-invalid-permissions': { status: 400, reason: /^Invalid permission for required Integration creation\.$/, endpoints: arming },
  'error-invalid-urls': { status: 400, reason: /^Invalid urls$/, endpoints: writing },
  'error-invalid-targetRoom': { status: 400, reason: /^Invalid Target Room$/, endpoints: writing },
  'error-invalid-username': { status: 400, reason: /^Invalid username$/, endpoints: writing },
  'error-invalid-user': { status: 400, reason: /^Invalid user$/, endpoints: writing },
  'error-user-lacks-message-impersonate-permission': { status: 400, reason: /./, endpoints: arming },
  'error-integration-changed': { status: 409, reason: /./, endpoints: ['update'] },
  'error-invalid-sort': { status: 400, reason: /^Invalid sort parameter provided: "[^]{0,100}"$/, endpoints: ['list'] },
  'error-body-too-large': { status: 413, reason: /./, endpoints: withBody },
  'error-unsupported-media-type': { status: 415, reason: /./, endpoints: withBody }
}

const unauthenticated = {
  success: false,
  status: 'error',
  error: 'You must be logged in to do this.',
  message: 'You must be logged in to do this.'
}

/** What `details` may hold. */
const knownDetails = ['field', 'channel', 'username', 'event', 'limit', 'permission', 'permissions', 'errors']

/** More than so many problems of one request are not listed. */
const mostProblems = 20

/**
 * Makes sure that an answer is one that the contract describes for this
 * endpoint: status, headers, envelope, code and reason. Written from the
 * contract and without the code, so that a mistake there is not repeated here.
 *
 * @returns the body.
 */
export function documented (endpoint: Endpoint, { status, headers, text }: Answer): Record<string, unknown> {
  assert.equal(headers['content-type'], 'application/json')
  assert.equal(headers['cache-control'], 'no-store')
  const body = objectOf(JSON.parse(text))
  if (status === 200) succeeded(endpoint, body)
  else if (status === 401) assert.deepEqual(body, unauthenticated)
  else refused(endpoint, status, body)
  return body
}

function succeeded (endpoint: Endpoint, body: Record<string, unknown>): void {
  assert.equal(body.success, true)
  if (endpoint === 'clearHistory') {
    assert.deepEqual(body, { success: true })
    return
  }
  if (endpoint !== 'list' && endpoint !== 'history') {
    assert.deepEqual(Object.keys(body).sort(), ['integration', 'success'])
    integrationOf(body.integration)
    return
  }
  const name = endpoint === 'list' ? 'integrations' : 'history'
  assert.deepEqual(Object.keys(body).sort(), ['count', 'items', 'offset', 'success', 'total', name].sort())
  const { length } = endpoint === 'list' ? integrationsOf(body) : entriesOf(body)
  assert.deepEqual([body.items, body.count], [length, length])
  assert.ok(Number.isSafeInteger(body.total) && Number(body.total) >= length)
  assert.ok(Number.isSafeInteger(body.offset) && Number(body.offset) >= 0)
}

function refused (endpoint: Endpoint, status: number, body: Record<string, unknown>): void {
  const { success, error, errorType, details, ...more } = body
  assert.deepEqual([success, more], [false, {}])
  assert.ok(typeof error === 'string' && error !== '', 'error says something')
  if (details !== undefined) checkDetails(objectOf(details))
  if (errorType === undefined) {
    const refusal = plain[error]
    assert.ok(refusal !== undefined, `undocumented: ${error}`)
    assert.equal(status, refusal.status)
    assert.ok(refusal.endpoints.includes(endpoint), `${error} at ${endpoint}`)
    assert.equal(details, undefined)
    return
  }
  assert.ok(typeof errorType === 'string', 'errorType is a text')
  if (errorType === 'invalid-params') {
    assert.equal(status, 400)
    assert.ok(Array.isArray(objectOf(details).errors), 'the errors are listed')
    return
  }
  const refusal = coded[errorType]
  assert.ok(refusal !== undefined, `undocumented: ${errorType}`)
  assert.equal(status, refusal.status)
  assert.ok(refusal.endpoints.includes(endpoint), `${errorType} at ${endpoint}`)
  assert.ok(error.endsWith(` [${errorType}]`), `the code stands behind the reason: ${error}`)
  assert.match(error.slice(0, -` [${errorType}]`.length), refusal.reason)
}

function checkDetails (details: Record<string, unknown>): void {
  for (const name of Object.keys(details)) assert.ok(knownDetails.includes(name), `undocumented: details.${name}`)
  if (details.errors === undefined) return
  assert.ok(Array.isArray(details.errors) && details.errors.length >= 1 && details.errors.length <= mostProblems)
  for (const problem of details.errors) {
    const { path, message, ...more } = objectOf(problem)
    assert.ok(typeof path === 'string' && typeof message === 'string' && message !== '')
    assert.deepEqual(more, {})
  }
}

/** The integrations of a page of a list. */
export function integrationsOf ({ integrations }: Record<string, unknown>): IntegrationView[] {
  assert.ok(Array.isArray(integrations))
  return integrations.map(integrationOf)
}

/** The entries of a page of a history, each with the fields that the contract lists and no others. */
export function entriesOf ({ history }: Record<string, unknown>): HistoryEntry[] {
  assert.ok(Array.isArray(history) && history.length <= 100)
  return history.map((entry: unknown) => {
    if (!Value.Check(HistoryEntrySchema, entry)) assert.fail(`no entry: ${JSON.stringify(entry)}`)
    for (const name of Object.keys(entry)) assert.ok(Object.hasOwn(HistoryEntrySchema.properties, name), `no field of an entry: ${name}`)
    return entry
  })
}

/** An integration with the fields that the contract lists and no others. */
export function integrationOf (value: unknown): IntegrationView {
  if (!Value.Check(IntegrationViewSchema, value)) assert.fail(`no integration: ${JSON.stringify(value)}`)
  const { properties }: TObject = integrationViewSchemas[value.type]
  for (const name of Object.keys(value)) assert.ok(Object.hasOwn(properties, name), `no field of an integration: ${name}`)
  return value
}

function objectOf (value: unknown): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), 'a JSON object')
  return { ...value }
}
