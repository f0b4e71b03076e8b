import type { TSchema } from '@sinclair/typebox'
import { FailureReplySchema, UnauthenticatedReplySchema } from '../../../schemas/index.ts'
import { withExamples } from '../../../schemas/openapi.ts'
import { type FailureCode, type FailureOptions, failures, IntegrationError, invalidParams } from '../../errors/index.ts'
import { envelopeOf } from './failure.ts'

/** The endpoints, as a document names them. */
export type Endpoint =
  | 'create' | 'list' | 'get' | 'update' | 'remove' | 'regenerateToken' | 'history' | 'clearHistory' | 'status' | 'replayOutgoing'
  | 'explain'

const all: readonly Endpoint[] = [
  'create', 'list', 'get', 'update', 'remove', 'regenerateToken', 'history', 'clearHistory', 'status', 'replayOutgoing',
  'explain'
]
const writing: readonly Endpoint[] = ['create', 'update', 'explain']
const managing: readonly Endpoint[] = ['update', 'remove', 'regenerateToken', 'clearHistory']
const withBody: readonly Endpoint[] = ['create', ...managing, 'replayOutgoing', 'explain']

/** The endpoints where a failure happens, and an example of the answer. */
interface Documented extends FailureOptions {
  readonly at: readonly Endpoint[]
}

/** An example of a mistake for each endpoint, with the text of the error. */
const mistakes: Readonly<Record<Endpoint, readonly [path: string, message: string]>> = {
  create: ['/name', 'must not be blank'],
  list: ['/count', 'must be an integer'],
  get: ['/integrationId', "must have required property 'integrationId'"],
  update: ['/retryCount', 'must not be more than 10'],
  remove: ['/integrationId', "must have required property 'integrationId'"],
  regenerateToken: ['/integrationId', "must have required property 'integrationId'"],
  history: ['/id', "must have required property 'id'"],
  clearHistory: ['/integrationId', "must have required property 'integrationId'"],
  status: ['/integrationId', "must have required property 'integrationId'"],
  replayOutgoing: ['/historyId', "must have required property 'historyId'"],
  explain: ['/text', 'must be a string']
}

/** Every failure, where a client can meet it, with an example. */
const documented: Readonly<Record<FailureCode, Documented>> = {
  'error-unauthenticated': { at: all },
  'error-unauthorized': { at: ['list', 'remove', 'history'] },
  'invalid-params': { at: all },
  'error-invalid-integration-type': { at: writing },
  'error-integration-not-found': { at: [...managing, 'explain'] },
  'error-integration-does-not-exist': { at: ['get', 'status'] },
  'not-authorized': { at: ['get', 'history', 'status'] },
  'error-integration-changed': { at: ['update'], details: { field: '_updatedAt' } },
  'error-idempotency-key-in-use': { at: ['create'] },
  'error-idempotency-key-reused': { at: ['create'] },
  'error-too-many-integrations': { at: ['create'], details: { limit: 100 } },
  'error-list-too-large': { at: ['list'], details: { limit: 16777216, fits: 120 } },
  'error-invalid-sort': { at: ['list'], reason: 'Invalid sort parameter provided: "{}"', details: { field: 'sort' } },
  // GET integrations.explain is in no document.
  'error-method-not-allowed': { at: [] },
  'error-body-too-large': { at: withBody, details: { limit: 262144 } },
  'error-unsupported-media-type': { at: withBody },
  not_authorized: {
    at: withBody,
    details: { permissions: ['manage-incoming-integrations', 'manage-own-incoming-integrations'] }
  },
  'error-invalid-channel': { at: writing, details: { field: 'channel' } },
  'error-invalid-channel-start-with-chars': { at: writing, details: { field: 'channel', channel: 'general' } },
  'error-invalid-room': { at: writing, details: { field: 'channel', channel: '#nowhere' } },
  'error-invalid-urls': { at: writing, details: { field: 'urls' } },
  'error-invalid-event-type': { at: writing, details: { field: 'event', event: 'messageSent' } },
  'error-invalid-permissions': { at: writing, details: { permission: 'manage-outgoing-integrations' } },
  'error-invalid-targetRoom': { at: writing, details: { field: 'targetRoom' } },
  'error-invalid-username': { at: writing, details: { field: 'username' } },
  'error-invalid-user': { at: writing, details: { field: 'username', username: 'nobody' } },
  'error-user-lacks-message-impersonate-permission': {
    at: writing,
    details: { field: 'username', username: 'alice', permission: 'message-impersonate' }
  },
  'error-invalid-integration': { at: ['replayOutgoing'] },
  'error-invalid-integration-history': { at: ['replayOutgoing'] },
  'integration-type-must-be-outgoing': { at: ['replayOutgoing'] },
  'history-data-must-be-defined': { at: ['replayOutgoing'] },
  'error-incoming-disabled': { at: ['explain'] },
  'error-outgoing-disabled': { at: ['replayOutgoing', 'explain'] },
  'error-scripts-disabled': { at: writing, details: { field: 'script' } },
  'error-service-unavailable': { at: all },
  'error-internal': { at: all }
}

const codes = Object.keys(documented).filter((code): code is FailureCode => Object.hasOwn(failures, code))

/** The answers of an endpoint by status: success, and each failure that a client can meet there with an example of it. */
export function answers<T extends TSchema> (endpoint: Endpoint, success: T): Record<number, TSchema> & { 200: T } {
  const happening = codes.filter((code) => documented[code].at.includes(endpoint))
  const statuses = new Set(happening.map((code) => failures[code].status))
  return Object.assign(Object.fromEntries([...statuses].map((status) =>
    [status, answer(endpoint, status, happening.filter((code) => failures[code].status === status))])), { 200: success })
}

function answer (endpoint: Endpoint, status: number, happening: readonly FailureCode[]): TSchema {
  return withExamples(
    status === 401 ? UnauthenticatedReplySchema : FailureReplySchema,
    `${happening.join(', ')}.`,
    Object.fromEntries(happening.map((code) => [code, { summary: failures[code].reason, value: exampleOf(code, endpoint) }]))
  )
}

function exampleOf (code: FailureCode, endpoint: Endpoint): unknown {
  if (code !== 'invalid-params') return envelopeOf(new IntegrationError(code, documented[code]))
  const [path, message] = mistakes[endpoint]
  return envelopeOf(invalidParams([{ path, message }], message.startsWith('must have') ? message : `${path} ${message}`))
}
