import { setImmediate as turn } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyServerOptions, type LightMyRequestResponse } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { AlreadyRegisteredError, IntegrationError, type IntegrationsOptions, MemoryStore } from '../../lib/index.ts'
import { incomingBody, outgoingBody } from '../support/bodies.ts'
import { captureLog } from '../support/log.ts'
import { unchecked } from '../support/unchecked.ts'
import { credentials, members, workspace } from '../support/workspace.ts'

const headers = credentials(members.admin)

async function create (app: FastifyInstance, url: string, payload: object = incomingBody): Promise<LightMyRequestResponse> {
  return app.inject({ method: 'POST', url, headers, payload })
}

test('prefix', async (t) => {
  for (const [prefix, url] of [
    [undefined, '/api/v1/integrations.create'],
    ['', '/integrations.create'],
    ['/chat', '/chat/integrations.create'],
    ['/:workspace/api', '/acme/api/integrations.create']
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(chatIntegrations, { ...workspace(), ...(prefix !== undefined && { prefix }) })
    t.equal((await create(app, url)).statusCode, 200, url)
  }
})

test('inside another plugin, its prefix comes first and its context gets the decorator', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(async (chat) => {
    await chat.register(chatIntegrations, workspace())
    t.ok(chat.hasDecorator('integrations'))
  }, { prefix: '/chat' })
  t.notOk(app.hasDecorator('integrations'))
  t.equal((await create(app, '/chat/api/v1/integrations.create')).statusCode, 200)
})

test('two workspaces in two contexts do not meet', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const stores = { '/a': new MemoryStore(), '/b': new MemoryStore() }
  for (const [prefix, store] of Object.entries(stores)) {
    await app.register(async (context) => { await context.register(chatIntegrations, { ...workspace(), store }) }, { prefix })
  }
  const { integration } = (await create(app, '/a/api/v1/integrations.create')).json()
  t.ok(stores['/a'].find(integration._id))
  t.equal(stores['/b'].find(integration._id), null)
})

test('twice in one context is a mistake, and the error says what to do instead', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  const error = await app.register(chatIntegrations, { ...workspace(), prefix: '/other' }).then(() => null, (reason: unknown) => reason)
  t.ok(error instanceof AlreadyRegisteredError)
  t.match(error, {
    code: 'FCI_ERR_ALREADY_REGISTERED',
    message: /^fastify-chat-integrations: .* app\.register\(async \(context\) => \{ await context\.register\(chatIntegrations, options\) \}, \{ prefix: '\/one' \}\)$/
  })
})

test('a context inside one that has the plugin is another workspace', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const inner = new MemoryStore()
  await app.register(chatIntegrations, workspace())
  await app.register(async (context) => { await context.register(chatIntegrations, { ...workspace(), store: inner }) }, { prefix: '/inner' })
  t.equal((await create(app, '/api/v1/integrations.create')).statusCode, 200)
  const { integration } = (await create(app, '/inner/api/v1/integrations.create')).json()
  t.ok(inner.find(integration._id))
  t.not(app.integrations.store, inner)
})

test('what goes wrong behind an authenticate that answers later is a 500 and no unhandled rejection', async (t) => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', onUnhandled)
  t.teardown(() => process.off('unhandledRejection', onUnhandled))
  const app = Fastify()
  t.teardown(() => app.close())
  // As before Fastify 5.3, which had no such method.
  app.addHook('onRequest', async (request) => { Object.defineProperty(request, 'setDecorator', { value: undefined }) })
  await app.register(chatIntegrations, { ...workspace(), authenticate: async () => members.admin })
  const reply = await create(app, '/api/v1/integrations.create')
  t.equal(reply.statusCode, 500)
  t.match(reply.json(), { success: false, errorType: 'error-internal' })
  await turn()
  t.strictSame(unhandled, [])
})

test('routeOptions reach the route, after authentication', async (t) => {
  const order: string[] = []
  const app = Fastify()
  t.teardown(() => app.close())
  app.addHook('onRoute', ({ config, schema }) => {
    t.match(config, { swagger: { exposeHeadRoute: false } })
    // Those that are to come are in no document.
    if (schema !== undefined && Reflect.get(schema, 'hide') !== true) t.match(schema, { tags: ['integrations'], operationId: String })
  })
  const shared = workspace()
  await app.register(chatIntegrations, {
    ...shared,
    authenticate: (request) => { order.push('authenticate'); return shared.authenticate(request) },
    routeOptions: {
      config: { swagger: { exposeHeadRoute: false } },
      schema: { tags: ['integrations'] },
      onRequest: async () => { order.push('onRequest') },
      preHandler: async (request) => { order.push(`preHandler ${Reflect.get(Object(request.body), 'name')}`) }
    }
  })
  t.equal((await create(app, '/api/v1/integrations.create')).statusCode, 200)
  t.strictSame(order, ['authenticate', 'onRequest', 'preHandler testHook'])
})

test("what a host's own hook refuses keeps its status and message, in our envelope", async (t) => {
  for (const [thrown, status, body] of [
    [Object.assign(new Error('Slow down'), { statusCode: 429, code: 'TOO_MANY' }), 429, { success: false, error: 'Slow down', errorType: 'TOO_MANY' }],
    [{ statusCode: 403 }, 403, { success: false, error: 'The request was refused' }],
    [Object.assign(new Error('secret'), { statusCode: 503 }), 503, { success: false, error: 'Service Unavailable', errorType: 'error-service-unavailable' }],
    [Object.assign(new Error('secret'), { statusCode: 502 }), 500, { success: false, error: 'Internal server error', errorType: 'error-internal' }],
    [new Error('secret'), 500, { success: false, error: 'Internal server error', errorType: 'error-internal' }],
    ['secret', 500, { success: false, error: 'Internal server error', errorType: 'error-internal' }]
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(chatIntegrations, { ...workspace(), routeOptions: { preHandler: async () => { throw thrown } } })
    const reply = await create(app, '/api/v1/integrations.create')
    t.equal(reply.statusCode, status)
    t.strictSame(reply.json(), body)
    t.equal(reply.headers['cache-control'], 'no-store')
    t.equal(reply.headers['retry-after'], status === 503 ? '5' : undefined)
  }
})

test('a body that is shorter than declared', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  const reply = await app.inject({
    method: 'POST',
    url: '/api/v1/integrations.create',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': '400' },
    payload: JSON.stringify(incomingBody)
  })
  t.equal(reply.statusCode, 400)
  t.match(reply.json(), { errorType: 'invalid-params', error: 'The body is not as long as its Content-Length says' })
})

test('fastify.integrations.create follows the same rules as HTTP', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = new MemoryStore()
  await app.register(chatIntegrations, { ...workspace(), store })
  t.equal(app.integrations.store, store)
  t.ok(Object.isFrozen(app.integrations))
  const integration = await app.integrations.create(members.admin, outgoingBody)
  t.strictSame(store.find(integration._id)?.integration, { ...integration, channelIds: ['#GENERAL'] })
  for (const [user, input, code] of [
    [members.guest, outgoingBody, 'not_authorized'],
    [members.admin, { ...outgoingBody, urls: ['x'] }, 'invalid-params'],
    [members.admin, { ...outgoingBody, urls: [] }, 'error-invalid-urls'],
    [members.admin, { ...outgoingBody, channel: '#nowhere' }, 'error-invalid-room']
  ] as const) {
    const error = await app.integrations.create(user, { ...input, urls: [...input.urls] }).then(() => null, (reason: unknown) => reason)
    t.ok(error instanceof IntegrationError)
    t.match(error, { code, statusCode: 400, details: Object })
  }
})

test('what the host passes to fastify.integrations is copied before it is checked', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const store = new MemoryStore()
  await app.register(chatIntegrations, { ...workspace(), store })
  const { admin, owner } = members
  // What such an object says may change between the check and the write.
  const twoFaced = (first: string, second: string): () => string => { let calls = 0; return () => (calls++ === 0 ? first : second) }
  const channel = Object.assign(['#general'], { * [Symbol.iterator] () { yield '#secret' } })
  for (const [input, path] of [
    [Object.defineProperty({ ...incomingBody }, 'channel', { get: twoFaced('#general', '#secret'), enumerable: true }), '/channel'],
    [{ ...incomingBody, channel }, '/channel'],
    [{ ...outgoingBody, urls: new Proxy(['http://a.example'], {}) }, '/urls'],
    [{ ...incomingBody, alias: Object('x') }, '/alias'],
    [new Proxy({ ...incomingBody }, {}), '']
  ] as const) {
    await t.rejects(app.integrations.create(owner, unchecked(input)), { code: 'invalid-params', details: { errors: [{ path }] } }, path)
  }
  const { _id: integrationId, type } = await app.integrations.create(admin, incomingBody)
  const name = Object.defineProperty({ type, integrationId }, 'name', { get: () => 'x', enumerable: true })
  await t.rejects(app.integrations.update(admin, name), { code: 'invalid-params', details: { errors: [{ path: '/name' }] } })
  await t.rejects(app.integrations.remove(admin, unchecked(new Proxy({ type, integrationId }, {}))), { code: 'invalid-params' })
  t.equal((await app.integrations.list(admin)).total, 1)

  const user = Object.defineProperty({ username: 'owner' }, '_id', { get: twoFaced('ownerId', 'adminId') })
  t.match(await app.integrations.create(unchecked(user), { ...incomingBody, username: 'owner' }), { _createdBy: { _id: 'ownerId' } }, 'nor does the user')
  const input = { ...outgoingBody, urls: ['http://a.example'], alias: undefined, enabled: 'true' }
  const made = app.integrations.create(admin, unchecked(input))
  input.urls.push('http://evil.example')
  t.match(await made, { urls: ['http://a.example'], enabled: true }, 'a change made meanwhile reaches nothing; texts are taken as in HTTP')
})

test('the memory store says once, at start, that it forgets', async (t) => {
  const { logger, lines } = captureLog()
  const app = Fastify({ logger })
  t.teardown(() => app.close())
  await app.register(chatIntegrations, workspace())
  await app.ready()
  await create(app, '/api/v1/integrations.create')
  t.equal(lines().filter(({ msg }) => typeof msg === 'string' && msg.includes('kept in memory only')).length, 1)

  const quiet = captureLog()
  const persistent = Fastify({ logger: quiet.logger })
  t.teardown(() => persistent.close())
  await persistent.register(chatIntegrations, { ...workspace(), store: new (class extends MemoryStore { override readonly persistent = true })() })
  await persistent.ready()
  t.strictSame(quiet.lines(), [])
})

/** A host with strong opinions of its own. */
async function opinionatedHost (t: Test, options: IntegrationsOptions | undefined): Promise<FastifyInstance> {
  const serverOptions: FastifyServerOptions = {
    bodyLimit: 1024,
    ajv: { customOptions: { removeAdditional: 'all', coerceTypes: 'array', useDefaults: true } },
    onProtoPoisoning: 'remove'
  }
  const app = Fastify(serverOptions)
  t.teardown(() => app.close())
  app.setErrorHandler((error, _request, reply) => reply.code(418).send({ host: error instanceof Error ? error.message : 'thrown' }))
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ host: 'not found' }))
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => ({ text: String(body) }))
  app.setReplySerializer((payload) => JSON.stringify({ wrapped: payload }))
  app.addSchema({ $id: 'IncomingIntegration', type: 'string' })
  app.decorateRequest('session', null)
  const early = async (): Promise<void> => {
    app.post('/echo', { schema: { body: { type: 'object', properties: { n: { type: 'integer' }, d: { type: 'string', default: 'x' } }, required: ['n'] } } },
      async (request) => request.body)
    app.post('/text', async (request) => request.body)
    app.get('/throw', async () => { throw new Error('from the host') })
  }
  const late = async (): Promise<void> => {
    app.post('/late', { schema: { body: { type: 'object', properties: { n: { type: 'integer' } } }, response: { 200: { type: 'object', properties: { n: { type: 'string' } } } } } },
      async (request) => request.body)
  }
  await early()
  if (options !== undefined) await app.register(chatIntegrations, options)
  await late()
  return app
}

test("a host's routes behave the same with and without us", async (t) => {
  const hosts = [await opinionatedHost(t, undefined), await opinionatedHost(t, workspace())]
  const [without, withUs] = await Promise.all(hosts.map(async (app) => {
    const replies = [
      await app.inject({ method: 'POST', url: '/echo', payload: { n: '5', other: 1 } }),
      await app.inject({ method: 'POST', url: '/echo', payload: { n: ['5'] } }),
      await app.inject({ method: 'POST', url: '/echo', payload: { n: 'x' } }),
      await app.inject({ method: 'POST', url: '/echo', headers: { 'content-type': 'application/json' }, payload: '{"__proto__":1,"n":1}' }),
      await app.inject({ method: 'POST', url: '/echo', payload: { n: 1, pad: 'x'.repeat(2000) } }),
      await app.inject({ method: 'POST', url: '/text', headers: { 'content-type': 'text/plain' }, payload: 'hello' }),
      await app.inject({ method: 'POST', url: '/text', headers: { 'content-type': 'application/xml' }, payload: '<a/>' }),
      await app.inject({ method: 'POST', url: '/late', payload: { n: '7', other: 1 } }),
      await app.inject({ method: 'GET', url: '/throw' }),
      await app.inject({ method: 'GET', url: '/api/v1/nowhere' })
    ]
    return {
      replies: replies.map(({ statusCode, body, headers: { date, ...rest } }) => ({ statusCode, body, rest, dated: date !== undefined })),
      schemas: app.getSchemas(),
      decorators: ['session', 'integrations'].map((name) => app.hasRequestDecorator(name))
    }
  }))
  t.strictSame(withUs, without)
  t.strictSame(without?.replies.map(({ statusCode }) => statusCode), [200, 200, 418, 200, 418, 200, 418, 200, 418, 404])
})

test('our routes behave the same in an opinionated host as in a bare one', async (t) => {
  const bare = Fastify()
  t.teardown(() => bare.close())
  await bare.register(chatIntegrations, workspace())
  const hosts = [bare, await opinionatedHost(t, workspace())]
  const requests: Array<{ payload: object | string, headers?: Record<string, string> }> = [
    { payload: incomingBody },
    { payload: outgoingBody },
    { payload: { ...outgoingBody, triggerWords: '', retryCount: null } },
    { payload: { ...outgoingBody, triggerWords: null } },
    { payload: { ...incomingBody, name: 5 } },
    { payload: { ...incomingBody, enabled: 'true' } },
    { payload: { ...incomingBody, unknown: 1 } },
    { payload: { ...outgoingBody, urls: 'http://a.example' } },
    { payload: { ...incomingBody, type: 'nonsense' } },
    { payload: { ...incomingBody, script: '1;'.repeat(20_000) } },
    { payload: { ...incomingBody, channel: '#nowhere' } },
    { payload: JSON.stringify(incomingBody).replace('{', '{"__proto__":{},') },
    { payload: '{' },
    { payload: 'hello', headers: { 'content-type': 'text/plain' } },
    { payload: incomingBody, headers: { 'x-auth-token': 'wrong' } },
    { payload: 'x'.repeat(300_000) }
  ]
  const [expected, actual] = await Promise.all(hosts.map(async (app) => {
    const replies = []
    for (const { payload, headers: extra } of requests) {
      const { statusCode, body, headers: { date, ...rest } } = await app.inject({
        method: 'POST', url: '/api/v1/integrations.create', payload, headers: { 'content-type': 'application/json', ...headers, ...extra }
      })
      replies.push({ statusCode, body: withoutRandom(body), rest, dated: date !== undefined })
    }
    return replies
  }))
  t.strictSame(actual, expected)
  t.strictSame(expected?.map(({ statusCode }) => statusCode), [200, 200, 200, 200, 400, 200, 400, 400, 400, 200, 400, 400, 400, 415, 401, 413])
})

function withoutRandom (body: string): string {
  return body.replace(/"_id":"\w{17}"/, '').replace(/"token":"\w+"/, '').replace(/"secret":"[^"]+"/, '').replace(/"_(?:cre|upd)atedAt":"[^"]+"/g, '')
}

test('two servers in one process check scripts, and closing one does not disturb the other', async (t) => {
  const broken = { ...incomingBody, scriptEnabled: true, script: 'class {' }
  const newServer = async (): Promise<FastifyInstance> => {
    const app = Fastify()
    t.teardown(() => app.close())
    await app.register(chatIntegrations, workspace())
    return app
  }
  const [one, other] = [await newServer(), await newServer()]
  const url = '/api/v1/integrations.create'
  for (const app of [one, other]) t.match((await create(app, url, broken)).json(), { integration: { scriptError: { name: 'SyntaxError' } } })
  await one.close()
  t.match((await create(other, url, broken)).json(), { integration: { scriptError: { name: 'SyntaxError' } } })
  await t.rejects(one.integrations.create(members.admin, { ...incomingBody, scriptEnabled: true, script: 'class {' }), {
    code: 'error-service-unavailable', cause: { cause: { message: 'the server is closing' } }
  })
})

test('more scripts at once than may wait are answered 503', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(chatIntegrations, { ...workspace(), adapterTimeout: 60_000 })
  const replies = await Promise.all(Array.from({ length: 150 }, () =>
    create(app, '/api/v1/integrations.create', { ...incomingBody, scriptEnabled: true, script: 'class A {}' })))
  const busy = replies.filter(({ statusCode }) => statusCode === 503)
  t.equal(busy.length, 49)
  for (const reply of busy) t.match(reply.json(), { success: false, errorType: 'error-service-unavailable' })
  t.equal(replies.filter(({ statusCode }) => statusCode === 200).length, 101)
})
