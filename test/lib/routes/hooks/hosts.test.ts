import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import rateLimit from '@fastify/rate-limit'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { test, type Test } from 'tap'
import chatIntegrations, { MemoryStore } from '../../../../lib/index.ts'
import { chatMessenger } from '../../../support/chat-messenger.ts'
import { captureLog } from '../../../support/log.ts'
import { patient } from '../../../support/integrations.ts'
import { hello, hookHost, hookPath } from '../../../support/hook-host.ts'
import { hookRecord } from '../../../support/ports.ts'
import { unchecked } from '../../../support/unchecked.ts'
import { workspace } from '../../../support/workspace.ts'

const record = hookRecord()
const { _id, token } = record
const success = '{"success":true,"ok":true}'
const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** Settings of a server that change routes, bodies or queries of the host. The oldest versions of Fastify know no `routerOptions`. */
const servers: Readonly<Record<string, FastifyServerOptions>> = {
  'no settings': {},
  ignoreTrailingSlash: { ignoreTrailingSlash: true },
  ignoreDuplicateSlashes: { ignoreDuplicateSlashes: true },
  'caseSensitive: false': { caseSensitive: false },
  'a small maxParamLength': { maxParamLength: 5 },
  'a query parser of its own': { querystringParser: (text) => ({ text }) },
  'semicolons as delimiters': { useSemicolonDelimiter: true },
  'a small body limit': { bodyLimit: 10 },
  'an Ajv that removes everything': { ajv: { customOptions: { removeAdditional: 'all' } } },
  'no HEAD routes': { exposeHeadRoutes: false },
  'URLs that are rewritten': { rewriteUrl: ({ url = '' }) => url.replace(/^\/in\//, '/hooks/') },
  'a request id of its own': { genReqId: () => 'x', requestIdHeader: 'x-request-id' }
}

for (const [name, server] of Object.entries(servers)) {
  test(`hooks work in a server with ${name}`, async (t) => {
    const { send, messenger } = await hookHost(t, { server })
    for (const path of ['', '/', '?wait=true', '/slack', '/Discord?wait=True', '/mattermost/']) {
      for (const url of [hookPath() + path, `/hooks/${_id}/anything/${token}${path}`]) {
        const reply = await send(url, 'payload={"text":"hello & bye"}', { headers: form, method: path === '/' ? 'PUT' : 'POST' })
        t.equal(reply.statusCode, 200, url)
        if (path.toLowerCase().endsWith('wait=true')) t.match(reply.json(), path.startsWith('?') ? { messages: [{ channel: '#general' }] } : { content: 'hello & bye' })
      }
    }
    t.strictSame([...new Set(messenger.posts.map(({ message }) => message.text))], ['hello & bye'])
    t.equal((await send(`/hooks/${_id}/x`, hello)).statusCode, 404)
    t.equal((await send(`/hooks/${_id}/x/y/z`, hello)).body, '{"success":false,"error":"Invalid integration id or token provided."}')
    t.match((await send(hookPath(), undefined, { method: 'GET' })), { statusCode: 405, headers: { allow: 'POST, PUT' } })
    t.equal((await send(`${hookPath()}/discord`, undefined, { method: 'GET' })).statusCode, 200)
  })
}

test('a rewritten URL, other letters of the prefix, and doubled slashes', async (t) => {
  for (const [name, url] of [['URLs that are rewritten', `/in/${_id}/${token}`], ['caseSensitive: false', `/HOOKS/${_id}/${token}`], ['ignoreDuplicateSlashes', `//hooks//${_id}//${token}`]] as const) {
    const { send } = await hookHost(t, { server: { ...servers[name] } })
    t.equal((await send(url, hello)).body, success, name)
  }
})

test('parsers, validators, serializers and error handlers of the host do not count', async (t) => {
  const fail = (): never => { throw new Error('of the host') }
  const { send, messenger } = await hookHost(t, {
    before: (app) => {
      app.removeAllContentTypeParsers()
      app.addContentTypeParser('application/json', { parseAs: 'string' }, fail)
      app.addContentTypeParser(/./, fail)
      app.setValidatorCompiler(() => fail)
      app.setSerializerCompiler(() => fail)
      app.setReplySerializer(fail)
      app.setErrorHandler(() => 'of the host')
      app.setNotFoundHandler(() => 'of the host')
    }
  })
  for (const type of ['application/json', 'text/plain', 'foo', '', '{}', 'application/json; charset=utf-8; x', 'a/b/c', 'multipart/form-data', '\t']) {
    t.equal((await send(hookPath(), '{"text":"a"}', { headers: { 'content-type': type } })).body, success, `content type ${type}`)
  }
  t.equal(messenger.posts.length, 9)
  t.equal((await send(hookPath(), '{"text":')).json().errorType, 'error-invalid-payload')
  t.equal((await send(hookPath(), 'x'.repeat(1024 * 1024 + 1))).statusCode, 413)
  t.equal((await send('/hooks/x/y', hello)).statusCode, 404)
})

const hookNames = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onSend', 'onResponse', 'onError'] as const

test('hooks of the host run, before and after the plugin, and see the headers of the sender', async (t) => {
  const ran: string[] = []
  const contentTypes: unknown[] = []
  const { app, send } = await hookHost(t, {
    before: (app) => {
      for (const name of hookNames) app.addHook(name, async () => { ran.push(name) })
      app.addHook('preHandler', async ({ headers }) => { contentTypes.push(headers['content-type']) })
      app.addHook('onResponse', async ({ headers }) => { contentTypes.push(headers['content-type']) })
      app.addHook('onSend', async (_request, reply) => { reply.header('x-host', 'yes') })
    },
    after: (app) => { app.addHook('onRequest', async () => { ran.push('added later') }) },
    options: {
      incoming: {
        routeOptions: {
          config: unchecked({ ours: true }),
          onRequest: async ({ routeOptions }) => { ran.push(`own onRequest ${Reflect.get(routeOptions.config, 'ours')}`) },
          preHandler: async ({ body }) => { ran.push(`own preHandler ${Buffer.isBuffer(body)}`) }
        }
      },
      routeOptions: { preHandler: async () => { ran.push('of the management routes') } }
    }
  })
  const reply = await send(hookPath(), hello, { headers: { 'content-type': 'application/vnd.x+json; a' } })
  t.equal(reply.headers['x-host'], 'yes')
  t.strictSame(ran.splice(0), ['onRequest', 'added later', 'own onRequest true', 'preParsing', 'preValidation', 'preHandler', 'own preHandler true', 'onSend', 'onResponse'])
  t.equal((await send(`/hooks/${_id}/x`, hello)).headers['x-host'], 'yes', 'a refusal passes through onSend')
  t.strictSame(ran.splice(0), ['onRequest', 'onSend', 'onResponse'])
  t.strictSame(contentTypes.splice(0, 2), ['application/vnd.x+json; a', 'application/vnd.x+json; a'])
  contentTypes.splice(0)
  t.equal((await send(hookPath(), Buffer.from('hello'))).body, success)
  t.strictSame(contentTypes, [undefined, undefined], 'a sender without the header')
  t.notOk(app.hasRequestDecorator('integrations'))
})

test('a hook of the host refuses: its status and words, in the form of the profile', async (t) => {
  for (const hook of ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const) {
    for (const [thrown, status, body, logged] of [
      [Object.assign(new Error('Slow down'), { statusCode: 429, code: 'TOO_MANY' }), 429, '{"success":false,"error":"Slow down"}', false],
      [{ statusCode: 403 }, 403, '{"success":false,"error":"The request was refused"}', false],
      [Object.assign(new Error('secret'), { statusCode: 503 }), 503, '{"success":false,"error":"Service Unavailable"}', true],
      [Object.assign(new Error('secret'), { statusCode: 502 }), 500, '{"success":false,"error":"Internal server error"}', true],
      [new Error('secret'), 500, '{"success":false,"error":"Internal server error"}', true],
      ['secret', 500, '{"success":false,"error":"Internal server error"}', true]
    ] as const) {
      const log = captureLog()
      const { send, messenger } = await hookHost(t, {
        server: { logger: { ...log.logger, level: 'error' } },
        before: (app) => { app.addHook(hook, async () => { throw thrown }) }
      })
      const reply = await send(hookPath(), hello)
      t.match([reply.statusCode, reply.body], [status, body], hook)
      t.equal(reply.headers['cache-control'], 'no-store')
      t.equal(reply.headers['retry-after'], status === 503 ? '5' : undefined)
      t.equal(log.lines().length, logged ? 1 : 0)
      t.strictSame(messenger.asked, [])
      t.equal((await send(hookPath(), hello)).statusCode, status)
    }
  }
  const { send } = await hookHost(t, { before: (app) => { app.addHook('preHandler', async () => { throw Object.assign(new Error('Slow down'), { statusCode: 429 }) }) } })
  t.match([(await send(`${hookPath()}/slack`, hello)).body, (await send(`${hookPath()}/mattermost`, hello)).json()], ['rate_limited', { id: 'error-refused', message: 'Slow down', status_code: 429 }])
})

test('what goes wrong behind admission is a 500 and no unhandled rejection', async (t) => {
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown): void => { unhandled.push(reason) }
  process.on('unhandledRejection', onUnhandled)
  t.teardown(() => process.off('unhandledRejection', onUnhandled))
  // As before Fastify 5.3, which had no such method.
  const { send } = await hookHost(t, {
    before: (app) => { app.addHook('onRequest', async (request) => { Object.defineProperty(request, 'setDecorator', { value: undefined }) }) }
  })
  const reply = await send(hookPath(), hello)
  t.match([reply.statusCode, reply.body], [500, '{"success":false,"error":"Internal server error"}'])
  await turn()
  t.strictSame(unhandled, [])
})

test('@fastify/rate-limit of the host', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(rateLimit, { max: 2 })
  const store = new MemoryStore()
  store.insert(record, {}, patient)
  await app.register(chatIntegrations, { ...workspace(), store, messenger: chatMessenger() })
  const statuses = []
  for (let count = 0; count < 3; count++) statuses.push((await app.inject({ method: 'POST', url: hookPath(), payload: hello })).statusCode)
  t.strictSame(statuses, [200, 200, 429])
  const { headers, body } = await app.inject({ method: 'POST', url: hookPath(), payload: hello })
  t.match(headers, { 'retry-after': /^\d+$/, 'cache-control': 'no-store' })
  t.match(JSON.parse(body), { success: false, error: /Rate limit exceeded/ })
})

test('a hook of the host decompresses: then a compressed body is read', async (t) => {
  const gzipped = gzipSync('{"text":"hello"}')
  const headers = { 'content-encoding': 'gzip' }
  const { send, messenger } = await hookHost(t, {
    before: (app) => {
      app.addHook('preParsing', async (request, _reply, payload) => {
        if (request.headers['content-encoding'] !== 'gzip') return payload
        const chunks: Buffer[] = []
        for await (const chunk of payload) chunks.push(Buffer.from(chunk))
        // Texts, as a stream with an encoding gives them.
        return Object.assign(Readable.from([gunzipSync(Buffer.concat(chunks)).toString()]), { receivedEncodedLength: gzipped.length })
      })
    },
    options: { incoming: { bodyLimit: 100 } }
  })
  t.equal((await send(hookPath(), gzipped, { headers })).body, success)
  t.equal(messenger.posts[0]?.message.text, 'hello')
  t.equal((await send(hookPath(), gzipSync('x'.repeat(101)), { headers })).statusCode, 413, 'the limit is for what was decompressed')
})

test('a stream of the host that breaks, or refuses with a status of its own', async (t) => {
  for (const [error, status, body] of [
    [new Error('incorrect header check'), 400, /\[error-invalid-payload\]/],
    [Object.assign(new Error('Too much'), { statusCode: 413, code: 'HOST' }), 413, /"error":"Too much"/]
  ] as const) {
    const { send } = await hookHost(t, {
      before: (app) => {
        app.addHook('preParsing', async () => new Readable({ read () { this.destroy(error) } }))
      }
    })
    const reply = await send(hookPath(), hello)
    t.match([reply.statusCode, reply.body], [status, body])
  }
})

test('a hook of the host that replies itself, or takes the body away', async (t) => {
  const early = await hookHost(t, { before: (app) => { app.addHook('onRequest', async (_request, reply) => reply.code(418).send('teapot')) } })
  t.match([(await early.send(hookPath(), hello)).body, early.calls.length], ['teapot', 0])
  const bodiless = await hookHost(t, { before: (app) => { app.addHook('preHandler', async (request) => { request.body = { text: 'of the host' } }) } })
  t.equal((await bodiless.send(hookPath(), hello)).json().errorType, 'error-no-message')
})

/** A host with opinions, and routes beside and under the prefix of hooks. */
async function opinionated (t: Test, isWithUs: boolean, server: FastifyServerOptions): Promise<FastifyInstance> {
  const app = Fastify(server)
  t.teardown(() => app.close())
  app.setErrorHandler((error, _request, reply) => reply.code(418).send({ host: error instanceof Error ? error.message : 'thrown' }))
  app.setNotFoundHandler(({ url, params }, reply) => reply.code(404).send({ host: 'not found', url, params }))
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, async (_request: unknown, body: string | Buffer) => ({ text: String(body) }))
  app.decorateRequest('hook', 'of the host')
  app.addHook('onRequest', async (request, reply) => { reply.header('x-seen', `${request.url} ${request.originalUrl} ${request.raw.url} ${JSON.stringify(request.params)}`) })
  app.addHook('onSend', async (request, reply) => { reply.header('x-sent', `${request.url} ${request.headers['content-type']}`) })
  const routes = async (prefix: string): Promise<void> => {
    app.post(`${prefix}/echo/:a/:b`, async (request) => ({ body: request.body, params: request.params, query: request.query }))
    app.get(`${prefix}/throw`, async () => { throw new Error('from the host') })
  }
  await routes('')
  if (isWithUs) await app.register(chatIntegrations, { ...workspace(), messenger: chatMessenger() })
  await routes('/late')
  // The prefix of hooks does not take what only begins like it.
  await routes('/hooksx')
  app.get('/hooks', async () => 'of the host')
  return app
}

test("the host's routes behave the same with and without us", async (t) => {
  for (const [name, server] of Object.entries(servers)) {
    const [without, withUs] = await Promise.all([false, true].map(async (isWithUs) => {
      const app = await opinionated(t, isWithUs, { ...server })
      const replies = []
      for (const [method, url, payload, type] of [
        ['POST', '/echo/1/2?x=y', '{"a":1}', 'application/json'],
        ['POST', '/late/echo/1/2/', '{"a":1}', 'application/json'],
        ['POST', '/hooksx/echo/1/2', 'hello', 'text/plain'],
        ['POST', '/echo/1/2', '<a/>', 'application/xml'],
        ['POST', '/echo/1/2', '{"a":', 'application/json'],
        ['POST', '/ECHO/1/2', '{}', 'application/json'],
        ['GET', '/throw', undefined, undefined],
        ['GET', '/hooksx/throw', undefined, undefined],
        ['GET', '/hooks', undefined, undefined],
        ['POST', '/hook/x/y', '{}', 'application/json'],
        ['POST', '/nowhere', '{}', 'application/json'],
        ['OPTIONS', '/echo/1/2', undefined, undefined]
      ] as const) {
        const { statusCode, headers: { date, ...headers }, body } = await app.inject({ method, url, ...(payload !== undefined && { payload, headers: { 'content-type': type } }) })
        replies.push({ url, statusCode, headers, body })
      }
      return { replies, schemas: app.getSchemas(), methods: app.supportedMethods, errors: app.errorHandler.name, logger: app.childLoggerFactory.name }
    }))
    t.strictSame(withUs, without, name)
    t.ok(without?.replies.some(({ statusCode }) => statusCode === 200))
  }
})

test('two hosts may have one prefix, by constraints', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const messengers = { a: chatMessenger(), b: chatMessenger() }
  for (const [name, host] of [['a', 'a.example'], ['b', /^b\./]] as const) {
    await app.register(async (context) => {
      const store = new MemoryStore()
      store.insert(record, {}, patient)
      const routeOptions = { constraints: { host } }
      await context.register(chatIntegrations, { ...workspace(), store, messenger: messengers[name], routeOptions, incoming: { routeOptions } })
    })
  }
  const post = async (host: string): Promise<number> => (await app.inject({ method: 'POST', url: hookPath(), headers: { host }, payload: hello })).statusCode
  t.strictSame([await post('a.example'), await post('b.example'), await post('c.example')], [200, 200, 404])
  t.strictSame([messengers.a.posts.length, messengers.b.posts.length], [1, 1])
})

test('a second registration with the same prefix fails, and the error names it', async (t) => {
  for (const [first, second, fails] of [
    [{}, {}, true],
    [{ prefix: '/api' }, { prefix: '/other' }, true],
    [{ incoming: { prefix: '/in' } }, { prefix: '/other', incoming: { prefix: '/in' } }, true],
    [{ incoming: { routeOptions: { constraints: { host: 'a.example' } } } }, { prefix: '/other', incoming: { routeOptions: { constraints: { host: 'a.example' } } } }, true],
    [{ incoming: { routeOptions: { constraints: { host: /a/ } } } }, { prefix: '/other', incoming: { routeOptions: { constraints: { host: /b/ } } } }, false],
    [{ incoming: { routeOptions: { constraints: { host: 'a.example' } } } }, { prefix: '/other' }, false],
    [{}, { prefix: '/other', incoming: { prefix: '/in' } }, false],
    [{}, { prefix: '/other', incoming: false }, false],
    [{ incoming: false }, { prefix: '/other' }, false]
  ] as const) {
    const app = Fastify()
    t.teardown(() => app.close())
    const register = (options: object): PromiseLike<unknown> => app.register(async (context) => {
      await context.register(chatIntegrations, { ...workspace(), messenger: chatMessenger(), ...options })
    })
    await register(first)
    const error = await register(second).then(() => null, (reason: unknown) => reason)
    if (fails) t.match(error, { code: 'FCI_ERR_INVALID_OPTION', message: /option 'incoming\.prefix' must be another one: \/(hooks|in) is that of another registration in this server/ })
    else t.equal(error, null, JSON.stringify(second))
  }
})

test('the prefix, and contexts with a prefix of their own', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const posts: string[] = []
  const contexts = [
    ['', { prefix: '/in/:tenant/hooks' }, '/in/acme/hooks'],
    ['/one', {}, '/one/hooks'],
    ['/one/two', { prefix: '/services' }, '/one/two/services'],
    ['/of/:workspace', {}, '/of/acme/hooks'],
    ['/', { prefix: '/slash' }, '/slash']
  ] as const
  for (const [index, [context, incoming, url]] of contexts.entries()) {
    await app.register(async (scope) => {
      const store = new MemoryStore()
      store.insert(record, {}, patient)
      await scope.register(chatIntegrations, { ...workspace(), prefix: `/api${index}`, store, messenger: { post: () => { posts.push(url); return { _id: 'm' } } }, incoming })
    }, { prefix: context })
  }
  for (const [, , url] of contexts) {
    for (const form of [`${_id}/${token}`, `${_id}/x/${token}/slack/`]) {
      t.equal((await app.inject({ method: 'POST', url: `${url}/${form}`, payload: hello })).statusCode, 200, url)
    }
  }
  t.strictSame(posts, contexts.flatMap(([, , url]) => [url, url]), 'each has its own messenger')
})

test('without a messenger, and with incoming: false, the host answers', async (t) => {
  for (const options of [{ messenger: null }, { incoming: false as const }]) {
    const { send, calls } = await hookHost(t, { options, before: (app) => { app.setNotFoundHandler((_request, reply) => reply.code(404).send('of the host')) } })
    t.equal((await send(hookPath(), hello)).body, 'of the host')
    t.strictSame(calls, [])
  }
})

test('the management routes stay as they are', async (t) => {
  const { app } = await hookHost(t)
  t.equal((await app.inject({ method: 'GET', url: '/api/v1/integrations.list' })).statusCode, 401)
})
