import Fastify from 'fastify'
import { test } from 'tap'
import chatIntegrations, { type IntegrationsOptions, InvalidOptionError } from '../../../lib/index.ts'
import { resolveOptions } from '../../../lib/options/options.ts'
import { InProcessQueue } from '../../../lib/queues/in-process.ts'
import { MemoryHistory } from '../../../lib/stores/memory/history.ts'
import { MemoryStore } from '../../../lib/stores/memory/store.ts'
import { storeWith } from '../../support/store-with.ts'
import { unchecked } from '../../support/unchecked.ts'
import { workspace } from '../../support/workspace.ts'

const { directory, authenticate, hasPermission } = workspace()
const store = new MemoryStore()
const unused = (): never => { throw new Error('not made') }

/** What a JavaScript host may pass: wrong values of every option, and what the error must say. */
const wrong: ReadonlyArray<readonly [option: string, value: unknown, must: RegExp]> = [
  ['authenticate', undefined, /must be a function/],
  ['authenticate', 'x', /must be a function/],
  ['hasPermission', undefined, /must be a function/],
  ['hasPermission', {}, /must be a function/],
  ['directory', undefined, /object with the methods findUser, findRoom, isMember/],
  ['directory', null, /object with the methods/],
  ['directory', { findUser () {}, findRoom () {} }, /must have a method isMember/],
  ['store', 5, /object with the methods insert, claim, settle, release, find, findByTargetUrl, list, replace, remove/],
  ['store', { insert () {} }, /must have a method claim/],
  ['store', storeWith(unchecked({ start: true })), /must have a function as start, or none/],
  ['store', storeWith(unchecked({ close: null })), /must have a function as close, or none/],
  ['history', true, /object with the methods append, list, get, clear, or false/],
  ['history', '', /object with the methods/],
  ['history', { append () {}, list () {}, get () {} }, /must have a method clear/],
  ['sandbox', true, /object with the methods run, load, close/],
  ['sandbox', { run () {}, load () {} }, /must have a method close/],
  ['sandbox', { run () {}, load () {}, close () {} }, /needs the option messenger, queue or outgoing/],
  ['idempotencyTtl', 0, /must be an integer from 1/],
  ['prefix', 'api', /begin with '\/' and not end with it/],
  ['prefix', '/api/', /begin with/],
  ['prefix', 5, /begin with/],
  ['bodyLimit', 0, /integer from 1/],
  ['bodyLimit', '1mb', /integer from 1/],
  ['bodyLimit', 1.5, /integer from 1/],
  ['maxScriptLength', -1, /integer from 1/],
  ['maxScriptLength', NaN, /integer from 1/],
  ['scripts', 'run', /must be 'allow' or 'refuse'/],
  ['scripts', false, /must be 'allow' or 'refuse'/],
  ['adapterTimeout', 0, /integer from 1 to 2147483647/],
  ['adapterTimeout', Infinity, /integer from 1 to 2147483647/],
  ['adapterTimeout', 2 ** 31, /integer from 1 to 2147483647/],
  ['managementRoutes', 'yes', /must be true or false/],
  ['maxListCount', 0, /integer from 1/],
  ['onChange', {}, /must be a function/],
  ['routeOptions', 'x', /must be an object/],
  ['routeOptions', null, /must be an object/],
  ['routeOptions', { handler () {} }, /must not set handler/],
  ['routeOptions', { bodyLimit: 5 }, /must not set bodyLimit/],
  ['routeOptions', { validatorCompiler () {} }, /must not set validatorCompiler/],
  ['routeOptions', { schema: 'x' }, /must have an object as schema/],
  ['routeOptions', { schema: { body: {} } }, /must not set schema\.body/],
  ['routeOptions', { schema: { response: {} } }, /must not set schema\.response/],
  ['routeOptions', { schema: { operationId: 'x' } }, /must not set schema\.operationId/],
  ['bodylimit', 5, /is not known; did you mean 'bodyLimit'\?/],
  ['timeoutOfEverything', 5, /is not known$/]
]

test('a wrong or missing option fails at registration and is named', async (t) => {
  for (const [option, value, must] of wrong) {
    const app = Fastify()
    t.teardown(() => app.close())
    const error = await app.register(chatIntegrations, unchecked({ authenticate, hasPermission, directory, [option]: value }))
      .then(() => null, (reason: unknown) => reason)
    t.ok(error instanceof InvalidOptionError, option)
    t.match(error, { code: 'FCI_ERR_INVALID_OPTION', message: must })
    t.match(error, { message: new RegExp(`^fastify-chat-integrations: option '${option}' `) })
  }
})

test('defaults are those of the documentation', async (t) => {
  const settings = resolveOptions({ authenticate, hasPermission, directory }, { store: () => store, history: unused, queue: unused })
  t.match(settings, {
    prefix: '/api/v1',
    bodyLimit: 262144,
    maxScriptLength: 65536,
    scripts: 'allow',
    adapterTimeout: 5000,
    managementRoutes: true,
    maxListCount: 10000,
    onChange: null,
    sandbox: null,
    routeOptions: {}
  })
  t.equal(settings.store, store)
})

test('options are not changed and not kept', async (t) => {
  const routeOptions = Object.freeze({ config: { swagger: { exposeHeadRoute: false } } })
  const options = Object.freeze({ authenticate, hasPermission, directory, store, prefix: '/x', routeOptions })
  const settings = resolveOptions(options, { store: unused, history: unused, queue: unused })
  t.ok(Object.isFrozen(settings))
  t.not(settings.routeOptions, routeOptions)
  t.strictSame(settings.routeOptions, routeOptions)
})

test('a history is made only when there is something to remember', async (t) => {
  const made = new MemoryHistory()
  const historyOf = (options: Partial<IntegrationsOptions>, makeDefault: () => MemoryHistory = unused): unknown =>
    resolveOptions({ authenticate, hasPermission, directory, store, ...options }, { store: unused, history: makeDefault, queue: () => new InProcessQueue() }).history
  const messenger = { post: unused }
  t.equal(historyOf({}), null, 'without a messenger nothing happens')
  t.equal(historyOf({ messenger, incoming: false, outgoing: false }), null)
  t.equal(historyOf({ messenger, incoming: false }, () => made), made)
  t.equal(historyOf({ outgoing: {} }, () => made), made)
  t.equal(historyOf({ messenger }, () => made), made)
  t.equal(historyOf({ messenger, history: unchecked(null) }, () => made), made, 'null means absent')
  t.equal(historyOf({ messenger, history: false }), null)
  t.equal(historyOf({ messenger, history: made }), made)
  t.equal(historyOf({ history: made }), made, 'another process may write it')
})

test("the options of Fastify's own register are accepted", async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), logLevel: 'silent', logSerializers: {} })
})
