import Fastify, { type FastifyInstance } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { ExecutionFailedError, type IntegrationsOptions, MemoryStore, RecordNotDecryptedError } from '../../../lib/index.ts'
import type { IncomingIntegration } from '../../../schemas/index.ts'
import { type Behaviours, type ChatMessenger, chatMessenger } from '../../support/chat-messenger.ts'
import { outgoingRecord, patient } from '../../support/integrations.ts'
import { hookRecord } from '../../support/ports.ts'
import { storeWith } from '../../support/store-with.ts'
import { unchecked } from '../../support/unchecked.ts'
import { workspace } from '../../support/workspace.ts'

const { _id } = hookRecord()

/** A host with one incoming webhook. */
interface Host {
  readonly app: FastifyInstance
  readonly messenger: ChatMessenger
  execute (payload: unknown): Promise<unknown>
}

async function hostOf (
  t: Test, { integration = hookRecord(), behaviours, options }: { integration?: IncomingIntegration, behaviours?: Behaviours, options?: Partial<IntegrationsOptions> } = {}
): Promise<Host> {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = new MemoryStore()
  store.insert(integration, {}, patient)
  store.insert(outgoingRecord(), {}, patient)
  const messenger = chatMessenger(behaviours)
  await app.register(chatIntegrations, { ...workspace(), store, messenger, ...options })
  return { app, messenger, execute: (payload) => app.integrations.execute(_id, payload) }
}

async function failure (execution: Promise<unknown>): Promise<unknown> {
  return execution.then(() => null, (reason: unknown) => reason)
}

const several = hookRecord({ channel: ['#general', '#team'], overrideDestinationChannelEnabled: true })

test('a payload, or a text, is posted under the rules of the hook', async (t) => {
  const { execute, messenger } = await hostOf(t, { integration: several })
  t.strictSame(await execute({ text: 'a', username: 'CI' }), { messages: [{ channel: '#general', _id: 'message-1' }, { channel: '#team', _id: 'message-2' }] })
  t.match(await execute(' hello '), { messages: [{}, {}] })
  t.match(messenger.posts, [{ message: { text: 'a', alias: 'CI' } }, {}, { message: { text: 'hello' } }, {}])
  t.match(await execute({ text: 'a', channel: '@owner' }), { messages: [{ channel: '@owner' }] })
  t.match(messenger.posts.at(-1), { to: { user: { _id: 'ownerId' } }, as: { _id: 'rocket.cat' } })
  t.notOk('deliveryId' in (messenger.posts.at(-1) ?? {}))
})

test('without a token and without a rate limit', async (t) => {
  const { execute, messenger } = await hostOf(t, { options: { incoming: { rateLimit: 1, wrongTokenLimit: 1 } } })
  for (let count = 0; count < 5; count++) await execute('a')
  t.equal(messenger.posts.length, 5)
})

test('some posted, some not', async (t) => {
  const { execute } = await hostOf(t, { integration: several, behaviours: { post: { '#teamId': { fail: new Error('away') } } } })
  t.strictSame(await execute('a'), { messages: [{ channel: '#general', _id: 'message-1' }, { channel: '#team', error: 'error-service-unavailable' }] })
})

test('when nothing is posted, the error says why', async (t) => {
  const away = new Error('away')
  for (const [integration, behaviours, payload, expected] of [
    [hookRecord(), {}, {}, { refusal: 'error-no-message', statusCode: 400, message: /no text, msg, blocks or attachments/, details: { reason: 'no-message' } }],
    [hookRecord(), {}, undefined, { refusal: 'error-no-message', statusCode: 400 }],
    [hookRecord(), {}, 5, { refusal: 'error-no-message', statusCode: 400 }],
    [hookRecord(), {}, ['a'], { refusal: 'error-no-message', statusCode: 400 }],
    [hookRecord(), {}, ' ', { refusal: 'error-no-message', statusCode: 400 }],
    [hookRecord({ enabled: false }), {}, 'a', { refusal: 'error-integration-disabled', statusCode: 503 }],
    [hookRecord({ scriptEnabled: true, script: 'x' }), {}, 'a', { refusal: 'error-running-script', statusCode: 400, details: { reason: 'no-sandbox' } }],
    [hookRecord({ userId: 'gone' }), {}, 'a', { refusal: 'error-invalid-user', statusCode: 400 }],
    [hookRecord(), {}, { text: 'a', channel: '#team' }, { refusal: 'error-not-allowed', statusCode: 400, message: /overriding destination channel is disabled/ }],
    [hookRecord({ ...several, _createdBy: { _id: 'gone', username: 'gone' } }), {}, { text: 'a', channel: '#team' }, { refusal: 'error-not-allowed', details: { reason: 'creator-gone' } }],
    [hookRecord(), { check: { '#GENERAL': { refuse: 'room_is_blocked', cause: away } } }, 'a', { refusal: 'room_is_blocked', statusCode: 400, message: 'room_is_blocked', cause: away }],
    [several, { post: { '#GENERAL': { refuse: 'x' }, '#teamId': { refuse: 'y' } } }, { text: 'a', separateResponse: true }, { refusal: 'x', statusCode: 400 }],
    [several, {}, { text: 'a', separateResponse: true, channel: ['#nowhere', '#nothing'] }, { refusal: 'invalid-channel', statusCode: 400 }],
    [hookRecord(), { post: { '#GENERAL': { fail: away } } }, 'a', { refusal: 'error-service-unavailable', statusCode: 503, message: 'Service Unavailable', cause: { cause: { cause: away } } }]
  ] as const) {
    const { execute } = await hostOf(t, { integration, behaviours })
    const error = await failure(execute(payload))
    t.ok(error instanceof ExecutionFailedError, JSON.stringify(expected))
    t.match(error, { code: 'FCI_ERR_EXECUTION_FAILED', name: 'ExecutionFailedError', ...expected })
  }
})

test('separate destinations of which one is posted are no failure', async (t) => {
  const { execute } = await hostOf(t, { integration: several, behaviours: { check: { '#teamId': { refuse: 'x' } } } })
  t.strictSame(await execute({ text: 'a', separateResponse: true }), { messages: [{ channel: '#general', _id: 'message-1' }, { channel: '#team', error: 'x' }] })
})

test('an integration that is not there, or is an outgoing one', async (t) => {
  const { app } = await hostOf(t)
  for (const id of ['unknown', '', outgoingRecord()._id]) {
    t.match(await failure(app.integrations.execute(id, 'a')), { refusal: 'error-integration-not-found', statusCode: 404, message: 'No integration found.' })
  }
})

test('a store that fails, and a record that cannot be read', async (t) => {
  for (const cause of [new Error('away'), new RecordNotDecryptedError(_id, 'x')]) {
    const { execute } = await hostOf(t, { options: { store: storeWith({ find: async () => { throw cause } }) } })
    t.match(await failure(execute('a')), { refusal: 'error-service-unavailable', statusCode: 503, cause: Error })
  }
})

test('without incoming webhooks there is nothing to execute, and the error says so', async (t) => {
  for (const options of [{ messenger: null }, { incoming: false as const }]) {
    const { execute } = await hostOf(t, { options })
    t.match(await failure(execute('a')), { refusal: 'error-no-messenger', message: /give the plugin a messenger/ })
  }
})

test('the payload is copied as JSON carries it', async (t) => {
  const { execute, messenger } = await hostOf(t)
  let reads = 0
  const payload = { get text () { return `read ${++reads}` }, customFields: { at: new Date(0), left: undefined, f () {} } }
  await execute(payload)
  t.match(messenger.posts[0]?.message, { text: 'read 1', customFields: { at: '1970-01-01T00:00:00.000Z' } })
  t.strictSame(Object.keys(messenger.posts[0]?.message.customFields ?? {}), ['at'])
  t.equal(reads, 1)
  t.not(Object.isFrozen(payload), true, 'the object of the host is left alone')
  const circle: Record<string, unknown> = { text: 'a' }
  circle['self'] = circle
  for (const wrong of [circle, { text: 1n }]) t.ok(await failure(execute(wrong)) instanceof TypeError)
  t.equal(messenger.posts.length, 1)
  t.match(await failure(execute(unchecked(() => 'a'))), { refusal: 'error-no-message' })
})
