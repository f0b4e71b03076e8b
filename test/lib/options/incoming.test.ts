import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations, { type IntegrationsOptions, InvalidOptionError } from '../../../lib/index.ts'
import { readIncoming } from '../../../lib/options/incoming.ts'
import { resolveOptions } from '../../../lib/options/options.ts'
import { InProcessQueue } from '../../../lib/queues/in-process.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { MemoryStore } from '../../../lib/stores/memory/store.ts'
import { chatMessenger } from '../../support/chat-messenger.ts'
import { unchecked } from '../../support/unchecked.ts'
import { workspace } from '../../support/workspace.ts'

const count = /must be an integer from 1/
const limit = /must be an integer from 1 to 1000000, or false/

/** Wrong values of every setting, and what the error must say. */
const wrong: ReadonlyArray<readonly [option: string, value: unknown, must: RegExp]> = [
  ...['hooks', '', '/', '/hooks/', 'http://x/hooks', '/*', '/hooks*', '/a?', '/a#b', 5, {}, true].map((value) =>
    ['prefix', value, /must begin with '\/', must not end with it, must not be empty, and must hold no '\*', '\?' or '#'/] as const),
  ...['bodyLimit', 'timeout', 'bodyTimeout', 'maxTextLength', 'idempotencyTtl'].flatMap((option) =>
    [0, -1, 1.5, NaN, Infinity, '5', true, false, {}, []].map((value) => [option, value, count] as const)),
  ['timeout', 2 ** 31, /from 1 to 2147483647/],
  ['bodyTimeout', 2 ** 31, /from 1 to 2147483647/],
  ...['rateLimit', 'wrongTokenLimit'].flatMap((option) => [0, -1, 1.5, 1_000_001, '5', true, {}].map((value) => [option, value, limit] as const)),
  ['routeOptions', 'x', /must be an object/],
  ['routeOptions', null, /must be an object/],
  ['routeOptions', { handler () {} }, /must not set handler/],
  ['routeOptions', { bodyLimit: 5 }, /must not set bodyLimit/],
  ['routeOptions', { url: '/' }, /must not set url/],
  ['routeOptions', { schema: 'x' }, /must have an object as schema/],
  ['routeOptions', { schema: { body: {} } }, /must not set schema\.body/],
  ['bodylimit', 5, /is not known; did you mean 'incoming\.bodyLimit'\?/],
  ['token', 5, /is not known/],
  ['secretOfEverything', 5, /is not known$/]
]

test('a wrong setting fails at registration and is named', async (t) => {
  for (const [option, value, must] of wrong) {
    const app = Fastify()
    t.teardown(() => app.close())
    const error = await app.register(chatIntegrations, unchecked({ ...workspace(), messenger: chatMessenger(), incoming: { [option]: value } }))
      .then(() => null, (reason: unknown) => reason)
    t.ok(error instanceof InvalidOptionError, `${option}: ${String(value)}`)
    t.match(error, { code: 'FCI_ERR_INVALID_OPTION', message: must })
    t.match(error, { message: new RegExp(`^fastify-chat-integrations: option 'incoming\\.${option}' `) })
  }
})

test('the section itself', async (t) => {
  for (const value of [null, true, 5, 'x']) t.throws(() => readIncoming(value), { message: /option 'incoming' must be an object, or false/ })
  const resolve = (options: object): ReturnType<typeof resolveOptions> => resolveOptions(unchecked<IntegrationsOptions>({ ...workspace(), ...options }), { store: () => new MemoryStore(), history: () => new MemoryHistory(), queue: () => new InProcessQueue() })
  for (const messenger of [undefined, null]) {
    t.throws(() => resolve({ messenger, incoming: {} }), { code: 'FCI_ERR_INVALID_OPTION', message: /option 'incoming' needs the option messenger, which posts the messages/ })
    t.throws(() => resolve({ messenger, incoming: { prefix: 5 } }), { message: /option 'incoming\.prefix'/ })
    t.equal(resolve({ messenger }).incoming, null)
    t.equal(resolve({ messenger, incoming: false }).incoming, null)
  }
  const messenger = chatMessenger()
  t.equal(resolve({ messenger, incoming: false }).incoming, null)
  t.match(resolve({ messenger }).incoming, { prefix: '/hooks' })
})

test('a wrong messenger fails at registration', async (t) => {
  for (const [messenger, must] of [
    ['x', /must be an object with the methods post/],
    [5, /must be an object with the methods post/],
    [() => {}, /must be an object with the methods post/],
    [{}, /must have a method post/],
    [{ post: 'x' }, /must have a method post/],
    [{ post () {}, check: true }, /must have a method check/],
    [{ post () {}, check: null }, /must have a method check/]
  ] as const) {
    t.throws(() => resolveOptions(unchecked<IntegrationsOptions>({ ...workspace(), messenger }), { store: () => new MemoryStore(), history: () => new MemoryHistory(), queue: () => new InProcessQueue() }), {
      code: 'FCI_ERR_INVALID_OPTION', message: must
    })
  }
})

test('defaults are those of the documentation', async (t) => {
  t.strictSame(readIncoming(), {
    prefix: '/hooks',
    bodyLimit: 1024 * 1024,
    timeout: 3000,
    bodyTimeout: 30_000,
    maxTextLength: 40_000,
    rateLimit: 300,
    wrongTokenLimit: 30,
    idempotencyTtl: 3_600_000,
    routeOptions: {}
  })
  t.match(readIncoming({ rateLimit: false, wrongTokenLimit: false, timeout: undefined }), { rateLimit: false, wrongTokenLimit: false, timeout: 3000 })
})

test('settings are not changed and not kept', async (t) => {
  const routeOptions = Object.freeze({ config: {} })
  const settings = readIncoming(Object.freeze({ prefix: '/in', routeOptions }))
  t.ok(Object.isFrozen(settings))
  t.not(settings.routeOptions, routeOptions)
  t.strictSame(settings.routeOptions, routeOptions)
})
